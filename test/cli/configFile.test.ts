/** `.gup-lens.json` beside the code, for the command line. */

import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { readConfigFile } from '../../server/src/config/index.js';
import { madeTree, wrongDrop } from './madeTree.js';
import { gupLens, type Result } from './run.js';

const RULE = 'gup-pin-put-mismatch';
const FILE = '.gup-lens.json';

const lint = (cwd: string, ...argv: string[]): Promise<Result> => gupLens(['lint', ...argv], { cwd });
const config = (rules: Readonly<Record<string, string>>, kernel: object = {}): string =>
  JSON.stringify({ $schema: 'x', diagnostics: { rules }, kernel });

describe('a configuration file', () => {
  it('speaks for the files below it, the nearest one alone', async () => {
    const { root, write } = madeTree({ 'drivers/a.c': wrongDrop('a'), 'drivers/deep/b.c': wrongDrop('b') });
    write(FILE, config({ [RULE]: 'warning' }));
    write(`drivers/deep/${FILE}`, config({ [RULE]: 'off' }));
    const { code, stdout } = await lint(root, '.');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^drivers\/a\.c:8:2: warning: /);
    expect(stdout).toContain('1 warning. 3 files');
    expect((await lint(root, 'drivers/deep')).code).toBe(0);
    // Who asks for a rule gets it.
    expect((await lint(root, '--rule', RULE, 'drivers/deep')).stdout).toContain('1 error.');
    expect((await lint(root, '--rule', 'gup-internal-flag', 'drivers')).code).toBe(0);
  });

  it('names the release, by pattern if need be; the command line wins', async () => {
    const { root, write } = madeTree({ 'drivers/a.c': wrongDrop('a'), 'drivers/vendor/b.c': wrongDrop('b') });
    write(FILE, config({}, { release: '6.6', releases: { 'drivers/vendor/**': '5.4' } }));
    const { stdout } = await lint(root, '--rule', RULE, '--format', 'json', '.');
    expect(JSON.parse(stdout).map((one: { release: string }) => one.release)).toEqual(['6.6']);
    const summary = (await lint(root, '--rule', RULE, '.')).stdout;
    expect(summary).toContain('for Linux 6.6 (setting), Linux 5.4 (setting);');
    expect((await lint(root, '--rule', RULE, '--kernel', '6.1', '.')).stdout).toContain('2 errors.');
    const sites = await gupLens(['sites', 'drivers/vendor'], { cwd: root });
    expect(sites.stdout).toContain('Linux 5.4 (setting)');
  });

  it.each([
    ['{', 'this is not JSON: '],
    ['[]', 'this must be an object of settings; the defaults are used'],
    ['{"kernel": {"release": "six"}}', 'kernel.release: '],
    ['{"diagnostics": {"rules": {"gup-x": "off"}}}', 'diagnostics.rules: there is no rule gup-x'],
    [
      '{"diagnostics": {"rules": {"gup-internal-flag": "loud"}}}',
      'gup-internal-flag must be one of off, info',
    ],
    ['{"hover": {"enable": false}}', 'hover.enable is a setting of the editor, and ignored here'],
    ['{"severity": "error"}', 'severity is not a setting; it is ignored'],
  ])('that cannot be taken is named, and the rest goes on: %s', async (text, message) => {
    const { root, write } = madeTree({ 'drivers/a.c': wrongDrop('a') });
    write(FILE, text);
    const { code, stdout, stderr } = await lint(root, 'drivers');
    expect(code).toBe(2);
    expect(stderr).toContain(`gup-lens: error: ${FILE}: `);
    expect(stderr).toContain(message);
    expect(stdout).toMatch(/^drivers\/a\.c:8:2: error: /m);
  });
});

describe('its schema', () => {
  const schema = JSON.parse(readFileSync('schemas/gup-lens.schema.json', 'utf8')) as object;
  const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);

  it.each([
    [config({ [RULE]: 'off' }, { release: '6.1', releases: { 'drivers/**': '5.4' } }), true],
    ['{}', true],
    ['{"diagnostics": {"rules": {"gup-x": "off"}}}', false],
    ['{"diagnostics": {"rules": {"gup-internal-flag": "loud"}}}', false],
    ['{"hover": {"enable": false}}', false],
    ['{"kernel": {"release": 6}}', false],
  ])('agrees with what is read: %s', (text, valid) => {
    expect(validate(JSON.parse(text))).toBe(valid);
    expect(readConfigFile(text).problems.length === 0).toBe(valid);
  });
});
