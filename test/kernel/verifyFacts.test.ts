import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { profileFor, RELEASES, type Release } from '../../kernel/src/index.js';
import { compareTree } from '../../scripts/verify/compareTree.js';
import { EXPLAINED } from '../../scripts/verify/explained.js';
import {
  acceptedMask,
  addedInBody,
  evaluate,
  macroMembers,
  tidy,
  treeFlags,
  treeSignatures,
} from '../../scripts/verify/extract.js';
import { main, makefileVersion } from '../../scripts/verify/verifyFacts.js';

const file = (text: string, path = 'include/linux/mm.h'): Map<string, string> => new Map([[path, text]]);

/** Files that say exactly what the profile of a release says. */
function treeOf(release: Release): Map<string, string> {
  const profile = profileFor(release);
  const split = [...profile.flags.values()].some(flag => flag.name === 'FOLL_TOUCH' && flag.internal);
  const lines: Record<'public' | 'mm', string[]> = { public: [], mm: [] };
  for (const flag of profile.flags.values()) {
    const place = split && flag.internal ? 'mm' : 'public';
    lines[place].push(`#define ${flag.name}\t0x${flag.value.toString(16)}\t/* a bit */`);
  }
  const fast =
    profile.functions.get('internal_get_user_pages_fast') ?? profile.functions.get('gup_fast_fallback');
  const bodies = [...profile.functions.values()].map(fn => {
    const mask = fn === fast ? fn.refuses.find(refusal => refusal.outside !== undefined)?.outside : undefined;
    const test =
      mask === undefined
        ? ''
        : `\tif (WARN_ON_ONCE(gup_flags & ~(${mask.join(' | ')})))\n\t\treturn -EINVAL;\n`;
    return `${fn.signature}\n{\n${test}}\n`;
  });
  return new Map([
    ['include/linux/mm.h', `${lines.public.join('\n')}\n`],
    ['mm/internal.h', `${lines.mm.join('\n')}\n`],
    ['mm/gup.c', bodies.join('\n')],
  ]);
}

describe('flags of a tree', () => {
  it('are read from macros and enumerations', () => {
    const flags = treeFlags(
      file(
        [
          '#define FOLL_WRITE\t0x01\t/* check pte is writable */',
          '#define FAULT_FLAG_DEFAULT  (FAULT_FLAG_ALLOW_RETRY | \\',
          '\t\t\t     FAULT_FLAG_KILLABLE)',
          'enum fault_flag {',
          '\tFAULT_FLAG_ALLOW_RETRY =\t1 << 2, /* may drop = the lock */',
          '\tFAULT_FLAG_KILLABLE =\t\tBIT(4),',
          '};',
          'enum vm_fault_reason {',
          '\tVM_FAULT_OOM            = (__force vm_fault_t)0x000001,',
          '\tVM_FAULT_HINDEX_MASK    = (__force vm_fault_t)0x0f0000',
          '};',
          '#define VM_FAULT_RESULT_TRACE { VM_FAULT_OOM, "OOM" }',
        ].join('\n'),
      ),
    );
    expect(new Map(flags.map(flag => [flag.name, flag.value]))).toEqual(
      new Map<string, number | null>([
        ['FOLL_WRITE', 1],
        ['FAULT_FLAG_DEFAULT', 0x14],
        ['VM_FAULT_RESULT_TRACE', null],
        ['FAULT_FLAG_ALLOW_RETRY', 4],
        ['FAULT_FLAG_KILLABLE', 16],
        ['VM_FAULT_OOM', 1],
        ['VM_FAULT_HINDEX_MASK', 0xf0000],
      ]),
    );
  });

  it('are there once for each value that a condition gives them', () => {
    const flags = treeFlags(file('#ifdef A\n#define FOLL_X 1\n#else\n#define FOLL_X 2\n#endif\n'));
    expect(flags.map(flag => flag.value)).toEqual([1, 2]);
  });

  it('with an expression that is not understood have no value', () => {
    expect(evaluate('sizeof(long)', new Map())).toBeNull();
    expect(evaluate('(1UL << 3) | 0x1', new Map())).toBe(9);
    expect(evaluate('FOLL_NO_SUCH', new Map())).toBeNull();
  });
});

describe('signatures of a tree', () => {
  it('are those at file scope, in one way of writing', () => {
    const found = treeSignatures(
      file(
        [
          'static __always_inline long __get_user_pages_locked(struct mm_struct *mm,',
          '\t\t\tunsigned long start, /* first */ struct page **pages)',
          '{',
          '\treturn follow_page(vma, start, 0);',
          '}',
          'extern struct page * follow_page(struct vm_area_struct *vma, unsigned long address, unsigned int foll_flags);',
        ].join('\n'),
        'mm/gup.c',
      ),
      new Set(['__get_user_pages_locked', 'follow_page']),
    );
    expect(found.get('__get_user_pages_locked')?.map(one => one.text)).toEqual([
      'long __get_user_pages_locked(struct mm_struct *mm, unsigned long start, struct page **pages)',
    ]);
    expect(found.get('follow_page')).toEqual([
      {
        text: 'struct page *follow_page(struct vm_area_struct *vma, unsigned long address, unsigned int foll_flags)',
        file: 'mm/gup.c',
      },
    ]);
  });

  it('are compared without regard to spacing', () => {
    expect(tidy('static inline struct page  * *f')).toBe('struct page **f');
  });
});

describe('masks of a tree', () => {
  it('are the members of a macro and the flags that a function lets through', () => {
    expect(
      macroMembers(file('#define INTERNAL_GUP_FLAGS (FOLL_TOUCH | \\\n\tFOLL_PIN)\n'), 'INTERNAL_GUP_FLAGS'),
    ).toEqual({
      members: ['FOLL_TOUCH', 'FOLL_PIN'],
      file: 'include/linux/mm.h',
    });
    const code =
      'static int gup_fast_fallback(unsigned long start, unsigned int gup_flags)\n{\n\tif (WARN_ON_ONCE(gup_flags & ~(FOLL_WRITE | FOLL_PIN)))\n\t\treturn -EINVAL;\n}\n';
    expect(acceptedMask(code, 'gup_fast_fallback')).toEqual(['FOLL_WRITE', 'FOLL_PIN']);
    expect(acceptedMask(code, 'get_user_pages_fast')).toBeNull();
  });
});

describe('flags that a wrapper adds', () => {
  const code = [
    'long pin_user_pages_unlocked(unsigned long start, unsigned int gup_flags)',
    '{',
    '\tif (!is_valid_gup_args(pages, NULL, &gup_flags,',
    '\t\t\t       FOLL_PIN | FOLL_TOUCH))',
    '\t\treturn 0;',
    '\tgup_flags |= FOLL_UNLOCKABLE;',
    '\treturn f(gup_flags & FOLL_WRITE);',
    '}',
  ].join('\n');

  it('are those that its body joins, not those that it asks for', () => {
    expect(addedInBody(code, 'pin_user_pages_unlocked')).toEqual([
      'FOLL_TOUCH',
      'FOLL_UNLOCKABLE',
      'FOLL_PIN',
    ]);
    expect(addedInBody(code, 'pin_user_pages')).toEqual([]);
  });

  it('that the profile does not have are told', () => {
    const files = treeOf('6.12');
    const fn = profileFor('6.12').functions.get('get_user_pages');
    const text = `${fn?.signature}\n{\n\tgup_flags |= FOLL_HWPOISON;\n\treturn 0; /* longer than the stub */\n}\n`;
    files.set('mm/gup.c', `${files.get('mm/gup.c')}\n${text}`);
    expect(compareTree(profileFor('6.12'), files).differences).toEqual([
      {
        name: 'get_user_pages',
        what: 'adds',
        profile: 'FOLL_TOUCH FOLL_GET',
        tree: 'FOLL_HWPOISON',
        where: 'mm/gup.c',
      },
    ]);
  });
});

describe('a tree against the facts', () => {
  it.each(RELEASES)('that says what the profile of %s says has no difference', release => {
    const report = compareTree(profileFor(release), treeOf(release));
    expect(report.differences).toEqual([]);
    expect(report.functions).toBe(profileFor(release).functions.size);
  });

  it('with another bit, a flag more, one less, or one in another header is told', () => {
    const files = treeOf('6.12');
    const header = (files.get('include/linux/mm.h') ?? '')
      .replace(/FOLL_GET\t0x2/, 'FOLL_GET\t0x4000000')
      .replace(/#define FOLL_DUMP.*\n/, '');
    files.set('include/linux/mm.h', `${header}#define FOLL_NEW 0x8000000\n#define FOLL_TOUCH 0x10000\n`);
    const differences = compareTree(profileFor('6.12'), files).differences;
    expect(differences.map(one => `${one.name} ${one.what}: ${one.profile}, ${one.tree}`)).toEqual([
      'FOLL_TOUCH place: for mm only, public',
      'FOLL_GET value: 0x2, 0x4000000',
      'FOLL_DUMP presence: 0x4, absent',
      'FOLL_NEW presence: absent, 0x8000000',
    ]);
  });

  it('with another prototype, a function more or one less is told', () => {
    const files = treeOf('6.12');
    const code = (files.get('mm/gup.c') ?? '')
      .replace(
        'get_user_pages_fast(unsigned long start, int nr_pages',
        'get_user_pages_fast(unsigned long start, long nr_pages',
      )
      .replace(/^.*\bfolio_add_pin\(.*$/m, '');
    files.set(
      'mm/gup.c',
      `${code}\nint follow_pfn(struct vm_area_struct *vma, unsigned long address, unsigned long *pfn)\n{\n}\n`,
    );
    const differences = compareTree(profileFor('6.12'), files).differences;
    expect(differences.map(one => `${one.name} ${one.what}`)).toEqual([
      'get_user_pages_fast signature',
      'folio_add_pin presence',
      'follow_pfn presence',
    ]);
  });
});

describe('explained differences', () => {
  it('name something that the tables know, once for each release', () => {
    const rows = EXPLAINED.flatMap(row => row.names.map(name => `${row.release} ${name} ${row.what}`));
    expect(new Set(rows).size).toBe(rows.length);
    expect(EXPLAINED.filter(row => !row.reason.endsWith('.'))).toEqual([]);
  });
});

describe('verify:facts', () => {
  let root = '';
  afterEach(() => {
    vi.restoreAllMocks();
    if (root !== '') rmSync(root, { recursive: true });
    root = '';
  });

  const run = async (release: Release, extra = ''): Promise<{ code: number; out: string; err: string }> => {
    root = mkdtempSync(join(tmpdir(), 'facts-'));
    const [version, patchlevel] = release.split('.');
    const files = treeOf(release);
    files.set('Makefile', `VERSION = ${version}\nPATCHLEVEL = ${patchlevel}\nSUBLEVEL = 9\nEXTRAVERSION =\n`);
    files.set('include/linux/mm.h', `${files.get('include/linux/mm.h')}${extra}`);
    for (const [path, text] of files) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const out: string[] = [];
    const err: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation(text => out.push(String(text)) > 0);
    vi.spyOn(process.stderr, 'write').mockImplementation(text => err.push(String(text)) > 0);
    const code = await main([root]);
    return { code, out: out.join(''), err: err.join('') };
  };

  it('is 0 for a tree like its release', async () => {
    const { code, out } = await run('6.6');
    expect(out).toMatch(
      /^Linux 6\.6\.9 \(facts of 6\.6\): \d+ flags, \d+ functions.*; 0 differences without a reason/,
    );
    expect(code).toBe(0);
  });

  it('is 1 for a difference without a reason', async () => {
    const { code, out } = await run('6.6', '#define FOLL_SECRET 0x8000000\n');
    expect(out).toContain('FOLL_SECRET: presence: profile absent; tree 0x8000000 (include/linux/mm.h)');
    expect(code).toBe(1);
  });

  it('is 0 for a difference with a reason, which is shown', async () => {
    const { code, out } = await run('4.8', '#define FOLL_COW 0x4000\n');
    expect(out).toContain('19be0eaffa3a');
    expect(code).toBe(0);
  });

  it('is 2 for no tree, one without a Makefile, and one of no known release', async () => {
    const err: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation(text => err.push(String(text)) > 0);
    expect(await main([])).toBe(2);
    expect(await main(['/no/such/tree'])).toBe(2);
    expect(err.join('')).toMatch(/usage: .*\n.*no Makefile: give the top of a kernel tree/);
  });

  it('puts the version of a Makefile together', () => {
    expect(makefileVersion('VERSION = 5\nPATCHLEVEL = 14\nSUBLEVEL = 0\nEXTRAVERSION = -rc5\n')).toBe(
      '5.14.0-rc5',
    );
    expect(makefileVersion('all:\n')).toBeNull();
  });
});
