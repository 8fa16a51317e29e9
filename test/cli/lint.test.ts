import { describe, expect, it } from 'vitest';
import { gupLens } from './run.js';

describe('lint', () => {
  it('reports like a compiler, with the way there and a summary, and exits with 1', async () => {
    const { code, stdout, stderr } = await gupLens(['lint', './drivers']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^drivers\/demo\/pin\.c:32:2: error: .*put_page.* \[gup-pin-put-mismatch\]$/);
    expect(lines[1]).toBe('   32 | \tput_page(page);');
    expect(lines[2]).toMatch(/^ {6}\| \t\^~+$/);
    expect(stdout).toMatch(/^drivers\/demo\/pin\.c:28:\d+: note: /m);
    expect(lines.at(-2)).toBe(
      '1 error. 2 files with 4 sites analysed for Linux 6.1.7-demo (Makefile); nothing was left out.',
    );
  });

  it('is silent and exits with 0 where nothing is wrong', async () => {
    const { code, stdout } = await gupLens(['lint', 'mm']);
    expect(code).toBe(0);
    expect(stdout).toBe(
      'No findings. 1 file with 1 site analysed for Linux 6.1.7-demo (Makefile); nothing was left out.\n',
    );
  });

  it('runs only the rules asked for, and names those there are for one that is not', async () => {
    expect((await gupLens(['lint', '--rule', 'gup-mmap-lock-held', '.'])).code).toBe(0);
    expect((await gupLens(['lint', '--rule', 'gup-pin-put-mismatch', '.'])).code).toBe(1);
    const { code, stderr } = await gupLens(['lint', '--rule', 'gup-pin-put-mismach', '.']);
    expect(code).toBe(2);
    expect(stderr).toContain('there is gup-pin-put-mismatch');
  });

  it('exits with 2 if anything could not be read, findings or not', async () => {
    const { code, stdout, stderr } = await gupLens(['lint', 'drivers', 'no-such']);
    expect(code).toBe(2);
    expect(stdout).toContain('[gup-pin-put-mismatch]');
    expect(stdout).toContain('1 path not read.');
    expect(stderr).toBe('gup-lens: error: no-such: no such file or directory\n');
  });

  it('writes JSON', async () => {
    const { code, stdout, stderr } = await gupLens(['lint', '--format', 'json', '.']);
    expect(code).toBe(1);
    expect(stderr).toBe(
      'gup-lens: note: 1 error. 5 files with 6 sites analysed for Linux 6.1.7-demo (Makefile); nothing was left out.\n',
    );
    expect(JSON.parse(stdout)).toMatchObject([
      {
        file: 'drivers/demo/pin.c',
        line: 32,
        column: 2,
        endLine: 32,
        rule: 'gup-pin-put-mismatch',
        severity: 'error',
        release: '6.1',
      },
    ]);
  });

  it('writes SARIF 2.1.0', async () => {
    const { code, stdout } = await gupLens(['lint', '--format', 'sarif', '.', 'no such.c']);
    expect(code).toBe(2);
    const log = JSON.parse(stdout);
    expect(log.version).toBe('2.1.0');
    const [run] = log.runs;
    const [result] = run.results;
    expect(run.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId);
    expect(result).toMatchObject({
      ruleId: 'gup-pin-put-mismatch',
      level: 'error',
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'drivers/demo/pin.c', uriBaseId: '%SRCROOT%' },
            region: { startLine: 32, startColumn: 2, endLine: 32 },
          },
        },
      ],
    });
    expect(result.fixes[0].artifactChanges[0].replacements[0].insertedContent.text).toContain(
      'unpin_user_page',
    );
    expect(run.invocations[0].executionSuccessful).toBe(false);
    expect(run.invocations[0].toolExecutionNotifications[0].message.text).toContain('no such.c');
  });

  it('writes GitHub annotations', async () => {
    const { code, stdout } = await gupLens(['lint', '--format', 'github', '.']);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^::error file=drivers\/demo\/pin\.c,line=32,col=2,endColumn=\d+,title=gup-pin-put-mismatch::.*%0A/,
    );
  });
});
