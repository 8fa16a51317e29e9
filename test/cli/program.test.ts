import { describe, expect, it } from 'vitest';
import { gupLens } from './run.js';

describe('usage', () => {
  it('prints help on stdout and succeeds', async () => {
    const { code, stdout, stderr } = await gupLens(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const word of ['lint', 'sites', 'simulate', 'explain', 'compare', 'serve', 'Exit codes: 0']) {
      expect(stdout).toContain(word);
    }
    expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(80);
  });

  it('prints the help of a command', async () => {
    const { code, stdout } = await gupLens(['sites', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('--kernel <release>');
    expect(stdout).toContain('"table", "markdown", "jsonl"');
  });

  it('prints the version of the package', async () => {
    const { code, stdout } = await gupLens(['--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [[], 'Usage: gup-lens'],
    [['snites', '.'], "unknown command 'snites'"],
    [['sites'], "missing required argument 'path'"],
    [['sites', '--format', 'xml', '.'], 'Allowed choices are table, markdown, jsonl'],
    [['lint', '--colour', '.'], "unknown option '--colour'"],
    [['lint', '--format'], 'argument missing'],
    [['sites', '--kernel', '', '.'], 'such as 6.1'],
    [['serve'], 'serve --stdio'],
    [['explain'], "missing required argument 'name'"],
  ])('%j is bad usage', async (argv, message) => {
    const { code, stdout, stderr } = await gupLens(argv);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('names the nearest releases for one that is not known', async () => {
    const { code, stdout, stderr } = await gupLens(['sites', '--kernel', '3.10', '.']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('3.10');
    expect(stderr).toContain('4.8');
  });

  it('uses colour on a terminal only, and not with NO_COLOR', async () => {
    const sgr = '\u001b[';
    const argv = ['explain', 'FOLL_WRITE'];
    expect((await gupLens(argv)).stdout).not.toContain(sgr);
    expect((await gupLens(argv, { tty: true })).stdout).toContain(sgr);
    expect((await gupLens(argv, { tty: true, env: { NO_COLOR: '1' } })).stdout).not.toContain(sgr);
    expect((await gupLens(argv, { tty: true, env: { TERM: 'dumb' } })).stdout).not.toContain(sgr);
  });
});
