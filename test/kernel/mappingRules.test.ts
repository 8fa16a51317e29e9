import { describe, expect, it } from 'vitest';
import {
  faultFlagsOf,
  hugetlbFaultFlagsOf,
  profileFor,
  type Release,
  resolveRelease,
  type SwitchName,
  siteFunction,
} from '../../kernel/src/index.js';
import { simulate } from '../../simulator/src/index.js';
import { scenario } from '../simulator/scenarios.js';
import { BEYOND, type SimulatedCall, STATEMENTS, type Statement, type Term } from './mappingStatements.js';
import { holdsIn, type Lifetime, READ, readLines } from './read.js';

interface Rule extends Lifetime {
  readonly group: string;
  readonly index: number;
  readonly rule: string;
  readonly has?: readonly string[];
  readonly lacks?: readonly string[];
  readonly cond?: string;
  readonly adds?: readonly string[];
  readonly addsIf?: Readonly<Record<string, readonly string[]>>;
  readonly flags?: readonly string[];
  readonly uncertain?: true;
  /** Trees of a stable series that differ from the rule. */
  readonly backport?: readonly string[];
  readonly note?: string;
}

const RULES = readLines<Rule>('mapping.jsonl');
const sorted = (names: Iterable<string>): readonly string[] => [...new Set(names)].sort();
const GIVEN = { locked: 'null', pages: 'given' } as const;

const switchOf = (term: Term): SwitchName => (term.startsWith('!') ? term.slice(1) : term) as SwitchName;

/** Whether a term holds; `flipped` is taken to be the other way round than the profile has it. */
function isTrue(term: Term, release: Release, flipped: SwitchName | null = null): boolean {
  const name = switchOf(term);
  const isOn = profileFor(release).switches[name] !== (name === flipped);
  return term.startsWith('!') ? !isOn : isOn;
}

/** Whether the fault flags of the slow walk show `adds` with the flags `has`, and none of them without. */
function addsOnly(rule: Rule, release: Release): boolean {
  const profile = profileFor(release);
  const fn = siteFunction(profile, '__get_user_pages');
  if (fn === null || rule.has === undefined || rule.adds === undefined) return false;
  const withFlags = faultFlagsOf(profile, fn, rule.has, GIVEN) ?? [];
  const without = faultFlagsOf(profile, fn, [], GIVEN) ?? [];
  return rule.adds.every(flag => withFlags.includes(flag) && !without.includes(flag));
}

/** The flags outside which get_user_pages_fast() refuses a call; null: it does not look. */
function fastMaskOf(release: Release): readonly string[] | null {
  const refuses = profileFor(release).functions.get('get_user_pages_fast')?.refuses ?? [];
  return refuses.find(refusal => refusal.outside !== undefined)?.outside ?? null;
}

function says(statement: Statement, rule: Rule, release: Release): boolean {
  if (statement.switches !== undefined) return statement.switches.every(term => isTrue(term, release));
  if (statement.adds === true) return addsOnly(rule, release);
  if (statement.mask === true) return fastMaskOf(release)?.join() === rule.flags?.join();
  return statement.simulated?.every(expected => comesToPass(expected, release)) ?? false;
}

function comesToPass({ call, returns, slowPath, only }: SimulatedCall, release: Release): boolean {
  if (only !== undefined && !profileFor(release).switches[only]) return true;
  const run = simulate(scenario({ ...call, kernel: release }));
  if (!run.modelled || run.outcome.ret !== returns) return false;
  return slowPath === undefined || run.outcome.fast?.slow_path === slowPath;
}

const statementOf = (rule: Rule): Statement | undefined => STATEMENTS[rule.group]?.[rule.index];

describe('each rule of the walk and of the fault path', () => {
  it('has a statement, and each statement a rule', () => {
    const stated = Object.entries(STATEMENTS).flatMap(([group, list]) =>
      list.map((_, index) => `${group} ${index}`),
    );
    expect(sorted(stated)).toEqual(sorted(RULES.map(({ group, index }) => `${group} ${index}`)));
    expect(stated).toHaveLength(RULES.length);
    expect(RULES).toHaveLength(145);
  });

  it('is stated in one form', () => {
    const wrong = RULES.filter(rule => {
      const { switches, each, adds, mask, simulated } = statementOf(rule) ?? {};
      return [switches, each, adds, mask, simulated].filter(form => form !== undefined).length !== 1;
    });
    expect(wrong).toEqual([]);
  });

  it.each(RULES.map(rule => [`${rule.group} ${rule.index}: ${rule.rule}`, rule] as const))(
    '%s',
    (_, rule) => {
      const statement = statementOf(rule) ?? {};
      const same = RULES.filter(
        other => other.group === rule.group && statement.with?.includes(other.index) === true,
      );
      const alone = statement.each?.map((term): Statement => ({ switches: [term] }));
      for (const part of alone ?? [statement]) {
        const differs = READ.filter(
          release => says(part, rule, release) !== [rule, ...same].some(one => holdsIn(release, one)),
        );
        expect(differs, part.switches?.join()).toEqual(statement.except ?? []);
      }
    },
  );
});

describe('a switch that states a rule', () => {
  const conjunctions = Object.values(STATEMENTS)
    .flat()
    .flatMap(({ switches, each = [] }) => [
      ...(switches === undefined ? [] : [switches]),
      ...each.map(term => [term]),
    ]);
  const names = [...new Set(conjunctions.flat().map(switchOf))];
  const beyond = Object.entries(BEYOND) as [SwitchName, readonly [Release, Release | null]][];

  /** Whether some statement would say otherwise if the switch were the other way round in this release. */
  const isSeen = (name: SwitchName, release: Release): boolean =>
    conjunctions.some(
      terms =>
        terms.every(term => isTrue(term, release)) !== terms.every(term => isTrue(term, release, name)),
    );

  it('is seen in every release, inside the rule and outside it', () => {
    const unseen = names.filter(name => !READ.every(release => isSeen(name, release)));
    expect(sorted(unseen)).toEqual(sorted(beyond.map(([name]) => name)));
  });

  it.each(beyond)('%s is on in these releases and in no other', (name, [since, until]) => {
    const on = READ.filter(release => profileFor(release).switches[name]);
    expect(on).toEqual(READ.filter(release => holdsIn(release, { since, until })));
  });
});

describe('where the profile and a rule differ', () => {
  it('there is a reason, and no reason without a difference', () => {
    const wrong = RULES.filter(rule => {
      const { except, mainline, because } = statementOf(rule) ?? {};
      return (because !== undefined) !== (except !== undefined || mainline !== undefined);
    });
    expect(wrong).toEqual([]);
  });

  it('each tree that differs by a backport is decided: as the tree is, or as mainline is', () => {
    const undecided = RULES.flatMap(rule => {
      const { except = [], mainline = [] } = statementOf(rule) ?? {};
      const trees = rule.backport ?? [];
      const open = trees.filter(tree => {
        const resolved = resolveRelease(tree);
        return 'error' in resolved || ![...except, ...mainline].includes(resolved.release);
      });
      return open.map(tree => `${rule.group} ${rule.index}: ${tree}`);
    });
    expect(undecided).toEqual([]);
    expect(RULES.filter(rule => rule.backport !== undefined).length).toBeGreaterThan(0);
  });
});

describe('the error for wrong arguments', () => {
  const errorsOf = (name: string, release: Release): readonly string[] =>
    sorted(
      (profileFor(release).functions.get(name)?.refuses ?? []).flatMap(({ returns }) =>
        returns === null ? [] : [returns],
      ),
    );
  const rules = RULES.filter(rule => rule.group === 'pin_argument_error');
  const zero = rules.find(rule => rule.rule.includes('_unlocked return 0'));

  it.each([
    'pin_user_pages',
    'pin_user_pages_remote',
    'pin_user_pages_unlocked',
    'pin_user_pages_fast',
    'get_user_pages',
    'get_user_pages_remote',
    'get_user_pages_unlocked',
    'get_user_pages_fast',
  ])('of %s is as the rule says', name => {
    expect(zero).toBeDefined();
    if (zero === undefined) return;
    const returnsZero = name.startsWith('pin_') && !name.endsWith('_fast');
    const released = READ.filter(release => errorsOf(name, release).length > 0);
    const wrong = released.filter(release => {
      const expected = returnsZero && holdsIn(release, zero) ? '0' : '-EINVAL';
      return errorsOf(name, release).join() !== expected;
    });
    expect(released).toContain('7.3');
    expect(wrong).toEqual([]);
  });
});

describe('what follow_hugetlb_page() makes of the flags', () => {
  // FAULT_FLAG_UNSHARE depends on the entry that the walk finds, and is no part of the first fault's flags.
  const rules = RULES.filter(
    rule => rule.group === 'hugetlb_gup.fault_flags' && !rule.adds?.includes('FAULT_FLAG_UNSHARE'),
  );
  const BITS = [
    'FOLL_WRITE',
    'FOLL_REMOTE',
    'FOLL_UNLOCKABLE',
    'FOLL_NOWAIT',
    'FOLL_TRIED',
    'FOLL_INTERRUPTIBLE',
    'FOLL_NOFAULT',
    'FOLL_MLOCK',
  ];

  it.each(READ)('%s, for every combination of them, with and without the pointer', release => {
    const profile = profileFor(release);
    const fn = siteFunction(profile, '__get_user_pages');
    expect(fn).not.toBeNull();
    if (fn === null) return;
    const known = BITS.filter(flag => profile.flags.has(flag));
    const general = !rules.some(rule => holdsIn(release, rule));
    // Since 6.3 every caller gives the pointer (the note of the rule).
    const alwaysGiven = profile.flags.has('FOLL_UNLOCKABLE');
    for (let mask = 0; mask < 1 << known.length; mask++) {
      const flags = known.filter((_, bit) => (mask & (1 << bit)) !== 0);
      for (const locked of ['given', 'null'] as const) {
        const args = { locked, pages: 'given' } as const;
        const own = rules
          .filter(rule => holdsIn(release, rule))
          .filter(rule => (rule.has ?? []).every(flag => flags.includes(flag)))
          .filter(rule => rule.cond === undefined || locked === 'given' || alwaysGiven)
          .flatMap(rule => [
            ...(rule.adds ?? []),
            ...Object.entries(rule.addsIf ?? {}).flatMap(([flag, more]) =>
              flags.includes(flag) ? more : [],
            ),
          ]);
        const expected = general ? faultFlagsOf(profile, fn, flags, args) : own;
        const got = hugetlbFaultFlagsOf(profile, fn, flags, args);
        const what = `${flags.join('|')} locked ${locked}`;
        expect(got === null ? null : sorted(got), what).toEqual(expected === null ? null : sorted(expected));
      }
    }
  });

  it('a set that is not known in full stays so, before and after the retry flags were passed on', () => {
    for (const release of ['4.8', '5.4', '6.5'] as const) {
      const profile = profileFor(release);
      const fn = siteFunction(profile, '__get_user_pages');
      expect(
        fn === null ? null : hugetlbFaultFlagsOf(profile, fn, ['param:flags'], GIVEN),
        release,
      ).toContain('param:flags');
    }
  });
});
