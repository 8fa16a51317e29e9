/** Findings that are not shown: silenced by a comment, known to a baseline, or less severe than asked for. */

import { describe, expect, it } from 'vitest';
import { madeTree, wrongDrop } from './madeTree.js';
import { gupLens, type Result } from './run.js';

const SILENCED = '/* gup-lens: ignore gup-pin-put-mismatch -- mark() turned the pin into a reference */';
const RULE = ['--rule', 'gup-pin-put-mismatch', '--rule', 'gup-lens-suppression'];

const lint = (cwd: string, ...argv: string[]): Promise<Result> =>
  gupLens(['lint', ...RULE, ...argv], { cwd });

describe('a comment with a reason', () => {
  it('silences its finding in every format; SARIF says so', async () => {
    const { root } = madeTree({ 'drivers/a.c': wrongDrop('drop', SILENCED) });
    const text = await lint(root, 'drivers');
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/^No findings \(1 silenced by comments\)\. 1 file /);
    expect(JSON.parse((await lint(root, '--format', 'json', 'drivers')).stdout)).toEqual([]);
    expect((await lint(root, '--format', 'github', 'drivers')).stdout).not.toContain('::error');
    const sarif = await lint(root, '--format', 'sarif', 'drivers');
    expect(sarif.code).toBe(0);
    expect(JSON.parse(sarif.stdout).runs[0].results[0].suppressions).toMatchObject([
      {
        kind: 'inSource',
        justification: 'mark() turned the pin into a reference',
        location: { physicalLocation: { region: { startLine: 8 } } },
      },
    ]);
  });

  it('is reported where it is not needed, but not where one of several releases needs it', async () => {
    const right = wrongDrop('drop', SILENCED).replace('put_page', 'unpin_user_page');
    const { root } = madeTree({ 'drivers/a.c': right });
    const { code, stdout } = await lint(root, 'drivers');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^drivers\/a\.c:8:2: info: this comment is not needed: .* \[gup-lens-suppression\]$/m,
    );
    expect((await lint(root, '--severity', 'warning', 'drivers')).code).toBe(0);

    const driver = `#include <linux/version.h>
${wrongDrop('drop', SILENCED)
  .replace('\tif (pin', '#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 6, 0)\n\tif (pin')
  .replace(
    '\tmark',
    '#else\n\tif (get_user_pages_fast(uaddr, 1, FOLL_WRITE, &page) != 1)\n\t\treturn;\n#endif\n\tmark',
  )}`;
    const both = madeTree({ 'drivers/a.c': driver });
    const old = await lint(both.root, '--kernel', '5.4', 'drivers');
    expect(old.stdout).toContain('No findings.');
    const several = await lint(both.root, '--kernel', '5.8,6.1', 'drivers');
    expect(several.stdout).toContain('1 silenced by comments');
    expect(several.code).toBe(0);
  });
});

describe('--baseline', () => {
  it('hides what it has, wherever edits elsewhere move it, and nothing else', async () => {
    const { root, write } = madeTree({ 'drivers/a.c': wrongDrop('first') });
    const written = await lint(root, '--baseline', 'known.json', '--write-baseline', 'drivers');
    expect(written).toEqual({
      code: 0,
      stdout: '',
      stderr: 'gup-lens: note: known.json: 1 finding written\n',
    });
    const again = await lint(root, '--baseline', 'known.json', 'drivers');
    expect(again.code).toBe(0);
    expect(again.stdout).toMatch(/^No findings \(1 in the baseline\)\./);

    const reformatted = wrongDrop('first', '/* a remark */').replace(
      'put_page(page);',
      'put_page(\n\t\tpage);',
    );
    write('drivers/a.c', `/* moved */\n\n${reformatted}\n${wrongDrop('second')}`);
    const moved = await lint(root, '--baseline', 'known.json', 'drivers');
    expect(moved.code).toBe(1);
    expect(moved.stdout).toMatch(/^drivers\/a\.c:22:2: error: .*\n(.*\n)*1 error \(1 in the baseline\)\./);
    const sarif = JSON.parse((await lint(root, '--format', 'sarif', '--baseline', 'known.json', '.')).stdout);
    expect(sarif.runs[0].results.map((result: { baselineState: string }) => result.baselineState)).toEqual([
      'new',
      'unchanged',
    ]);
  });

  it('counts equal findings of one function', async () => {
    const twice = wrongDrop('drop').replace(
      'mark(page);',
      'if (mark(page)) {\n\t\tput_page(page);\n\t\treturn;\n\t}',
    );
    const { root, write } = madeTree({ 'drivers/a.c': wrongDrop('drop') });
    await lint(root, '--baseline', 'known.json', '--write-baseline', 'drivers');
    write('drivers/a.c', twice);
    expect((await lint(root, '--baseline', 'known.json', 'drivers')).stdout).toContain(
      '1 error (1 in the baseline).',
    );
  });

  it('is named by place, not by where one stands; keeps files not looked at; says what is gone', async () => {
    const { root, write, read } = madeTree({
      'drivers/a.c': wrongDrop('first'),
      'fs/b.c': wrongDrop('second'),
    });
    await lint(root, '--baseline', 'known.json', '--write-baseline', '.');
    const both = read('known.json');
    expect((await lint(`${root}/fs`, '--baseline', '../known.json', 'b.c')).code).toBe(0);
    await lint(root, '--baseline', 'known.json', '--write-baseline', 'fs');
    expect(read('known.json')).toBe(both);
    write('fs/b.c', 'int nothing;\n');
    const gone = await lint(root, '--baseline', 'known.json', 'drivers', 'fs/b.c');
    expect(gone.code).toBe(0);
    expect(gone.stderr).toContain(
      'known.json: 1 finding of it is not there any more; --write-baseline takes it out',
    );
  });

  it.each([
    [['--write-baseline'], 'name the file to write with --baseline FILE'],
    [
      ['--baseline', 'none.json'],
      '--baseline none.json: no such file or directory; --write-baseline with it writes',
    ],
    [['--baseline', 'Makefile'], '--baseline Makefile: this is no baseline of this version'],
    [
      ['--baseline', 'Makefile', '--write-baseline'],
      '--baseline Makefile: this is no baseline of this version',
    ],
    [
      ['--baseline', 'no/dir.json', '--write-baseline'],
      '--baseline no/dir.json: it cannot be written: no such file',
    ],
    [['--severity', 'fatal'], 'Allowed choices are error, warning, info'],
    [['--jobs', '0'], 'Give a number from 1 to 99'],
  ])('%j is refused with the reason', async (argv, message) => {
    const { root } = madeTree({ 'drivers/a.c': wrongDrop('first') });
    const { code, stderr } = await lint(root, ...argv, 'drivers');
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
