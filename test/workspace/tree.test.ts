import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RELEASES } from '../../kernel/src/index.js';
import { findTree, makefileRelease, releaseOfTree } from '../../server/src/workspace/index.js';

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'gup-lens-tree-'));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

function put(path: string, text: string): void {
  const parts = join(top, path);
  mkdirSync(join(parts, '..'), { recursive: true });
  writeFileSync(parts, text);
}

const makefile = (version: string, patchlevel: string, sublevel: string, extra: string): string =>
  `# SPDX-License-Identifier: GPL-2.0\nVERSION = ${version}\nPATCHLEVEL = ${patchlevel}\nSUBLEVEL = ${sublevel}\nEXTRAVERSION =${extra}\nNAME = Some Animal\n\n# *DOCUMENTATION*\n`;

describe('findTree', () => {
  it('finds the nearest ancestor that has include/linux/mm.h, from a file, a directory, or the root', () => {
    put('outer/include/linux/mm.h', '');
    put('outer/drivers/inner/include/linux/mm.h', '');
    put('outer/drivers/inner/Makefile', '');
    put('outer/mm/gup.c', '');
    const outer = { root: join(top, 'outer'), makefile: null };
    expect(findTree(join(top, 'outer', 'mm', 'gup.c'))).toEqual(outer);
    expect(findTree(join(top, 'outer', 'not', 'there.c'))).toEqual(outer);
    expect(findTree(join(top, 'outer'))).toEqual(outer);
    const inner = join(top, 'outer', 'drivers', 'inner');
    expect(findTree(join(inner, 'a.c'))).toEqual({ root: inner, makefile: join(inner, 'Makefile') });
  });

  it("does not take the kernel's tools/ for a tree, which has a header of that name and a Makefile", () => {
    put('linux/include/linux/mm.h', '');
    put('linux/Makefile', makefile('6', '1', '0', ''));
    put('linux/tools/include/linux/mm.h', '');
    put('linux/tools/Makefile', 'all:\n');
    const root = join(top, 'linux');
    expect(findTree(join(root, 'tools', 'vm', 'slab.c'))).toEqual({ root, makefile: join(root, 'Makefile') });
  });

  it('is null outside a kernel tree', () => {
    put('project/Makefile', 'all:\n');
    expect(findTree(join(top, 'project', 'main.c'))).toBeNull();
  });

  it('does not take a directory called mm.h for the header', () => {
    put('odd/include/linux/mm.h/readme', '');
    expect(findTree(join(top, 'odd'))).toBeNull();
  });
});

describe('makefileRelease', () => {
  it.each([
    ['mainline', makefile('6', '12', '0', ''), '6.12.0'],
    ['a release candidate', makefile('6', '13', '0', ' -rc3'), '6.13.0-rc3'],
    ['stable', makefile('6', '1', '192', ''), '6.1.192'],
    ['Android', makefile('5', '15', '149', ' -android14-11'), '5.15.149-android14-11'],
    ['a computed EXTRAVERSION', makefile('5', '10', '1', ' $(shell date)'), '5.10.1'],
    ['a real-time kernel', makefile('6', '1', '0', '-rt5'), '6.1.0-rt5'],
    [
      'Red Hat',
      `${makefile('5', '14', '0', '')}RHEL_MAJOR = 9\nRHEL_RELEASE = 427.13.1\n`,
      '5.14.0-427.13.1.el9',
    ],
    ['openEuler', `${makefile('5', '10', '0', '')}OPENEULER_MAJOR = 2203\n`, '5.10.0.oe2203'],
    ['a comment', makefile('5', '10', '1 # of the vendor', ''), '5.10.1'],
    ['no spaces', 'VERSION=4\nPATCHLEVEL=19\nSUBLEVEL=7\nEXTRAVERSION=-rt1\n', '4.19.7-rt1'],
    ['immediate assignment, CRLF', 'VERSION := 4\r\nPATCHLEVEL := 19\r\nSUBLEVEL := 7\r\n', '4.19.7'],
    ['no SUBLEVEL', 'VERSION = 4\nPATCHLEVEL = 19\n', '4.19'],
  ])('%s', (_name, text, release) => {
    expect(makefileRelease(text)).toBe(release);
  });

  it.each([
    ['an empty file', ''],
    ['another project', 'all: main.o\n\tcc -o main main.o\n'],
    ['VERSION alone', 'VERSION = 6\n'],
    ['a VERSION that is computed', 'VERSION = $(shell cat v)\nPATCHLEVEL = 1\n'],
  ])('is null for %s', (_name, text) => {
    expect(makefileRelease(text)).toBeNull();
  });
});

describe('releaseOfTree', () => {
  const newest = RELEASES[RELEASES.length - 1];

  it('reads the release, with the text of the tree', () => {
    put('Makefile', makefile('5', '15', '149', ' -android14-11'));
    expect(releaseOfTree(top)).toMatchObject({
      release: '5.15',
      text: '5.15.149-android14-11',
      source: 'makefile',
    });
  });

  it('warns of a kernel whose memory management may be much newer than its release', () => {
    put('Makefile', `${makefile('5', '14', '0', '')}RHEL_MAJOR = 9\nRHEL_RELEASE = 427.13.1\n`);
    expect(releaseOfTree(top)).toMatchObject({ release: '5.14', text: '5.14.0-427.13.1.el9' });
    expect(releaseOfTree(top).note).toContain('looks like an enterprise kernel');
  });

  it('takes the nearest release below for one that is not known yet, and says so', () => {
    put('Makefile', makefile('99', '1', '0', ''));
    const choice = releaseOfTree(top);
    expect(choice.release).toBe(newest);
    expect(choice.source).toBe('makefile');
    expect(choice.text).toBe('99.1.0');
    expect(choice.note).toContain('99.1');
  });

  it('says what it does for a release that is too old', () => {
    put('Makefile', makefile('2', '6', '32', ''));
    const choice = releaseOfTree(top);
    expect(choice.release).toBe(RELEASES[0]);
    expect(choice.note).toContain('2.6');
  });

  it('takes the newest known release without a Makefile, or with one of another project, with a reason', () => {
    expect(releaseOfTree(top)).toMatchObject({ release: newest, source: 'default' });
    expect(releaseOfTree(top).note).toContain('no readable top-level Makefile');
    put('Makefile', 'all:\n');
    expect(releaseOfTree(top)).toMatchObject({ release: newest, source: 'default' });
    expect(releaseOfTree(top).note).toContain('VERSION and PATCHLEVEL');
  });
});
