import { describe, expect, it } from 'vitest';
import { profileFor, type Refusal, type Release } from '../../kernel/src/index.js';
import { holdsIn, type Lifetime, READ, readLines } from './read.js';

/** One refusal as it was collected from the trees. */
interface Line extends Lifetime {
  readonly function: string;
  readonly condition?: string;
  /** Null: no error is returned, the kernel stops. */
  readonly returns?: string | null;
}

const LINES = readLines<Line>('contracts.jsonl').filter(line => line.condition !== undefined);
/** Every function that was collected, those too that refuse nothing. */
const FUNCTIONS = [
  ...new Set(
    readLines<{ readonly function?: string }>('promises.jsonl').flatMap(line => line.function ?? []),
  ),
];

const EXTERNAL = ['FOLL_PIN', 'FOLL_TRIED', 'FOLL_UNLOCKABLE', 'FOLL_REMOTE', 'FOLL_FAST_ONLY'];
const internal = (release: Release): readonly string[] => [
  ...EXTERNAL,
  'FOLL_TOUCH',
  ...(profileFor(release).flags.has('FOLL_MADV_POPULATE') ? ['FOLL_MADV_POPULATE'] : []),
];

/**
 * The last checks of is_valid_gup_args(), after the wrapper's own flags were added: so FOLL_PIN of a pin function
 * makes the caller's FOLL_GET wrong, and the FOLL_GET that a fast get function adds makes pages NULL wrong.
 */
function combinations(name: string): readonly string[] {
  const own = name.startsWith('pin_')
    ? ['FOLL_GET', 'pages-null']
    : ['FOLL_LONGTERM', name.includes('_fast') ? 'pages-null' : 'FOLL_GET if pages-null'];
  return [...own, 'FOLL_LONGTERM+FOLL_PCI_P2PDMA'];
}

type Reading = readonly string[] | ((name: string, release: Release) => readonly string[]);

/** What the collector's words mean, in the terms of {@link termsOf}. */
const WORDS: Readonly<Record<string, Reading>> = {
  FOLL_PIN: ['FOLL_PIN'],
  FOLL_LONGTERM: ['FOLL_LONGTERM'],
  FOLL_GET: ['FOLL_GET'],
  FOLL_NOWAIT: ['FOLL_NOWAIT'],
  'FOLL_LONGTERM or FOLL_GET': ['FOLL_LONGTERM', 'FOLL_GET'],
  // No caller of these can give FOLL_PIN.
  'FOLL_LONGTERM without FOLL_PIN': ['FOLL_LONGTERM'],
  'FOLL_LONGTERM (refused by get_user_pages_unlocked)': ['FOLL_LONGTERM'],
  'FOLL_LONGTERM with locked!=NULL': ['FOLL_LONGTERM if locked-given'],
  'FOLL_PIN (alias of the get_ function)': ['FOLL_PIN'],
  'FOLL_PIN|FOLL_GET together (FOLL_PIN alone is not refused)': ['FOLL_GET+FOLL_PIN'],
  'FOLL_GET; since v5.19 pages==NULL': (_, release) =>
    profileFor(release).switches.pinRefusesNullPages ? ['FOLL_GET', 'pages-null'] : ['FOLL_GET'],
  'pages==NULL': ['pages-null'],
  'gup_flags contains FOLL_PIN, FOLL_TRIED, FOLL_UNLOCKABLE, FOLL_REMOTE or FOLL_FAST_ONLY': EXTERNAL,
  'gup_flags & INTERNAL_GUP_FLAGS (TOUCH, TRIED, REMOTE, PIN, FAST_ONLY, UNLOCKABLE; plus MADV_POPULATE where that flag exists)':
    (_, release) => internal(release),
  'FOLL_PIN|FOLL_GET together; FOLL_LONGTERM without FOLL_PIN; FOLL_GET or FOLL_PIN with pages==NULL; FOLL_LONGTERM|FOLL_PCI_P2PDMA':
    name => combinations(name),
  'see is_valid_gup_args': (name, release) => [
    ...(profileFor(release).switches.internalFlagsRejectedAll ? internal(release) : EXTERNAL),
    ...combinations(name),
  ],
  'locked!=NULL and *locked!=1 on entry': ['locked-not-one'],
  'locked!=NULL with *locked==0': ['locked given with *locked 0'],
  'locked!=NULL with *locked!=1, or with vmas!=NULL (inside __get_user_pages_locked)': [
    'locked given with *locked not 1, or with a vmas array',
  ],
  'locked!=NULL with *locked neither 0 nor 1, or with vmas!=NULL (inside __get_user_pages_locked)': [
    'locked given with *locked neither 0 nor 1, or with a vmas array',
  ],
  'vmas array together with FOLL_UNLOCKABLE': ['a vmas array together with FOLL_UNLOCKABLE (locked given)'],
  // Which flags those are is compared in mappingRules.test.ts.
  'anything but FOLL_WRITE|FOLL_LONGTERM': ['outside the mask'],
  'flags outside the accepted mask (see mapping.json gup_fast)': ['outside the mask'],
  'pages!=NULL differs from (FOLL_GET or FOLL_PIN set)': [
    'pages given without FOLL_GET or FOLL_PIN, or the other way round',
  ],
  'same, and FOLL_PIN|FOLL_GET together': ['the same, and FOLL_PIN together with FOLL_GET'],
  'any VMA is fsdax': ['some VMA of the range is fsdax'],
  'VMA not accessible (PROT_NONE)': ['the VMA is not accessible (PROT_NONE)'],
  'not memfd/shmem/hugetlbfs, start<0, start>end, max_folios==0, end beyond i_size': [
    'not a shmem or hugetlbfs file, start < 0, start > end, max_folios 0, or end beyond i_size',
  ],
  'secretmem VMA': ['secretmem VMA'],
};

/** A refusal of the tables in terms: a flag, flags joined by `+`, an argument, or the words of its condition. */
function termsOf({ flags, together, outside, when, condition }: Refusal): readonly string[] {
  const given = when === undefined ? '' : ` if ${when}`;
  if (flags !== undefined) return flags.map(flag => `${flag}${given}`);
  if (together !== undefined) return [[...together].sort().join('+')];
  if (outside !== undefined) return ['outside the mask'];
  return [when ?? condition];
}

const withResult = (term: string, result: string | null | undefined): string =>
  `${term}: ${result ?? 'stops'}`;

function collected(name: string, release: Release): readonly string[] {
  const lines = LINES.filter(line => line.function === name && holdsIn(release, line));
  return lines.flatMap(line => {
    const reading = WORDS[line.condition ?? ''] ?? [`not understood: ${line.condition}`];
    const terms = typeof reading === 'function' ? reading(name, release) : reading;
    return terms.map(term => withResult(term, line.returns));
  });
}

/** Refusals that the collector put down elsewhere: with the meaning of `locked` (locks.jsonl), or as a result (returns.jsonl). */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  get_user_pages_locked: ['*locked is not 1 on entry: stops'],
  handle_mm_fault: [
    'FAULT_FLAG_UNSHARE+FAULT_FLAG_WRITE: VM_FAULT_SIGSEGV',
    'FAULT_FLAG_RETRY_NOWAIT+FAULT_FLAG_VMA_LOCK: VM_FAULT_SIGSEGV',
    'a write where VM_MAYWRITE is missing, or VM_WRITE outside a COW mapping: VM_FAULT_SIGSEGV',
  ],
};

/** Every refusal of the tables, one that is said twice twice. */
function refusedBy(name: string, release: Release): readonly string[] {
  const refuses = profileFor(release).functions.get(name)?.refuses ?? [];
  return refuses.flatMap(refusal => termsOf(refusal).map(term => withResult(term, refusal.returns))).sort();
}

describe('what a function refuses and how, in every release that was read', () => {
  it.each(FUNCTIONS)('%s refuses what was collected, and nothing else', name => {
    const wrong = READ.flatMap(release => {
      const elsewhere = ELSEWHERE[name] ?? [];
      const got = refusedBy(name, release).filter(term => !elsewhere.includes(term));
      const expected = [...new Set(collected(name, release))].sort();
      return got.join('; ') === expected.join('; ') ? [] : [{ release, got, expected }];
    });
    expect(wrong).toEqual([]);
  });

  it('was collected of functions that are walked, in words that are used', () => {
    expect(LINES.filter(line => !FUNCTIONS.includes(line.function))).toEqual([]);
    const words = new Set(LINES.map(line => line.condition));
    expect(Object.keys(WORDS).filter(word => !words.has(word))).toEqual([]);
    const unused = Object.entries(ELSEWHERE).flatMap(([name, terms]) => {
      const all = new Set(READ.flatMap(release => refusedBy(name, release)));
      return terms.filter(term => !all.has(term));
    });
    expect(unused).toEqual([]);
  });
});
