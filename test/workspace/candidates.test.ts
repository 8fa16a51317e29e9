import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Candidates, findCandidates, findRipgrep, HUGE_FILE } from '../../server/src/workspace/index.js';

let top: string;
beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'gup-lens-candidates-')));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

function put(path: string, content: string | Uint8Array): void {
  const file = join(top, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content);
}

const CALL = 'ret = pin_user_pages_fast(addr, 1, 0, pages);\n';

/** Both ways of searching; that they agree is part of every test. Without ripgrep only the threads are tried. */
async function search(
  needles: readonly string[] = ['pin_user_pages', 'vm_operations_struct'],
): Promise<Candidates> {
  const threads = await findCandidates(top, needles, { search: 'threads' });
  expect(threads.by).toBe('threads');
  if (findRipgrep(process.env) === null) return threads;
  const ripgrep = await findCandidates(top, needles);
  expect(ripgrep.by).toBe('ripgrep');
  expect({ ...ripgrep, by: null }).toEqual({ ...threads, by: null });
  return threads;
}

describe('findCandidates', () => {
  it('lists the .c, .h and .S files that hold a needle, sorted', async () => {
    put('mm/gup.c', CALL);
    put('arch/x/entry.S', '/* pin_user_pages */');
    put('include/linux/mm.h', 'struct vm_operations_struct {');
    put('mm/util.c', 'pin_user_page');
    put('mm/notes.txt', CALL);
    put('mm/gup.cc', CALL);
    put('mm-a.c', CALL);
    const { files, notes } = await search();
    expect(files).toEqual(['arch/x/entry.S', 'include/linux/mm.h', 'mm-a.c', 'mm/gup.c']);
    expect(notes).toEqual([]);
  });

  it('takes needles literally', async () => {
    put('a.c', 'a.b');
    put('b.c', 'axb');
    expect((await search(['a.b'])).files).toEqual(['a.c']);
    expect((await search(['(', '-e'])).files).toEqual([]);
    expect((await findCandidates(top, [''])).files).toEqual([]);
  });

  it('finds a needle wherever it lies in a large file', async () => {
    const million = 1 << 20;
    for (const at of [0, million - 14, million - 7, million - 1, million, 2 * million - 3]) {
      put(`at-${at}.c`, `${' '.repeat(at)}pin_user_pages${' '.repeat(million)}`);
    }
    expect((await search()).files).toHaveLength(6);
  });

  it('heeds no ignore file and looks into hidden directories, but not into .git', async () => {
    put('.gitignore', '*.c\n');
    put('.ignore', '*.c\n');
    put('a.c', CALL);
    put('.work/b.c', CALL);
    put('.git/c.c', CALL);
    mkdirSync(join(top, '.git', 'objects'), { recursive: true });
    expect((await search()).files).toEqual(['.work/b.c', 'a.c']);
  });

  it('is not harmed by loops of symbolic links, and lists a file once, under its own name', async () => {
    put('z/real.c', CALL);
    symlinkSync('z', join(top, 'a'));
    symlinkSync('..', join(top, 'z', 'up'));
    symlinkSync('self', join(top, 'self'));
    symlinkSync('real.c', join(top, 'z', 'alias.c'));
    symlinkSync('nowhere.c', join(top, 'dangling.c'));
    const { files, notes } = await search();
    expect(files).toEqual(['z/real.c']);
    expect(notes).toEqual([]);
  });

  it('follows a link to a driver that lies outside the tree', async () => {
    put('elsewhere/driver.c', CALL);
    mkdirSync(join(top, 'tree'));
    symlinkSync('../elsewhere', join(top, 'tree', 'driver'));
    const inTree = (options: object) => findCandidates(join(top, 'tree'), ['pin_user_pages'], options);
    expect((await inTree({ search: 'threads' })).files).toEqual(['driver/driver.c']);
    expect((await inTree({})).files).toEqual(['driver/driver.c']);
  });

  it('leaves out binary and huge files that hold a needle, with a note each, and no other', async () => {
    put('bin.c', `\0\0${CALL}`);
    put('bin-without.c', '\0\0');
    put('huge.h', `${'#define A 1\n'.repeat(HUGE_FILE / 12 + 1)}${CALL}`);
    put('huge-without.h', '#define A 1\n'.repeat(HUGE_FILE / 12 + 1));
    put('ok.c', CALL);
    const { files, notes } = await search();
    expect(files).toEqual(['ok.c']);
    expect(notes).toEqual([
      { path: 'bin.c', reason: 'a binary file', kind: 'skipped' },
      { path: 'huge.h', reason: 'larger than 4 MB', kind: 'skipped' },
    ]);
  });

  it('finds names in files that are not UTF-8', async () => {
    put('latin1.c', Buffer.from(`/* Jos\xe9 */\n${CALL}`, 'latin1'));
    expect((await search()).files).toEqual(['latin1.c']);
  });

  it('copes with odd file names', async () => {
    put('-e.c', CALL);
    put('a b\nc.c', CALL);
    put('ü.c', CALL);
    expect((await search()).files).toEqual(['-e.c', 'a b\nc.c', 'ü.c']);
  });

  it('names what it may not read, and goes on', async () => {
    put('closed/a.c', CALL);
    put('open.c', CALL);
    chmodSync(join(top, 'closed'), 0);
    const { files, notes } = await search();
    chmodSync(join(top, 'closed'), 0o755);
    // To root nothing is closed.
    const root = process.getuid?.() === 0;
    expect(files).toEqual(root ? ['closed/a.c', 'open.c'] : ['open.c']);
    expect(notes).toEqual(root ? [] : [{ path: 'closed', reason: 'permission denied', kind: 'unreadable' }]);
  });

  it('tells in passing which files hold other strings, and searches among these later', async () => {
    put('call.c', CALL);
    put('both.c', `${CALL}demo_fault(vmf);`);
    put('wrapper.c', 'return demo_fault(vmf);');
    put('other.c', 'return other_fault(vmf);');
    put('none.c', '');
    for (const search of ['auto', 'threads'] as const) {
      const first = await findCandidates(top, ['pin_user_pages'], { search, near: ['_fault'] });
      expect(first.files).toEqual(['both.c', 'call.c']);
      expect([...first.near].sort()).toEqual(['other.c', 'wrapper.c']);
      const second = await findCandidates(top, ['demo_fault'], { search, among: first.near });
      expect(second.files).toEqual(['wrapper.c']);
    }
  });

  it('rejects for a directory that is none', async () => {
    put('a.c', CALL);
    await expect(findCandidates(join(top, 'a.c'), ['x'])).rejects.toThrow('not a directory');
    await expect(findCandidates(join(top, 'none'), ['x'])).rejects.toThrow('ENOENT');
  });

  it('stops when aborted, before and during the search', async () => {
    for (let i = 0; i < 2000; i++) put(`d${i % 20}/f${i}.c`, CALL);
    const reason = new Error('stop');
    await expect(findCandidates(top, ['pin'], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const abort = new AbortController();
    const onProgress = () => abort.abort(reason);
    await expect(
      findCandidates(top, ['pin'], { search: 'threads', signal: abort.signal, onProgress }),
    ).rejects.toBe(reason);
  });

  it('reports progress', async () => {
    for (let i = 0; i < 600; i++) put(`f${i}.c`, i % 2 === 0 ? CALL : '');
    const seen: { found: number; searched: number | null }[] = [];
    await findCandidates(top, ['pin'], { search: 'threads', onProgress: progress => seen.push(progress) });
    expect(seen.at(-1)).toEqual({ found: 300, searched: 600 });
  });
});

describe('findRipgrep', () => {
  it("finds VS Code's own when PATH has none, and never one of a relative directory", () => {
    const name = process.platform === 'win32' ? 'rg.exe' : 'rg';
    const bundled = join('node_modules', '@vscode', 'ripgrep', 'bin', name);
    put(bundled, '');
    put(name, '');
    chmodSync(join(top, bundled), 0o755);
    chmodSync(join(top, name), 0o755);
    expect(findRipgrep({ PATH: '' }, top)).toBe(join(top, bundled));
    expect(findRipgrep({ PATH: '', VSCODE_APP_ROOT: top })).toBe(join(top, bundled));
    expect(findRipgrep({ PATH: top }, '/nowhere')).toBe(join(top, name));
    expect(findRipgrep({ PATH: `.${process.platform === 'win32' ? ';' : ':'}bin` })).toBeNull();
    expect(findRipgrep({})).toBeNull();
  });

  it('is done without when it cannot be run after all', async () => {
    const name = process.platform === 'win32' ? 'rg.exe' : 'rg';
    put(`bin/${name}`, '#!/bin/sh\necho "error: unknown option" >&2\nexit 2\n');
    chmodSync(join(top, 'bin', name), 0o755);
    put('a.c', CALL);
    const { files, by } = await findCandidates(top, ['pin'], { env: { PATH: join(top, 'bin') } });
    expect({ files, by }).toEqual({ files: ['a.c'], by: 'threads' });
  });
});
