import { describe, expect, it } from 'vitest';
import {
  profileFor,
  profileWithTree,
  readTreeFacts,
  type TreeFacts,
  type TreeHeaderPath,
} from '../../kernel/src/index.js';

const MM: TreeHeaderPath = 'include/linux/mm.h';
const TYPES: TreeHeaderPath = 'include/linux/mm_types.h';
const INTERNAL: TreeHeaderPath = 'mm/internal.h';

/** One header's flags: name → values, and null for one that is there with a value that cannot be computed. */
function valuesIn(text: string): Record<string, readonly number[]> {
  const { flags } = readTreeFacts([{ path: MM, text }]);
  return Object.fromEntries(flags.map(({ name, values }) => [name, values]));
}

/** The flags of a release as the headers of a tree of it, some of them otherwise. */
function treeOf(release: '6.1' | '6.12', changed: Readonly<Record<string, string | null>> = {}): TreeFacts {
  const lines = [...profileFor(release).flags.values()]
    .filter(({ name }) => !(name in changed))
    .map(({ name, value }) => `#define ${name} 0x${value.toString(16)}`);
  for (const [name, value] of Object.entries(changed)) {
    if (value !== null) lines.push(`#define ${name} ${value}`);
  }
  return readTreeFacts([
    { path: MM, text: lines.join('\n') },
    { path: TYPES, text: '' },
    { path: INTERNAL, text: '' },
  ]);
}

describe('the flags of headers', () => {
  it.each([
    ['a number of the old headers', '#define FOLL_WRITE\t0x01\t/* check pte is writable */', [1]],
    ['a decimal, a suffix', '#define FOLL_WRITE 16UL', [16]],
    ['octal', '#define FOLL_WRITE 010', [8]],
    ['a shift', 'enum {\n\tFOLL_WRITE = 1 << 7,\n};', [128]],
    ['the highest bit', 'enum {\n\tFOLL_WRITE = 1U << 31,\n};', [0x80000000]],
    ['BIT()', 'enum { FOLL_WRITE = BIT(4) };', [16]],
    ['a shift in parentheses', '#define FOLL_WRITE\t(1 << (3))', [8]],
    ['a cast', 'enum r { FOLL_WRITE = (__force vm_fault_t)0x000004, };', [4]],
    ['a cast in parentheses', '#define FOLL_WRITE ((__force unsigned int) 0x20u)', [32]],
    ['a complement', '#define FOLL_WRITE (~0xfffffff0 & 0xc | 1)', [13]],
    ['enumerators without values', 'enum { A, B = 7, C,\nFOLL_WRITE /* 9 */ };', [9]],
    ['a name for the bit', 'enum { __WRITE_BIT = 3 };\n#define FOLL_WRITE BIT(__WRITE_BIT)', [8]],
    ['a continued line, CRLF', '#define FOLL_WRITE \\\r\n\t(1 << 2 | \\\r\n\t1 << 3)\r\n', [12]],
    ['a space before define', '# define FOLL_WRITE 2', [2]],
    ['a comment with a value', '/* FOLL_WRITE = 3\n#define FOLL_WRITE 5 */\n#define FOLL_WRITE 6 // 7', [6]],
    ['what is switched off', '#if 0\n#define FOLL_WRITE 1\n#else\n#define FOLL_WRITE 2\n#endif', [2]],
    ['a fallback', '#define FOLL_WRITE 1\n#ifndef FOLL_WRITE\n#define FOLL_WRITE 2\n#endif', [1]],
    ['a fallback alone', '#ifndef FOLL_WRITE\n#define FOLL_WRITE 2\n#endif', [2]],
    ['both branches', '#ifdef X\n#define FOLL_WRITE 1\n#else\n#define FOLL_WRITE 2\n#endif', [1, 2]],
    [
      'both branches of one value',
      '#ifdef X\n#define FOLL_WRITE 1\n#else\n#define FOLL_WRITE 0x1\n#endif',
      [1],
    ],
    ['one twice in an enum', 'enum {\n#ifdef X\nFOLL_WRITE = 1,\n#else\nFOLL_WRITE = 2,\n#endif\n};', [1, 2]],
    ['a number that a condition moves', 'enum {\nA,\n#ifdef X\nB,\n#endif\nFOLL_WRITE,\n};', []],
    ['a macro nobody knows', '#define FOLL_WRITE FLAG_OF(3)', []],
    ['itself', '#define FOLL_WRITE FOLL_GET\n#define FOLL_GET FOLL_WRITE', []],
    ['too wide a shift', '#define FOLL_WRITE (1UL << 40)', []],
    ['an unfinished expression', '#define FOLL_WRITE (1 <<', []],
  ])('are read from %s', (_what, text, values) => {
    expect(valuesIn(text).FOLL_WRITE).toEqual(values);
  });

  it('are not: macros with parameters, other names, what is only used', () => {
    const text = `#define VM_FAULT_SET_HINDEX(x) ((x) << 16)
#define FOLL_FORCE
#define OTHER 3
static inline int f(int FOLL_WRITE) { enum { x = FOLL_GET }; return "FOLL_PIN = 3"; }`;
    expect(valuesIn(text)).toEqual({});
  });

  it('may be joined from others, also of another header', () => {
    const { flags } = readTreeFacts([
      { path: MM, text: '#define FAULT_FLAG_DEFAULT (FAULT_FLAG_ALLOW_RETRY | \\\n\tFAULT_FLAG_KILLABLE)' },
      {
        path: TYPES,
        text: 'enum fault_flag { FAULT_FLAG_ALLOW_RETRY = 1 << 2, FAULT_FLAG_KILLABLE = 1 << 4 };',
      },
    ]);
    expect(flags[0]).toEqual({
      name: 'FAULT_FLAG_DEFAULT',
      namespace: 'FAULT_FLAG',
      values: [0x14],
      members: ['FAULT_FLAG_ALLOW_RETRY', 'FAULT_FLAG_KILLABLE'],
      headers: [MM],
    });
  });

  it('are read from any text without an error', () => {
    const nested = `#define FOLL_WRITE ${'('.repeat(20_000)}1`;
    const chain = Array.from({ length: 5000 }, (_, i) => `#define FOLL_${i} FOLL_${i + 1}`).join('\n');
    const counted = `enum { ${Array.from({ length: 20_000 }, (_, i) => `A${i}`).join(',')}, FOLL_WRITE };`;
    expect(valuesIn(nested).FOLL_WRITE).toEqual([]);
    expect(valuesIn(`#define FOLL_WRITE ${'~'.repeat(20_000)}1`).FOLL_WRITE).toEqual([]);
    expect(valuesIn(`${chain}\n#define FOLL_5000 1`).FOLL_0).toEqual([]);
    expect(valuesIn(counted).FOLL_WRITE).toEqual([20_000]);
    for (const text of [
      '#',
      '#else\n#endif\n#elif',
      'enum {',
      '/*',
      '#define',
      '"',
      '#define FOLL_WRITE \u0001',
    ]) {
      expect(() => valuesIn(text)).not.toThrow();
    }
  });
});

describe('the profile of a tree', () => {
  const release = profileFor('6.1');

  it('is that of the release where the headers agree with it', () => {
    expect(profileWithTree(release, treeOf('6.1'))).toBe(release);
    expect(release.treeDifferences.size).toBe(0);
    expect(release.id).toBe('6.1');
  });

  it("has the tree's values", () => {
    const profile = profileWithTree(release, treeOf('6.1', { FOLL_GET: '0x2000000' }));
    expect(profile.flags.get('FOLL_GET')).toMatchObject({ value: 0x2000000, since: null, certainty: 'read' });
    expect([...profile.treeDifferences.values()]).toEqual([
      {
        name: 'FOLL_GET',
        namespace: 'FOLL',
        kind: 'value',
        tree: [0x2000000],
        table: 4,
        headers: [MM],
        text: '0x2000000 in this tree (include/linux/mm.h); 0x4 in Linux 6.1',
      },
    ]);
    expect(profile.flags.get('FOLL_PIN')).toBe(release.flags.get('FOLL_PIN'));
    expect(profile.functions).toBe(release.functions);
    expect(release.flags.get('FOLL_GET')?.value).toBe(4);
  });

  it('has flags of other releases, with what is known of them', () => {
    const profile = profileWithTree(release, treeOf('6.1', { FOLL_INTERRUPTIBLE: '0x200000' }));
    const flag = profile.flags.get('FOLL_INTERRUPTIBLE');
    expect(flag).toMatchObject({ value: 0x200000, since: '6.2' });
    expect(flag?.meaning).toBe(profileFor('6.2').flags.get('FOLL_INTERRUPTIBLE')?.meaning);
    expect(profile.treeDifferences.get('FOLL_INTERRUPTIBLE')).toMatchObject({
      kind: 'backport',
      table: null,
      text: '0x200000 in this tree (include/linux/mm.h); Linux 6.1 does not have it (since 6.2)',
    });
  });

  it('has flags that no release has, of which nothing is known', () => {
    const tree = treeOf('6.1', {
      FOLL_OURS: '0x4000000',
      FOLL_SAME: 'FOLL_OURS',
      FOLL_MASK: '0x30',
      FOLL_NONE: '0',
    });
    const { flags, treeDifferences } = profileWithTree(release, tree);
    expect(flags.get('FOLL_OURS')).toMatchObject({ value: 0x4000000, implies: [], certainty: 'uncertain' });
    expect(flags.get('FOLL_SAME')).toMatchObject({ value: 0x4000000, implies: ['FOLL_OURS'] });
    expect([...treeDifferences.keys()]).toEqual(['FOLL_OURS', 'FOLL_SAME']);
  });

  it('has no flag that the tree does not define', () => {
    const { flags, treeDifferences } = profileWithTree(release, treeOf('6.1', { FOLL_ANON: null }));
    expect(flags.has('FOLL_ANON')).toBe(false);
    expect(treeDifferences.get('FOLL_ANON')).toMatchObject({
      kind: 'missing',
      tree: [],
      table: 0x8000,
      text: "not defined in this tree's headers; 0x8000 in Linux 6.1",
    });
  });

  it('concludes nothing from headers that are not there, or that define no flags of a kind', () => {
    expect(profileWithTree(release, readTreeFacts([]))).toBe(release);
    const only = readTreeFacts([{ path: MM, text: '#define FOLL_WRITE 0x1' }]);
    expect(profileWithTree(release, only)).toBe(release);
    const all = readTreeFacts(
      [MM, TYPES, INTERNAL].map(path => ({ path, text: '#define FOLL_PIN 0x40000' })),
    );
    expect(profileWithTree(release, all)).toBe(release);
  });

  it("has the table's value where the headers contradict each other", () => {
    const text = '#ifdef CONFIG_X\n#define FOLL_PIN 0x40000\n#else\n#define FOLL_PIN 0x1000000\n#endif';
    const profile = profileWithTree(release, readTreeFacts([{ path: TYPES, text }]));
    expect(profile.flags.get('FOLL_PIN')?.value).toBe(0x40000);
    expect(profile.treeDifferences.get('FOLL_PIN')).toMatchObject({
      kind: 'contradictory',
      tree: [0x40000, 0x1000000],
      text: '0x40000 or 0x1000000 in this tree: its headers disagree (include/linux/mm_types.h); taken as 0x40000, as in Linux 6.1',
    });
  });

  it('has no value for a flag of the tree alone that its headers define twice', () => {
    const text = '#ifdef CONFIG_X\n#define FOLL_OURS 0x4000000\n#else\n#define FOLL_OURS 0x8000000\n#endif';
    const profile = profileWithTree(release, readTreeFacts([{ path: TYPES, text }]));
    expect(profile.flags.has('FOLL_OURS')).toBe(false);
    expect(profile.treeDifferences.get('FOLL_OURS')?.kind).toBe('contradictory');
  });

  it('has masks that stand for what the tree joins in them', () => {
    const mask = '(FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE)';
    const profile = profileWithTree(release, treeOf('6.1', { FAULT_FLAG_DEFAULT: mask }));
    expect(profile.flags.get('FAULT_FLAG_DEFAULT')).toMatchObject({
      value: 0x14,
      implies: ['FAULT_FLAG_ALLOW_RETRY', 'FAULT_FLAG_KILLABLE'],
    });
    expect(profile.treeDifferences.get('FAULT_FLAG_DEFAULT')?.text).toBe(
      'FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE in this tree (include/linux/mm.h); FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE | FAULT_FLAG_INTERRUPTIBLE in Linux 6.1',
    );
  });

  it('is one object for facts that say the same, and another with another name for others', () => {
    const first = profileWithTree(release, treeOf('6.1', { FOLL_GET: '0x2000000' }));
    const again = profileWithTree(release, treeOf('6.1', { FOLL_GET: '1 << 25' }));
    const other = profileWithTree(release, treeOf('6.1', { FOLL_GET: '1 << 26' }));
    const elsewhere = profileWithTree(profileFor('6.12'), treeOf('6.12', { FOLL_GET: '1 << 25' }));
    expect(again).toBe(first);
    expect(new Set([first.id, other.id, elsewhere.id, release.id]).size).toBe(4);
    expect(Object.isFrozen(first)).toBe(true);
  });
});
