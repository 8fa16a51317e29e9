/** SARIF logs against the published schema, which Microsoft's validator of logs brings along. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { platform } from 'node:process';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../server/src/rules/index.js';
import { madeTree, wrongDrop } from './madeTree.js';
import { gupLens } from './run.js';

const packaged = `@microsoft/sarif-multitool-${platform}/sarif-2.1.0.json`;
const schema = JSON.parse(readFileSync(createRequire(import.meta.url).resolve(packaged), 'utf8'));

const ajv = new Ajv2020({ allErrors: true });
formats.default(ajv);
const validate = ajv.compile(schema);

describe('a SARIF log', () => {
  it('is valid SARIF 2.1.0, with findings, suppressions, fixes, a baseline and what went wrong', async () => {
    const silenced = '/* gup-lens: ignore gup-pin-put-mismatch -- mark() turned it into a reference */';
    const { root, write } = madeTree({ 'drivers/a b.c': wrongDrop('first') });
    await gupLens(['lint', '--baseline', 'known.json', '--write-baseline', '.'], { cwd: root });
    const broken = 'static long odd(void)\n{\n\treturn get_user_pages_unlocked(1, (2, 3;\n}\n';
    write('drivers/a b.c', wrongDrop('first') + wrongDrop('second') + wrongDrop('third', silenced) + broken);
    const argv = ['lint', '--format', 'sarif', '--baseline', 'known.json', '.', 'no such.c'];
    const { code, stdout } = await gupLens(argv, { cwd: root });
    expect(code).toBe(2);
    const log = JSON.parse(stdout);
    validate(log);
    expect(validate.errors ?? []).toEqual([]);
    const [{ tool, results, invocations }] = log.runs;
    expect(tool.driver.rules).toHaveLength(RULES.length);
    for (const result of results) expect(tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId);
    const known = ['fixes', 'suppressions', 'baselineState', 'partialFingerprints', 'relatedLocations'];
    for (const member of known)
      expect(
        results.some((one: object) => member in one),
        member,
      ).toBe(true);
    const keys = results.map((one: { partialFingerprints: object }) =>
      JSON.stringify(one.partialFingerprints),
    );
    expect(new Set(keys).size).toBe(keys.length);
    expect(invocations[0].toolExecutionNotifications.length).toBeGreaterThan(0);
    expect(results[0].locations[0].physicalLocation.artifactLocation.uri).toBe('drivers/a%20b.c');
  });

  it('the schema is closed: what the specification does not have fails', () => {
    expect(validate({ version: '2.1.0', runs: [{ tool: { driver: { name: 'x' } }, result: [] }] })).toBe(
      false,
    );
    expect(validate({ version: '2.0.0', runs: [] })).toBe(false);
  });
});
