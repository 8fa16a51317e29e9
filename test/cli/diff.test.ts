/** `lint --diff`: what a change causes, and nothing else. */

import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { madeTree, wrongDrop } from './madeTree.js';
import { gupLens, type Result } from './run.js';

const lint = (cwd: string, argv: readonly string[], stdin?: string): Promise<Result> =>
  gupLens(['lint', '--rule', 'gup-pin-put-mismatch', ...argv], {
    cwd,
    ...(stdin === undefined ? {} : { stdin }),
  });

const ME = ['-c', 'user.name=A', '-c', 'user.email=a@b.c', '-c', 'commit.gpgsign=false'];

/** A tree under git, and git in it. */
function repository(files: Readonly<Record<string, string>>): ReturnType<typeof madeTree> & {
  readonly git: (...argv: string[]) => string;
  readonly commit: (message: string) => void;
} {
  const tree = madeTree(files);
  const git = (...argv: string[]): string =>
    execFileSync('git', [...ME, ...argv], { cwd: tree.root, encoding: 'utf8', stdio: 'pipe' });
  const commit = (message: string): void => {
    git('add', '-A');
    git('commit', '-q', '-m', message);
  };
  git('init', '-q', '.');
  commit('first');
  return { ...tree, git, commit };
}

const RIGHT = wrongDrop('drop').replace('put_page', 'unpin_user_page');
const SUMMARY_BEFORE = '1 there without the change';

describe('--diff with a revision', () => {
  it('reports what is new against it, in files of any place', async () => {
    const { root, write, commit } = repository({ 'drivers/a.c': wrongDrop('old'), 'fs/b.c': RIGHT });
    write('drivers/a.c', `int moved;\n${wrongDrop('old')}${wrongDrop('added')}`);
    write('fs/b.c', wrongDrop('drop'));
    const { code, stdout, stderr } = await lint(root, ['--diff', 'HEAD']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/^drivers\/a\.c:18:2: error/m);
    expect(stdout).toMatch(/^fs\/b\.c:8:2: error/m);
    expect(stdout).toContain(`2 errors (${SUMMARY_BEFORE}).`);
    expect((await lint(root, ['--diff', 'HEAD', 'fs'])).stdout).toContain('1 error. 1 file ');
    expect((await lint(`${root}/fs`, ['--diff', 'HEAD'])).stdout).toMatch(
      /^\.\.\/drivers\/a\.c:18:2: error/m,
    );
    commit('second');
    expect((await lint(root, ['--diff', 'HEAD'])).stderr).toContain('nothing is changed');
    const range = await lint(root, ['--diff', 'HEAD~..HEAD', '--format', 'json']);
    expect(JSON.parse(range.stdout).map((one: { file: string }) => one.file)).toEqual([
      'drivers/a.c',
      'fs/b.c',
    ]);
  });

  it('follows a renamed file, and says nothing of a removed one', async () => {
    const { root, git } = repository({ 'drivers/a.c': wrongDrop('old'), 'fs/b.c': wrongDrop('drop') });
    git('mv', 'drivers/a.c', 'drivers/renamed.c');
    git('rm', '-q', 'fs/b.c');
    const { code, stdout } = await lint(root, ['--diff', 'HEAD']);
    expect(code).toBe(0);
    expect(stdout).toContain(`No findings (${SUMMARY_BEFORE}).`);
  });
});

describe('--diff with a patch', () => {
  it('applies it in memory, from a file, standard input, below the tree or beside it', async () => {
    const { root, write, git, read } = repository({ 'drivers/a.c': wrongDrop('old') + RIGHT });
    write('drivers/a.c', wrongDrop('old') + RIGHT.replace('unpin_user_page', 'put_page'));
    const patch = git('diff');
    git('checkout', '-q', '.');
    const clean = read('drivers/a.c');
    write('fix.patch', patch);
    const found = await lint(root, ['--diff', 'fix.patch']);
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(/^drivers\/a\.c:17:2: error.*\n {3}17 \| \tput_page\(page\);/m);
    expect(found.stdout).toContain(`1 error (${SUMMARY_BEFORE}).`);
    expect(read('drivers/a.c')).toBe(clean);
    expect((await lint(root, ['--diff', '-'], patch)).stdout).toBe(found.stdout);
    expect((await lint(`${root}/drivers`, ['--diff', '../fix.patch'])).stdout).toMatch(/^a\.c:17:2: error/m);
    expect((await lint('/', ['--diff', `${root}/fix.patch`, root])).stdout).toMatch(
      /drivers\/a\.c:17:2: error/,
    );
  });

  it('applies a series of mails, one on the other', async () => {
    const { root, write, git, commit } = repository({ 'drivers/a.c': RIGHT });
    write('drivers/a.c', `${RIGHT}${wrongDrop('second')}`);
    commit('demo: add second(), Grüße');
    write(
      'drivers/a.c',
      `${RIGHT}${wrongDrop('second').replace('mark(page);', 'mark(page);\n\tmark_again(page);')}`,
    );
    commit('demo: mark again');
    const series = git('format-patch', '--stdout', 'HEAD~2');
    git('checkout', '-q', 'HEAD~2');
    const { code, stdout, stderr } = await lint(root, ['--diff', '-'], series);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/^drivers\/a\.c:18:2: error/m);
  });

  it('takes a tree that has the patch already', async () => {
    const { root, write, git } = repository({ 'drivers/a.c': wrongDrop('old') + RIGHT });
    write('drivers/a.c', wrongDrop('old') + RIGHT.replace('unpin_user_page', 'put_page'));
    const { code, stdout, stderr } = await lint(root, ['--diff', '-'], git('diff'));
    expect(code).toBe(1);
    expect(stdout).toContain(`1 error (${SUMMARY_BEFORE}).`);
    expect(stderr).toContain('the tree has it already; compared with the tree without it');
  });

  it('brings back the finding of a comment that it takes away', async () => {
    const silenced = wrongDrop('drop', '/* gup-lens: ignore gup-pin-put-mismatch -- a reference */');
    const { root, write } = repository({ 'drivers/a.c': silenced });
    write('drivers/a.c', wrongDrop('drop'));
    const { code, stdout } = await lint(root, ['--diff', 'HEAD']);
    expect(code).toBe(1);
    expect(stdout).toContain('1 error. 1 file');
  });

  it('does not leave the tree', async () => {
    const { root } = repository({ 'drivers/a.c': RIGHT });
    const patch = '--- a/../Makefile\n+++ b/../Makefile\n@@ -1 +1 @@\n-VERSION = 6\n+VERSION = 7\n';
    const { code, stderr } = await lint(`${root}/drivers`, ['--diff', '-'], patch);
    expect(code).toBe(2);
    expect(stderr).toContain('../Makefile: this is a path outside the tree');
  });

  it('names the hunk that does not apply, and goes on with the other files', async () => {
    const { root, write, git, commit } = repository({ 'drivers/a.c': RIGHT, 'fs/b.c': RIGHT });
    for (const path of ['drivers/a.c', 'fs/b.c']) write(path, wrongDrop('drop'));
    const patch = git('diff');
    git('checkout', '-q', '.');
    write('fs/b.c', RIGHT.replace('unpin_user_page(page)', 'unpin_user_pages(&page, 1)'));
    commit('other');
    const { code, stdout, stderr } = await lint(root, ['--diff', '-'], patch);
    expect(code).toBe(2);
    expect(stderr).toBe(
      'gup-lens: error: standard input: fs/b.c: hunk 1 (line 5) does not apply; is the patch for another version of the tree?\n',
    );
    expect(stdout).toMatch(/^drivers\/a\.c:8:2: error/m);
    expect(stdout).toContain('1 path not read.');
  });

  it.each([
    [['--diff', 'Makefile'], '--diff Makefile: no patch in it'],
    [['--diff', 'no-such'], '--diff no-such: neither a file nor a commit (no-such); give a patch file'],
    [['--diff', 'HEAD..no-such'], 'neither a file nor a commit (no-such)'],
    [['--diff', '--output=x'], '--output=x'],
    [[], 'give files or directories to lint, or a change with --diff'],
  ])('%j is refused with the reason', async (argv, message) => {
    const { root } = repository({ 'drivers/a.c': RIGHT });
    const { code, stderr } = await lint(root, argv);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
