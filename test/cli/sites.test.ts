import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SiteRow } from '../../server/src/cli/siteRow.js';
import { gupLens, TREE } from './run.js';

function rowsOf(stdout: string): SiteRow[] {
  expect(stdout === '' || stdout.endsWith('\n')).toBe(true);
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as SiteRow);
}

const inShort = (rows: readonly SiteRow[]): string[] =>
  rows.map(
    row =>
      `${row.file}:${row.line}:${row.column} ${row.function} ${row.callee} ${row.kind} ${row.role ?? ''}`,
  );

describe('sites --format jsonl', () => {
  it('lists calls and handlers of a tree in order, with the handler another file installs', async () => {
    const { code, stdout, stderr } = await gupLens(['sites', '--format', 'jsonl', '.']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(inShort(rowsOf(stdout))).toEqual([
      'drivers/demo/mmap.c:10:11 null demo_fault handler install',
      'drivers/demo/pin.c:12:8 demo_pin pin_user_pages_fast gup ',
      'drivers/demo/pin.c:20:2 demo_unpin unpin_user_pages_dirty_lock unpin ',
      'drivers/demo/pin.c:28:8 demo_peek pin_user_pages_fast gup ',
      'fs/wrapper.c:5:9 wrapper_fault demo_fault handler direct-call',
      'mm/clean.c:11:8 clean_touch get_user_pages_remote gup ',
    ]);
  });

  it('writes the keys in the documented order', async () => {
    const { stdout } = await gupLens(['sites', '--format', 'jsonl', 'drivers/demo']);
    const [handler, call] = rowsOf(stdout);
    expect(Object.keys(handler ?? {})).toEqual(
      'file line column function callee kind role op flags implied effective fault locked lock release'.split(
        ' ',
      ),
    );
    expect(Object.keys(call ?? {})).toEqual(
      'file line column function callee kind flags implied effective fault locked lock release'.split(' '),
    );
    expect(Object.keys(call?.flags ?? {})).toEqual(['text', 'namespace', 'possible', 'must', 'may', 'from']);
    expect(Object.keys(call?.lock ?? {})).toEqual(['before', 'after', 'evidence']);
    expect(Object.keys(call?.release ?? {})).toEqual(['how', 'kind', 'where', 'checksShort']);
  });

  it('says what a call does in the release of the tree', async () => {
    const { stdout } = await gupLens(['sites', '--format', 'jsonl', 'drivers/demo/pin.c']);
    expect(rowsOf(stdout)[0]).toEqual({
      file: 'drivers/demo/pin.c',
      line: 12,
      column: 8,
      function: 'demo_pin',
      callee: 'pin_user_pages_fast',
      kind: 'gup',
      flags: {
        text: 'flags',
        namespace: 'FOLL',
        possible: [['FOLL_LONGTERM'], ['FOLL_WRITE', 'FOLL_LONGTERM']],
        must: ['FOLL_LONGTERM'],
        may: ['FOLL_WRITE', 'FOLL_LONGTERM'],
        from: 'conditional',
      },
      implied: expect.arrayContaining(['FOLL_PIN']),
      effective: [expect.arrayContaining(['FOLL_PIN']), expect.arrayContaining(['FOLL_PIN', 'FOLL_WRITE'])],
      fault: expect.any(Array),
      locked: null,
      lock: { before: 'not-held', after: 'not-held', evidence: 'contract' },
      release: {
        how: expect.arrayContaining(['unpin_user_page']),
        kind: 'stored',
        where: 'd->page',
        checksShort: 'yes',
      },
    });
  });

  it('names files relative to the directory given; with several, with the directory in front', async () => {
    const files = async (...paths: string[]): Promise<string[]> => {
      const { stdout } = await gupLens(['sites', '--format', 'jsonl', ...paths]);
      return [...new Set(rowsOf(stdout).map(row => row.file))];
    };
    expect(await files('mm')).toEqual(['clean.c']);
    expect(await files(join(TREE, 'mm'))).toEqual(['clean.c']);
    expect(await files('./mm/clean.c')).toEqual(['./mm/clean.c']);
    expect(await files('mm', './drivers/')).toEqual([
      'mm/clean.c',
      'drivers/demo/mmap.c',
      'drivers/demo/pin.c',
    ]);
    expect(await files('mm/clean.c', 'mm')).toEqual(['mm/clean.c']);
  });

  it('reads for another release when told', async () => {
    const implied = async (kernel: string): Promise<readonly string[] | undefined> => {
      const { stdout } = await gupLens(['sites', '--format', 'jsonl', '--kernel', kernel, 'drivers']);
      return rowsOf(stdout)[1]?.effective[0];
    };
    expect(await implied('6.1')).not.toContain('FOLL_UNLOCKABLE');
    expect(await implied('v6.12')).toContain('FOLL_UNLOCKABLE');
  });

  it('names what cannot be read, goes on with the rest, and exits with 2', async () => {
    const { code, stdout, stderr } = await gupLens([
      'sites',
      '--format',
      'jsonl',
      'none.c',
      'mm/clean.c',
      '',
    ]);
    expect(code).toBe(2);
    expect(rowsOf(stdout)).toHaveLength(1);
    expect(stderr).toContain('gup-lens: error: none.c: no such file or directory\n');
    expect(stderr).toContain("gup-lens: error: '': an empty path");
  });
});

describe('sites outside a tree', () => {
  let top: string;
  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), 'gup-lens-sites-'));
  });
  afterEach(() => rmSync(top, { recursive: true, force: true }));

  it('says which release it took', async () => {
    writeFileSync(join(top, 'a.c'), 'int f(void)\n{\n\treturn get_user_pages_fast(a, 1, 0, &p);\n}\n');
    const { code, stdout, stderr } = await gupLens(['sites', '--format', 'jsonl', 'a.c'], { cwd: top });
    expect(code).toBe(0);
    expect(rowsOf(stdout)).toHaveLength(1);
    expect(stderr).toContain('not in a kernel tree; using the newest known release');
  });

  it('finds calls of handlers that are installed in another file, whatever their names', async () => {
    const install = (op: string, name: string): string =>
      `vm_fault_t ${name}(struct vm_fault *vmf)\n{\n\treturn 0;\n}\n` +
      `static const struct vm_operations_struct ${name}_ops = {\n\t.${op} = ${name},\n};\n`;
    const wrap = (name: string): string =>
      `static vm_fault_t wrap(struct vm_fault *vmf)\n{\n\treturn ${name}(vmf);\n}\n`;
    writeFileSync(
      join(top, 'install.c'),
      install('page_mkwrite', 'demo_dirty') + install('fault', 'demo_fault'),
    );
    writeFileSync(join(top, 'odd.c'), wrap('demo_dirty'));
    writeFileSync(join(top, 'usual.c'), wrap('demo_fault'));
    writeFileSync(join(top, 'other.c'), wrap('other_fault'));
    const { stdout } = await gupLens(['sites', '--format', 'jsonl', '--kernel', '6.1', '.'], { cwd: top });
    expect(inShort(rowsOf(stdout))).toEqual([
      'install.c:6:18 null demo_dirty handler install',
      'install.c:13:11 null demo_fault handler install',
      'odd.c:3:9 wrap demo_dirty handler direct-call',
      'usual.c:3:9 wrap demo_fault handler direct-call',
    ]);
  });

  it('reads Latin-1 with a note, and refuses a binary file', async () => {
    const call = 'int f(void)\n{\n\treturn get_user_pages_fast(a, 1, 0, &p);\n}\n';
    writeFileSync(join(top, 'latin1.c'), Buffer.from(`/* Jos\xe9 */\n${call}`, 'latin1'));
    writeFileSync(join(top, 'binary.c'), `\0${call}`);
    const argv = ['sites', '--format', 'jsonl', '--kernel', '6.1', 'latin1.c', 'binary.c'];
    const { code, stdout, stderr } = await gupLens(argv, { cwd: top });
    expect(code).toBe(2);
    expect(inShort(rowsOf(stdout))).toEqual(['latin1.c:4:9 f get_user_pages_fast gup ']);
    expect(stderr).toBe(
      'gup-lens: error: binary.c: a binary file\ngup-lens: note: latin1.c: not valid UTF-8; read as Latin-1\n',
    );
  });

  it('lists nothing in nothing, and succeeds', async () => {
    expect(await gupLens(['sites', '--format', 'jsonl', '.'], { cwd: top })).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    expect((await gupLens(['sites', '.'], { cwd: top })).stdout).toBe('0 sites in 0 files\n');
  });

  it('survives broken C', async () => {
    writeFileSync(join(top, 'broken.c'), 'int f(void)\n{\n<<<<<<< HEAD\n\tget_user_pages(a, 1, 0, (((\n');
    const { code } = await gupLens(['sites', '--format', 'jsonl', '--kernel', '6.1', 'broken.c'], {
      cwd: top,
    });
    expect(code).toBe(0);
  });
});
