/** What the analysis claims of a call contains what the simulator does with it, in every situation. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Release } from '../../kernel/src/index.js';
import { simulate } from '../../simulator/src/index.js';
import { isClaimed, unclaimed } from './claims.js';
import { touchesOf, unclaimedTouches } from './faultEntries.js';
import { nameOf, runsOf, sitesOf } from './siteRuns.js';
import { SITUATIONS } from './situations.js';

/** Files and the releases that have their calls in the form written there. */
const FILES: readonly { readonly file: string; readonly releases: readonly Release[] }[] = [
  { file: 'examples/arch_fault.c', releases: ['6.6', '6.12', '7.3'] },
  { file: 'examples/fault_handler.c', releases: ['6.5', '6.12', '7.3'] },
  { file: 'examples/pin_driver.c', releases: ['6.5', '6.12', '7.3'] },
  {
    file: 'examples/many_kernels.c',
    releases: ['4.8', '4.9', '5.4', '5.10', '5.15', '5.19', '6.1', '6.5', '6.12', '7.3'],
  },
  { file: 'test/agreement/shapes/arch.c', releases: ['6.12'] },
  { file: 'test/agreement/shapes/drivers.c', releases: ['6.5', '6.12', '7.3'] },
  { file: 'test/agreement/shapes/kvm.c', releases: ['6.12'] },
  { file: 'test/agreement/shapes/mm.c', releases: ['6.12'] },
];

/** Calls that the simulator cannot meet as they stand: it has no task that takes mmap_lock twice. */
const DEADLOCKS = ['pin_user_pages_unlocked in demo_prefault'];

/** Enters the fault path for another process, which no touch does. */
const NO_TOUCH = ['handle_mm_fault in demo_fault_in_kernel'];

const CASES = FILES.flatMap(({ file, releases }) => {
  const text = readFileSync(file, 'utf8');
  return releases.flatMap(release => {
    const sites = sitesOf(text, release);
    return sites.map(tested => ({ where: `${file}, ${release}`, what: nameOf(tested), tested, sites }));
  });
});

const GUP = CASES.filter(({ tested }) => tested.site.callee !== 'handle_mm_fault');
const ENTRIES = CASES.filter(
  ({ tested, what }) => tested.site.callee === 'handle_mm_fault' && !NO_TOUCH.includes(what),
);

describe('what the analysis claims and what the simulator does', () => {
  it.each(GUP.filter(({ what }) => !DEADLOCKS.includes(what)))('$what ($where)', ({ tested }) => {
    expect(runsOf(tested).length).toBeGreaterThan(100);
    expect(unclaimed(tested)).toEqual([]);
  });

  it.each(ENTRIES)('$what ($where)', ({ tested, sites }) => {
    const beside = sites.filter(({ site }) => site.function === tested.site.function);
    expect(touchesOf(tested).length).toBeGreaterThan(0);
    expect(unclaimedTouches(tested, beside)).toEqual([]);
  });

  it('holds for every one of the 36 annotated shapes', () => {
    const shapes = CASES.filter(
      ({ where }) => where.startsWith('test/agreement/shapes/') && where.endsWith(', 6.12'),
    );
    expect(shapes).toHaveLength(36);
  });

  it('tells of a call under the wrong lock that it is none', () => {
    const found = CASES.filter(({ what }) => DEADLOCKS.includes(what));
    expect(found.map(({ tested }) => tested.site.lock.before)).toEqual([
      'held-read',
      'held-read',
      'held-read',
    ]);
  });
});

describe('the situations', () => {
  it.each(['6.1', '6.12', '7.3'])('are modelled for v%s, but for a few', kernel => {
    const scenario = {
      kernel,
      fn: 'get_user_pages',
      flags: [],
      locked: null,
      mm: 'current',
      addr_offset: 0,
    } as const;
    const modelled = SITUATIONS.filter(situation => simulate({ ...scenario, ...situation }).modelled);
    expect(modelled.length).toBeGreaterThan(SITUATIONS.length * 0.75);
  });
});

describe('a claim that is wrong', () => {
  it('is noticed, of flags', () => {
    expect(isClaimed([['FOLL_GET', 'FOLL_TOUCH']], ['FOLL_TOUCH', 'FOLL_GET'])).toBe(true);
    expect(isClaimed([['FOLL_GET', 'FOLL_TOUCH']], ['FOLL_GET'])).toBe(false);
    expect(isClaimed([['FOLL_GET']], ['FOLL_GET', 'FOLL_TOUCH'])).toBe(false);
    expect(isClaimed([['FOLL_GET', 'param:flags']], ['FOLL_GET', 'FOLL_WRITE'])).toBe(true);
    expect(isClaimed([['FOLL_GET', 'param:flags']], ['FOLL_WRITE'])).toBe(false);
    expect(isClaimed([], [])).toBe(false);
  });

  it('is noticed, of a call', () => {
    const text =
      'long demo(unsigned long a, struct page **p)\n{\n\treturn get_user_pages_unlocked(a, 1, p, 0);\n}\n';
    const [tested] = sitesOf(text, '6.12');
    if (tested === undefined) throw new Error('the call was not found');
    expect(unclaimed(tested)).toEqual([]);
    const { site } = tested;
    const wrong = {
      ...site,
      effective: [['FOLL_TOUCH']],
      fault: [['FAULT_FLAG_WRITE']],
      lock: { ...site.lock, after: 'held' as const },
    };
    expect(unclaimed({ ...tested, site: wrong })).toEqual([
      'flags FOLL_TOUCH|FOLL_GET|FOLL_UNLOCKABLE',
      'fault FAULT_FLAG_ALLOW_RETRY|FAULT_FLAG_KILLABLE',
      'lock not held, *locked null',
    ]);
  });
});
