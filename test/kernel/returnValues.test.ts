import { describe, expect, it } from 'vitest';
import { profileFor, type Release } from '../../kernel/src/index.js';
import { holdsIn, type Lifetime, READ, readLines } from './read.js';

/** One result as it was collected from the trees, in the collector's words. */
interface Line extends Lifetime {
  readonly function: string;
  readonly value: string;
  readonly when: string;
}

const LINES = readLines<Line>('returns.jsonl');
/** Every function that was collected, those too of which no result was. */
const NAMES = [
  ...new Set(
    readLines<{ readonly function?: string }>('promises.jsonl').flatMap(line => line.function ?? []),
  ),
];

/** Values of the collector, of one function where it is named, that the tables word otherwise. */
const VALUES: Readonly<Record<string, string>> = {
  'slow path errors': 'errors of the slow path',
  'internal codes': 'pages, 0 or an error',
  'pages or error': 'pages or an error',
  'faultin_page_range other': 'pages or an error',
  'bytes or errno': 'bytes or an error',
  'bytes NOT faulted in (0 = all ok)': 'bytes not faulted in',
  'get_user_page_fast_only bool': 'true',
  'get_user_pages_fast_only <0': '-EINVAL, -EFAULT or (6.5+) -EOVERFLOW',
  '-EINVAL / -ENOMEM / allocation error': '-EINVAL, -ENOMEM or an allocation error',
  '-EBUSY / -ENOMEM': '-EBUSY or -ENOMEM',
  '-EINVAL / -ENOMEM': '-EINVAL or -ENOMEM',
  '0 / -EINVAL': '0 or -EINVAL',
  '1/0': '1 or 0',
  'vma or NULL': 'VMA or NULL',
  'vma, NULL or ERR_PTR(-EAGAIN)': 'VMA, NULL or ERR_PTR(-EAGAIN)',
  'int VM_FAULT_* bits': 'VM_FAULT_* bits',
  'vm_fault_t bits': 'VM_FAULT_* bits',
  'VM_FAULT_LOCKED|MAJOR / RETRY / SIGBUS / OOM': 'VM_FAULT_LOCKED, RETRY, SIGBUS or OOM',
};

/** Flags that the collector's words name as the reason of a result, where the caller need not give them. */
const REASONS: Readonly<Record<string, string>> = {
  'entry exists but has no struct page (PFN mapping) and pages!=NULL: the lookup refuses FOLL_GET; with pages==NULL it is skipped':
    'FOLL_GET',
};

/** Results that were collected in words elsewhere: of an alias of the get functions, with the refusals or in brackets. */
const OF_THE_ALIAS: Readonly<Record<string, string>> = {
  'pin_user_pages 5.6': '-EFAULT',
  'pin_user_pages_remote 5.6': '-EFAULT',
  'pin_user_pages_fast 5.6': '-EINVAL',
};

interface Result {
  readonly value: string;
  /** The FOLL_ flags that it depends on; null: the words do not say when. */
  readonly flags: string | null;
}

const flagsIn = (text: string): string => [...new Set(text.match(/\bFOLL_\w+/g) ?? [])].sort().join(' ');

function collected(name: string, release: Release): Result[] {
  const lines = LINES.filter(line => line.function === name && holdsIn(release, line));
  const results = lines.map(({ value, when }) => ({
    value: VALUES[`${name} ${value}`] ?? VALUES[value] ?? value,
    flags: when === '' ? null : flagsIn(when.replace(REASONS[when] ?? '', '')),
  }));
  const alias = OF_THE_ALIAS[`${name} ${release}`];
  return alias === undefined ? results : [...results, { value: alias, flags: '' }];
}

/** The results of one side that have no counterpart on the other, each counterpart taken once. */
function compare(name: string, release: Release): { readonly extra: unknown[]; readonly missing: unknown[] } {
  const missing = collected(name, release);
  const extra = (profileFor(release).functions.get(name)?.returnValues ?? []).filter(({ value, when }) => {
    const at = missing.findIndex(
      other => other.value === value && (other.flags === null || other.flags === flagsIn(when)),
    );
    if (at >= 0) missing.splice(at, 1);
    return at < 0;
  });
  return { extra, missing };
}

describe('what a function returns and when, in every release that was read', () => {
  it.each(NAMES)('%s', name => {
    const wrong = READ.flatMap(release => {
      const { extra, missing } = compare(name, release);
      return extra.length + missing.length === 0 ? [] : [{ release, extra, missing }];
    });
    expect(wrong).toEqual([]);
  });

  it('was collected of functions that are walked, in words that are used', () => {
    expect(LINES.filter(line => !NAMES.includes(line.function))).toEqual([]);
    const values = new Set(LINES.flatMap(line => [line.value, `${line.function} ${line.value}`]));
    expect(Object.keys(VALUES).filter(value => !values.has(value))).toEqual([]);
    const whens = new Set(LINES.map(line => line.when));
    expect(Object.keys(REASONS).filter(when => !whens.has(when))).toEqual([]);
  });
});
