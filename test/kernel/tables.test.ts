import { describe, expect, it } from 'vitest';
import {
  CORE_HANDLERS,
  FLAGS,
  FUNCTIONS,
  HANDLER_OPS,
  LOCK_OPERATIONS,
  PAGE_RELEASES,
  profileFor,
  type Range,
  RELEASES,
  SITE_FUNCTIONS,
  SWITCHES,
  siteFunction,
} from '../../kernel/src/index.js';

const first = (range: Range): number => RELEASES.indexOf(range.since);
const last = (range: Range): number =>
  range.until === undefined ? RELEASES.length - 1 : RELEASES.indexOf(range.until);

/** Whether the ranges run forward, oldest first, without meeting. */
const areDisjoint = (ranges: readonly Range[]): boolean =>
  ranges.every((range, index) => {
    const before = ranges[index - 1];
    return first(range) <= last(range) && (before === undefined || last(before) < first(range));
  });

const areForward = (ranges: readonly Range[]): boolean => ranges.every(range => first(range) <= last(range));

describe('ranges', () => {
  it('of flags, signatures, locks and switches run forward and do not overlap', () => {
    const wrong = [
      ...FLAGS.filter(fact => !areDisjoint(fact.values)),
      ...FLAGS.filter(fact => !areDisjoint(fact.internal)),
      ...FUNCTIONS.filter(fact => !areDisjoint(fact.signatures)),
      ...FUNCTIONS.filter(fact => !areDisjoint(fact.lock)),
      ...FUNCTIONS.filter(fact => !areDisjoint(fact.releasedBy)),
      ...SWITCHES.filter(fact => !areDisjoint(fact.on)),
    ];
    expect(wrong.map(fact => fact.name)).toEqual([]);
  });

  it('of additions, refusals and results run forward', () => {
    const wrong = FUNCTIONS.filter(
      fact => !areForward(fact.adds) || !areForward(fact.refuses) || !areForward(fact.returns),
    );
    expect(wrong.map(fact => fact.name)).toEqual([]);
  });

  it('of signatures leave no gap, and every release with a signature has one lock contract', () => {
    for (const fact of FUNCTIONS) {
      const held = RELEASES.filter(
        (_, at) =>
          fact.signatures.some(range => first(range) <= at && at <= last(range)) &&
          !fact.lock.some(range => first(range) <= at && at <= last(range)),
      );
      expect({ name: fact.name, held }).toEqual({ name: fact.name, held: [] });
      fact.signatures.forEach((range, index) => {
        const next = fact.signatures[index + 1];
        if (next !== undefined)
          expect({ name: fact.name, at: first(next) }).toEqual({ name: fact.name, at: last(range) + 1 });
      });
    }
  });

  it('of flags leave no gap', () => {
    const broken = FLAGS.filter(fact =>
      fact.values.some((range, index) => {
        const next = fact.values[index + 1];
        return next !== undefined && first(next) !== last(range) + 1;
      }),
    );
    expect(broken.map(fact => fact.name)).toEqual([]);
  });

  it('of the same addition, refusal or result do not overlap', () => {
    const twice = FUNCTIONS.flatMap(fact =>
      [fact.adds, fact.refuses, fact.returns].flatMap(entries => {
        const same = new Map<string, Range[]>();
        for (const { since, until, ...what } of entries) {
          const key = JSON.stringify(what);
          same.set(key, [...(same.get(key) ?? []), until === undefined ? { since } : { since, until }]);
        }
        return [...same].flatMap(([key, ranges]) =>
          areDisjoint(ranges.sort((a, b) => first(a) - first(b))) ? [] : [`${fact.name} ${key}`],
        );
      }),
    );
    expect(twice).toEqual([]);
  });

  it('of what gives back and of results leave no release out', () => {
    const without = RELEASES.flatMap(release =>
      [...profileFor(release).functions.values()].flatMap(fn => [
        ...(fn.kind === 'gup' && fn.acquires !== 'none' && fn.releasedBy.length === 0
          ? [`${release} ${fn.name}: nothing gives back`]
          : []),
        ...(fn.kind === 'gup' && fn.returns !== 'void' && fn.returnValues.length === 0
          ? [`${release} ${fn.name}: no result`]
          : []),
      ]),
    );
    expect(without).toEqual([]);
  });

  it('begin and end within the life of their function', () => {
    const wrong: string[] = [];
    for (const fact of FUNCTIONS) {
      const begin = Math.min(...fact.signatures.map(first));
      const end = Math.max(...fact.signatures.map(last));
      for (const range of [
        ...fact.adds,
        ...fact.refuses,
        ...fact.lock,
        ...fact.releasedBy,
        ...fact.returns,
      ]) {
        if (first(range) < begin || last(range) > end)
          wrong.push(`${fact.name} ${range.since} ${range.until ?? ''}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('flags', () => {
  it('have one meaning each, once', () => {
    expect(new Set(FLAGS.map(fact => fact.name)).size).toBe(FLAGS.length);
    expect(FLAGS.filter(fact => !fact.name.startsWith(`${fact.namespace}_`))).toEqual([]);
    expect(FLAGS.filter(fact => fact.meaning === '')).toEqual([]);
  });

  it('do not share a bit in a release, masks excepted', () => {
    const masks = new Set([
      'FAULT_FLAG_DEFAULT',
      'VM_FAULT_ERROR',
      'VM_FAULT_HINDEX_MASK',
      'VM_FAULT_HWPOISON_LARGE_MASK',
    ]);
    for (const release of RELEASES) {
      const flags = [...profileFor(release).flags.values()].filter(flag => !masks.has(flag.name));
      const bits = flags.map(flag => `${flag.namespace} ${flag.value}`);
      expect({ release, twice: bits.filter((bit, index) => bits.indexOf(bit) !== index) }).toEqual({
        release,
        twice: [],
      });
      expect(flags.filter(flag => flag.value === 0 || (flag.value & (flag.value - 1)) !== 0)).toEqual([]);
    }
  });

  it('that stand for others have the bits of all of them', () => {
    for (const release of RELEASES) {
      const { flags } = profileFor(release);
      for (const name of ['FAULT_FLAG_DEFAULT', 'VM_FAULT_ERROR']) {
        const mask = flags.get(name);
        if (mask === undefined) continue;
        const bits = mask.implies.reduce((all, member) => all | (flags.get(member)?.value ?? 0), 0);
        expect({ release, name, bits }).toEqual({ release, name, bits: mask.value });
      }
    }
  });

  it('imply names that exist in the same release', () => {
    const missing = RELEASES.flatMap(release => {
      const { flags } = profileFor(release);
      return [...flags.values()].flatMap(flag =>
        flag.implies.filter(name => !flags.has(name)).map(name => `${release} ${flag.name} implies ${name}`),
      );
    });
    expect(missing).toEqual([]);
    expect(FLAGS.some(fact => fact.implies.length > 0)).toBe(true);
  });

  it('that were only proposed have no bit in any release', () => {
    expect(FLAGS.filter(fact => fact.values.length === 0).map(fact => fact.name)).toEqual([
      'FAULT_FLAG_LOCK_DROPPED',
    ]);
    expect(RELEASES.some(release => profileFor(release).flags.has('FAULT_FLAG_LOCK_DROPPED'))).toBe(false);
  });
});

describe('functions', () => {
  it('are there once', () => {
    expect(new Set(FUNCTIONS.map(fact => fact.name)).size).toBe(FUNCTIONS.length);
  });

  it('add and refuse flags that exist in those releases', () => {
    const wrong: string[] = [];
    for (const release of RELEASES) {
      const { flags, functions } = profileFor(release);
      for (const fn of functions.values()) {
        const named = [
          ...fn.adds.flatMap(add => add.flags),
          ...fn.refuses.flatMap(refusal => [
            ...(refusal.flags ?? []),
            ...(refusal.together ?? []),
            ...(refusal.outside ?? []),
          ]),
        ];
        for (const name of named) if (!flags.has(name)) wrong.push(`${release} ${fn.name} ${name}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('with a namespace have a flags argument somewhere, and call sites without one have no namespace', () => {
    for (const release of RELEASES) {
      for (const fn of profileFor(release).functions.values()) {
        const says = fn.argument('flags') >= 0 || fn.argument('write') >= 0;
        if (fn.flagsNamespace === null) expect(`${fn.name} ${fn.argument('flags')}`).toBe(`${fn.name} -1`);
        else if (!fn.name.includes('lock_or_retry')) expect(`${fn.name} ${says}`).toBe(`${fn.name} true`);
      }
    }
  });

  it('find their arguments by meaning', () => {
    const remote = (release: (typeof RELEASES)[number]) =>
      profileFor(release).functions.get('get_user_pages_remote');
    expect(remote('4.8')?.argument('flags')).toBe(-1);
    expect(remote('4.8')?.argument('write')).toBe(4);
    expect(remote('4.8')?.argument('force')).toBe(5);
    expect(remote('4.9')?.argument('locked')).toBe(-1);
    expect(remote('4.10')?.argument('locked')).toBe(7);
    expect(remote('5.9')?.argument('locked')).toBe(6);
    expect(remote('6.5')?.argument('locked')).toBe(5);
    expect(remote('6.5')?.argument('flags')).toBe(3);
    expect(profileFor('6.1').functions.get('get_user_pages_unlocked')?.argument('flags')).toBe(3);
  });

  it('are released by functions of the same release', () => {
    const known = new Set(PAGE_RELEASES.map(release => release.name));
    const wrong: string[] = [];
    for (const release of RELEASES) {
      const { functions } = profileFor(release);
      for (const fn of functions.values()) {
        if (fn.kind !== 'gup') continue;
        for (const name of fn.releasedBy) {
          if (!known.has(name)) wrong.push(`${release} ${fn.name}: ${name} is not in PAGE_RELEASES`);
          if (SITE_FUNCTIONS.has(name) && !functions.has(name))
            wrong.push(`${release} ${fn.name}: no ${name}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('evidence', () => {
  it('is given for every entry', () => {
    const facts = [...FLAGS, ...FUNCTIONS, ...SWITCHES];
    expect(facts.filter(fact => fact.evidence.length === 0).map(fact => fact.name)).toEqual([]);
    expect(facts.flatMap(fact => fact.evidence).filter(evidence => evidence.where === '')).toEqual([]);
  });

  it('names commits by at least twelve digits', () => {
    const commits = [...FLAGS, ...FUNCTIONS, ...SWITCHES]
      .flatMap(fact => fact.evidence)
      .flatMap(e => e.commit ?? []);
    expect(commits.length).toBeGreaterThan(20);
    expect(commits.filter(commit => !/^[0-9a-f]{12,40}$/.test(commit))).toEqual([]);
  });
});

describe('call sites', () => {
  it('are the functions of three kinds that some release has', () => {
    expect(SITE_FUNCTIONS.get('pin_user_pages_fast')).toBe('gup');
    expect(SITE_FUNCTIONS.get('faultin_page')).toBe('gup');
    expect(SITE_FUNCTIONS.get('put_user_page')).toBe('unpin');
    expect(SITE_FUNCTIONS.get('lock_vma_under_rcu')).toBe('fault-entry');
    expect(SITE_FUNCTIONS.has('follow_page')).toBe(false);
    expect(SITE_FUNCTIONS.has('folio_lock_fault')).toBe(false);
  });

  it('are resolved for the nearest release where their own does not have them', () => {
    expect(siteFunction(profileFor('6.1'), 'lock_mm_and_find_vma')?.since).toBe('6.5');
    expect(siteFunction(profileFor('6.12'), 'get_user_pages_locked')?.until).toBe('5.17');
    expect(siteFunction(profileFor('4.8'), 'pin_user_pages')?.releasedBy).toContain('unpin_user_page');
    expect(siteFunction(profileFor('6.12'), 'filemap_fault')).toBeNull();
    expect(siteFunction(profileFor('6.12'), 'kmalloc')).toBeNull();
  });

  it('are all resolvable for every release', () => {
    for (const release of RELEASES) {
      const missing = [...SITE_FUNCTIONS.keys()].filter(
        name => siteFunction(profileFor(release), name) === null,
      );
      expect({ release, missing }).toEqual({ release, missing: [] });
    }
  });

  it('take handlers of mm by their operation', () => {
    expect([...CORE_HANDLERS.values()].every(op => HANDLER_OPS.includes(op))).toBe(true);
    expect(CORE_HANDLERS.get('filemap_map_pages')).toBe('map_pages');
  });
});

describe('lock operations and page releases', () => {
  it('are there once each', () => {
    expect(new Set(LOCK_OPERATIONS.map(operation => operation.name)).size).toBe(LOCK_OPERATIONS.length);
    expect(new Set(PAGE_RELEASES.map(release => release.name)).size).toBe(PAGE_RELEASES.length);
  });

  it('count an array by the argument after it', () => {
    expect(PAGE_RELEASES.find(release => release.name === 'unpin_user_pages_dirty_lock')).toMatchObject({
      releases: 'pin',
      counts: 'array',
      argument: 0,
      count: 1,
    });
    expect(PAGE_RELEASES.find(release => release.name === 'put_page')).toMatchObject({
      counts: 'one',
      count: -1,
    });
  });

  it('know by which result a lock is held', () => {
    const when = (name: string): string | undefined =>
      LOCK_OPERATIONS.find(operation => operation.name === name)?.when;
    expect(when('mmap_read_lock')).toBe('always');
    expect(when('mmap_read_trylock')).toBe('returns-nonzero');
    expect(when('mmap_read_lock_killable')).toBe('returns-zero');
    expect(when('lock_vma_under_rcu')).toBe('returns-nonnull');
  });
});

describe('profiles', () => {
  it('are made once', () => {
    expect(profileFor('6.1')).toBe(profileFor('6.1'));
  });

  it('cannot be changed', () => {
    const profile = profileFor('6.12');
    const fn = profile.functions.get('get_user_pages');
    const flag = profile.flags.get('FOLL_WRITE');
    expect(
      [profile, profile.switches, fn, fn?.parameters, fn?.adds[0], fn?.lock, flag, flag?.implies].every(
        Object.isFrozen,
      ),
    ).toBe(true);
    expect(() => (profile.flags as Map<string, unknown>).set('FOLL_WRITE', {})).toThrow(TypeError);
    expect(() => (profile.functions as Map<string, unknown>).delete('get_user_pages')).toThrow(TypeError);
  });

  it('tell when a fact begins and ends', () => {
    const { flags, functions } = profileFor('6.4');
    expect(flags.get('FOLL_WRITE')).toMatchObject({ since: null, until: null });
    expect(flags.get('FOLL_UNLOCKABLE')).toMatchObject({ since: '6.3', until: null, internal: true });
    expect(functions.get('follow_page')).toMatchObject({ since: null, until: '6.11' });
    expect(functions.get('faultin_vma_page_range')).toMatchObject({ since: '5.14', until: '6.8' });
  });
});
