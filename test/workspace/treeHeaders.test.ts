import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { profileFor } from '../../kernel/src/index.js';
import { profileOf } from '../../server/src/ide/index.js';
import { kernelOfTree, treeFacts } from '../../server/src/workspace/index.js';
import { FILE, newHost } from '../ide/host.js';

const VENDOR = fileURLToPath(new URL('fixtures/vendor-tree', import.meta.url));

/** Where `¦` is, a hover over a file of the vendor's tree. */
function hover(marked: string): string | undefined {
  const host = newHost();
  const text = marked.replace('¦', '');
  host.applyChange({ files: [{ path: FILE, text, version: 1, kernel: kernelOfTree(VENDOR) }] });
  return host.snapshot().hover(FILE, marked.indexOf('¦'))?.markdown;
}

describe("a tree's own headers", () => {
  const profile = profileOf(kernelOfTree(VENDOR));

  it('are read next to its Makefile', () => {
    const kernel = kernelOfTree(VENDOR);
    expect(kernel).toMatchObject({ release: '6.1', text: '6.1.99-vendor14', source: 'makefile', note: null });
    expect(kernel.tree?.headers).toEqual(['include/linux/mm.h', 'include/linux/mm_types.h', 'mm/internal.h']);
  });

  it('give values that win over those of the release', () => {
    const value = (name: string): number | undefined => profile.flags.get(name)?.value;
    expect(profile.release).toBe('6.1');
    expect([value('FOLL_WRITE'), value('FOLL_GET'), value('FOLL_PIN')]).toEqual([0x1, 0x2, 0x80000]);
    expect([value('FOLL_LONGTERM'), value('FAULT_FLAG_UNSHARE')]).toEqual([0x100, 0x400]);
    expect(profile.switches).toBe(profileFor('6.1').switches);
  });

  it('say what differs from the release', () => {
    const differences = [...profile.treeDifferences.values()];
    const named = (wanted: string): string[] =>
      differences.filter(({ kind }) => kind === wanted).map(({ name }) => name);
    expect(named('backport').sort()).toEqual([
      'FAULT_FLAG_VMA_LOCK',
      'FOLL_INTERRUPTIBLE',
      'FOLL_UNLOCKABLE',
      'FOLL_VENDOR_DMA',
    ]);
    expect(named('missing')).toEqual(['FOLL_MIGRATION']);
    expect(named('contradictory')).toEqual(['FOLL_TRIED']);
    expect(named('value')).toHaveLength(13);
    expect(profile.flags.get('FOLL_TRIED')?.value).toBe(0x800);
    expect(profile.flags.get('FOLL_UNLOCKABLE')?.internal).toBe(true);
  });

  it('are seen by the analysis: numbers are its flags', () => {
    const host = newHost();
    const text = 'int f(void)\n{\n\treturn get_user_pages_fast(0, 1, 0x1101, pages);\n}\n';
    const sets = (kernel: Parameters<typeof profileOf>[0]): unknown => {
      const choice = { text: '', source: 'makefile', note: null, ...kernel } as const;
      host.applyChange({ files: [{ path: FILE, text, version: 1, kernel: choice }] });
      return host.snapshot().sites(FILE).sites[0]?.flags?.possible;
    };
    // The same text with the same parser: what was concluded for the release is not taken for the tree.
    expect(sets({ release: '6.1' })).toBeNull();
    expect(sets(kernelOfTree(VENDOR))).toEqual([['FOLL_WRITE', 'FOLL_LONGTERM', 'FOLL_VENDOR_DMA']]);
    expect(sets({ release: '6.1' })).toBeNull();
  });

  it('show in hovers', () => {
    const at = (name: string): string | undefined => hover(`int f(void) { return ${name}¦; }`);
    expect(at('FOLL_GET')).toContain('0x2 in this tree (include/linux/mm_types.h); 0x4 in Linux 6.1');
    expect(at('FOLL_WRITE')).not.toContain('in this tree');
    expect(at('FOLL_INTERRUPTIBLE')).toContain('Linux 6.1 does not have it (since 6.2)');
    expect(at('FOLL_VENDOR_DMA')).toContain('0x1000 in this tree');
    expect(at('FOLL_MIGRATION')).toContain("not defined in this tree's headers; 0x400 in Linux 6.1");
    expect(at('FOLL_TRIED')).toContain('its headers disagree (mm/internal.h); taken as 0x800');
  });
});

describe('headers of a tree on the disk', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'gup-lens-headers-'));
    cpSync(VENDOR, root, { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('are read anew each time', () => {
    const before = profileOf(kernelOfTree(root));
    writeFileSync(join(root, 'include/linux/mm_types.h'), '#define FOLL_GET 0x4000000\n');
    const after = profileOf(kernelOfTree(root));
    expect(before.flags.get('FOLL_GET')?.value).toBe(2);
    expect(after.flags.get('FOLL_GET')?.value).toBe(0x4000000);
    expect(after.id).not.toBe(before.id);
  });

  it('may be absent, a directory or no text: then the tables stand', () => {
    rmSync(join(root, 'mm'), { recursive: true });
    expect(treeFacts(root).headers).toEqual(['include/linux/mm.h', 'include/linux/mm_types.h']);
    const partly = profileOf(kernelOfTree(root));
    expect(partly.flags.has('FOLL_MIGRATION')).toBe(true);
    expect(partly.flags.get('FOLL_PIN')?.value).toBe(0x40000);
    writeFileSync(join(root, 'include/linux/mm_types.h'), Buffer.alloc(4096));
    expect(profileOf(kernelOfTree(root)).flags.get('FOLL_GET')?.value).toBe(4);
    expect(treeFacts(join(root, 'nowhere'))).toEqual({ headers: [], flags: [] });
  });

  it('are those of a newest release, said so, in a tree without a Makefile', () => {
    rmSync(join(root, 'Makefile'));
    const kernel = kernelOfTree(root);
    expect(kernel).toMatchObject({ source: 'default' });
    expect(kernel.note).toContain('no readable top-level Makefile');
    expect(profileOf(kernel).flags.get('FOLL_MIGRATION')).toBeUndefined();
    expect(profileOf(kernel).flags.get('FOLL_VENDOR_DMA')?.value).toBe(0x1000);
  });
});
