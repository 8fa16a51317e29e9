import { describe, expect, it } from 'vitest';
import {
  type CallArguments,
  expandFlags,
  faultFlagsOf,
  flagsOfCall,
  hugetlbFaultFlagsOf,
  profileFor,
  type Release,
  type ResolvedFunction,
  refusalsOf,
  siteFunction,
  sortFlags,
} from '../../kernel/src/index.js';

const GIVEN: CallArguments = { locked: 'none', pages: 'given' };

function functionOf(release: Release, name: string): ResolvedFunction {
  const fn = siteFunction(profileFor(release), name);
  if (fn === null) throw new Error(`${name} is no call site`);
  return fn;
}

function effective(
  release: Release,
  name: string,
  caller: readonly string[],
  args: Partial<CallArguments> = {},
) {
  return flagsOfCall(profileFor(release), functionOf(release, name), caller, { ...GIVEN, ...args }).effective;
}

function fault(release: Release, name: string, caller: readonly string[], args: Partial<CallArguments> = {}) {
  const profile = profileFor(release);
  const fn = functionOf(release, name);
  const all = { ...GIVEN, ...args };
  return faultFlagsOf(profile, fn, flagsOfCall(profile, fn, caller, all).effective, all);
}

describe('flagsOfCall', () => {
  it('adds what the wrapper of each release adds', () => {
    expect(effective('6.12', 'get_user_pages', ['FOLL_WRITE'])).toEqual([
      'FOLL_WRITE',
      'FOLL_GET',
      'FOLL_TOUCH',
    ]);
    expect(effective('6.12', 'get_user_pages', [], { pages: 'null' })).toEqual(['FOLL_TOUCH']);
    expect(effective('6.12', 'pin_user_pages', [])).toEqual(['FOLL_PIN']);
    expect(effective('5.6', 'pin_user_pages', [])).toEqual(['FOLL_TOUCH', 'FOLL_GET']);
    expect(effective('6.5', 'pin_user_pages', [])).toEqual(['FOLL_HONOR_NUMA_FAULT', 'FOLL_PIN']);
    expect(effective('5.9', 'get_user_pages', [])).toEqual(['FOLL_TOUCH', 'FOLL_GET']);
  });

  it('adds FOLL_UNLOCKABLE for a pointer that is not NULL', () => {
    const remote = (locked: 'given' | 'null') => effective('6.12', 'pin_user_pages_remote', [], { locked });
    expect(remote('given')).toContain('FOLL_UNLOCKABLE');
    expect(remote('null')).not.toContain('FOLL_UNLOCKABLE');
    const fn = functionOf('6.12', 'get_user_pages_remote');
    const { implied } = flagsOfCall(profileFor('6.12'), fn, [], { locked: 'given', pages: 'given' });
    expect(implied).toEqual(['FOLL_TOUCH', 'FOLL_REMOTE', 'FOLL_UNLOCKABLE']);
  });

  it('says what hangs on an argument of unknown value', () => {
    const profile = profileFor('6.12');
    const fn = functionOf('6.12', 'get_user_pages_remote');
    const result = flagsOfCall(profile, fn, [], { locked: 'unknown', pages: 'unknown' });
    expect(result.implied).toEqual(['FOLL_TOUCH', 'FOLL_REMOTE']);
    expect(result.effective).toEqual(['FOLL_GET', 'FOLL_TOUCH', 'FOLL_REMOTE', 'FOLL_UNLOCKABLE']);
    expect(result.undecided).toEqual(['FOLL_GET', 'FOLL_UNLOCKABLE']);
    expect(flagsOfCall(profile, fn, [], { locked: 'given', pages: 'null' }).undecided).toEqual([]);
  });

  it('gives for a fast variant the set of its slow path', () => {
    expect(effective('6.12', 'pin_user_pages_fast', ['FOLL_WRITE'])).toEqual([
      'FOLL_WRITE',
      'FOLL_TOUCH',
      'FOLL_PIN',
      'FOLL_UNLOCKABLE',
    ]);
    expect(effective('6.1', 'pin_user_pages_fast', [])).toEqual(['FOLL_TOUCH', 'FOLL_PIN']);
    expect(effective('6.1', 'pin_user_pages_fast', ['FOLL_LONGTERM'])).toEqual(['FOLL_LONGTERM', 'FOLL_PIN']);
    expect(effective('6.2', 'pin_user_pages_fast', ['FOLL_LONGTERM'])).toEqual([
      'FOLL_TOUCH',
      'FOLL_LONGTERM',
      'FOLL_PIN',
    ]);
    expect(effective('6.12', 'get_user_pages_fast_only', [])).toEqual(['FOLL_GET', 'FOLL_FAST_ONLY']);
  });

  it('reads write and force of old releases', () => {
    expect(effective('4.8', 'get_user_pages', [], { write: true, force: false })).toEqual([
      'FOLL_WRITE',
      'FOLL_TOUCH',
      'FOLL_GET',
    ]);
    const fn = functionOf('4.8', 'get_user_pages');
    const result = flagsOfCall(profileFor('4.8'), fn, [], { ...GIVEN, write: 'unknown', force: true });
    expect(result.effective).toContain('FOLL_FORCE');
    expect(result.undecided).toEqual(['FOLL_WRITE']);
  });

  it('passes on what stands for other flags', () => {
    expect(
      effective('6.12', 'get_user_pages_remote', ['param:gup_flags', 'FOLL_WRITE'], { locked: 'null' }),
    ).toEqual(['FOLL_WRITE', 'FOLL_GET', 'FOLL_TOUCH', 'FOLL_REMOTE', 'param:gup_flags']);
  });
});

describe('faultFlagsOf', () => {
  it('lets the lock be dropped by pointer until 6.2 and by flag since', () => {
    expect(fault('6.1', 'get_user_pages', [])).toEqual([]);
    expect(fault('6.1', 'get_user_pages_remote', [], { locked: 'given' })).toEqual([
      'FAULT_FLAG_ALLOW_RETRY',
      'FAULT_FLAG_KILLABLE',
      'FAULT_FLAG_REMOTE',
    ]);
    expect(fault('6.1', 'get_user_pages_remote', [], { locked: 'null' })).toEqual(['FAULT_FLAG_REMOTE']);
    expect(fault('6.12', 'get_user_pages_unlocked', [])).toEqual([
      'FAULT_FLAG_ALLOW_RETRY',
      'FAULT_FLAG_KILLABLE',
    ]);
    expect(fault('5.6', 'get_user_pages_unlocked', [])).toEqual(['FAULT_FLAG_ALLOW_RETRY']);
    expect(fault('4.8', '__get_user_pages_unlocked', [])).toEqual(['FAULT_FLAG_ALLOW_RETRY']);
    expect(fault('4.9', 'get_user_pages_remote', ['FOLL_WRITE'])).toEqual([
      'FAULT_FLAG_WRITE',
      'FAULT_FLAG_REMOTE',
    ]);
  });

  it('keeps the lock in the slow path of a long-term fast pin until 6.1', () => {
    expect(fault('6.1', 'pin_user_pages_fast', ['FOLL_LONGTERM'])).toEqual([]);
    expect(fault('6.1', 'pin_user_pages_fast', [])).toEqual([
      'FAULT_FLAG_ALLOW_RETRY',
      'FAULT_FLAG_KILLABLE',
    ]);
    expect(fault('6.2', 'pin_user_pages_fast', ['FOLL_LONGTERM'])).toContain('FAULT_FLAG_ALLOW_RETRY');
    expect(fault('6.12', 'pin_user_pages_fast', ['FOLL_LONGTERM'])).toContain('FAULT_FLAG_ALLOW_RETRY');
  });

  it('combines FOLL_NOWAIT with FOLL_UNLOCKABLE, as no release has changed yet', () => {
    expect(fault('6.12', 'get_user_pages_unlocked', ['FOLL_NOWAIT'])).toEqual([
      'FAULT_FLAG_ALLOW_RETRY',
      'FAULT_FLAG_RETRY_NOWAIT',
      'FAULT_FLAG_KILLABLE',
    ]);
  });

  it('lets a core dump retry from 5.10 to 6.2 only', () => {
    const dump = (release: Release) => fault(release, 'get_dump_page', [], { pages: 'none' });
    expect(dump('5.9')).toEqual([]);
    expect(dump('5.10')).toContain('FAULT_FLAG_ALLOW_RETRY');
    expect(dump('6.2')).toContain('FAULT_FLAG_ALLOW_RETRY');
    expect(dump('6.3')).toEqual([]);
  });

  it('is interruptible only where the lock may be dropped', () => {
    expect(fault('6.12', 'get_user_pages', ['FOLL_INTERRUPTIBLE'])).toEqual([]);
    expect(fault('6.12', 'get_user_pages_unlocked', ['FOLL_INTERRUPTIBLE'])).toContain(
      'FAULT_FLAG_INTERRUPTIBLE',
    );
  });

  it('is null where no fault is taken', () => {
    expect(fault('6.12', 'get_user_pages_fast_only', [])).toBeNull();
    expect(fault('5.7', '__get_user_pages_fast', [])).toBeNull();
    expect(fault('6.12', 'unpin_user_pages', [])).toBeNull();
    expect(fault('6.12', 'memfd_pin_folios', [])).toBeNull();
    expect(fault('6.12', 'lock_vma_under_rcu', [])).toBeNull();
    expect(fault('6.12', 'get_user_pages', ['FOLL_NOFAULT'])).toBeNull();
    expect(fault('5.17', 'faultin_page', ['FOLL_MLOCK'], { locked: 'given' })).toBeNull();
  });

  it('is what fixup_user_fault() adds to, and what handle_mm_fault() is given', () => {
    expect(
      fault('6.12', 'fixup_user_fault', ['FAULT_FLAG_WRITE'], { locked: 'given', pages: 'none' }),
    ).toEqual(['FAULT_FLAG_WRITE', 'FAULT_FLAG_ALLOW_RETRY', 'FAULT_FLAG_KILLABLE']);
    expect(fault('5.6', 'fixup_user_fault', [], { locked: 'given' })).toEqual(['FAULT_FLAG_ALLOW_RETRY']);
    expect(fault('6.12', 'handle_mm_fault', ['FAULT_FLAG_DEFAULT', 'FAULT_FLAG_USER'])).toEqual([
      'FAULT_FLAG_ALLOW_RETRY',
      'FAULT_FLAG_KILLABLE',
      'FAULT_FLAG_USER',
      'FAULT_FLAG_INTERRUPTIBLE',
    ]);
  });

  it('passes on what stands for other flags', () => {
    expect(fault('6.12', 'get_user_pages_remote', ['param:flags'], { locked: 'null' })).toEqual([
      'FAULT_FLAG_REMOTE',
      'param:flags',
    ]);
  });

  it('differs for hugetlb while that has a loop of its own', () => {
    const huge = (
      release: Release,
      name: string,
      caller: readonly string[],
      locked: 'given' | 'null' | 'none',
    ) => {
      const profile = profileFor(release);
      const fn = functionOf(release, name);
      const args: CallArguments = { locked, pages: 'given' };
      return hugetlbFaultFlagsOf(profile, fn, flagsOfCall(profile, fn, caller, args).effective, args);
    };
    expect(huge('6.1', 'get_user_pages_remote', ['FOLL_NOFAULT'], 'null')).toEqual([]);
    expect(huge('6.3', 'get_user_pages', [], 'none')).toEqual([
      'FAULT_FLAG_ALLOW_RETRY',
      'FAULT_FLAG_KILLABLE',
    ]);
    expect(huge('4.10', 'get_user_pages_unlocked', ['FOLL_WRITE'], 'none')).toEqual(['FAULT_FLAG_WRITE']);
    expect(huge('6.6', 'get_user_pages_remote', [], 'null')).toEqual(['FAULT_FLAG_REMOTE']);
  });
});

describe('refusalsOf', () => {
  const returns = (
    release: Release,
    name: string,
    caller: readonly string[],
    args: Parameters<typeof refusalsOf>[2] = GIVEN,
  ): string | null | undefined => refusalsOf(functionOf(release, name), caller, args)[0]?.returns;

  it('knows what each release refuses, and how', () => {
    expect(returns('5.9', 'get_user_pages', ['FOLL_LONGTERM'])).toBeUndefined();
    expect(returns('5.10', 'get_user_pages', ['FOLL_LONGTERM'])).toBe('-EINVAL');
    expect(returns('6.1', 'get_user_pages_unlocked', ['FOLL_PIN'])).toBeUndefined();
    expect(returns('6.3', 'get_user_pages_unlocked', ['FOLL_PIN'])).toBe('-EINVAL');
    expect(returns('6.2', 'pin_user_pages', ['FOLL_GET'])).toBe('-EINVAL');
    expect(returns('6.3', 'pin_user_pages', ['FOLL_GET'])).toBe('0');
    expect(returns('6.3', 'pin_user_pages_fast', ['FOLL_GET'])).toBe('-EINVAL');
    expect(returns('6.6', 'get_user_pages', ['FOLL_TOUCH'])).toBeUndefined();
    expect(returns('6.7', 'get_user_pages', ['FOLL_TOUCH'])).toBe('-EINVAL');
  });

  it('looks at the other arguments too', () => {
    const args = { locked: 'given', pages: 'given' } as const;
    expect(returns('6.1', 'pin_user_pages_remote', ['FOLL_LONGTERM'], args)).toBe('-EINVAL');
    expect(
      returns('6.1', 'pin_user_pages_remote', ['FOLL_LONGTERM'], { ...args, locked: 'null' }),
    ).toBeUndefined();
    expect(
      returns('6.1', 'pin_user_pages_remote', ['FOLL_LONGTERM'], { ...args, locked: 'unknown' }),
    ).toBeUndefined();
    expect(returns('6.2', 'pin_user_pages_remote', ['FOLL_LONGTERM'], args)).toBeUndefined();
    expect(returns('6.12', 'pin_user_pages', [], { locked: 'none', pages: 'null' })).toBe('0');
    expect(returns('6.12', 'pin_user_pages_remote', [], { ...args, lockedValue: 0 })).toBe('0');
    expect(returns('6.12', 'pin_user_pages_remote', [], { ...args, lockedValue: 1 })).toBeUndefined();
  });

  it('checks the mask of the fast walk, not what stands for other flags', () => {
    expect(returns('6.12', 'get_user_pages_fast', ['FOLL_HWPOISON'])).toBe('-EINVAL');
    expect(returns('5.2', 'get_user_pages_fast', ['FOLL_HWPOISON'])).toBeUndefined();
    expect(returns('6.12', 'get_user_pages_fast', ['param:flags'])).toBeUndefined();
  });
});

describe('sortFlags and expandFlags', () => {
  it('sort by bit, unknown names after, symbolic ones last, once each', () => {
    const profile = profileFor('6.12');
    expect(
      sortFlags(profile, ['param:a', 'FOLL_COW', 'FOLL_FORCE', 'FOLL_WRITE', 'FOLL_FORCE', 'field:x->f']),
    ).toEqual(['FOLL_WRITE', 'FOLL_FORCE', 'FOLL_COW', 'field:x->f', 'param:a']);
  });

  it('replace stand-ins by their members, and nothing else', () => {
    expect(expandFlags(profileFor('6.1'), ['FAULT_FLAG_DEFAULT'])).toEqual([
      'FAULT_FLAG_ALLOW_RETRY',
      'FAULT_FLAG_KILLABLE',
      'FAULT_FLAG_INTERRUPTIBLE',
    ]);
    expect(expandFlags(profileFor('6.12'), ['FOLL_NOWAIT'])).toEqual(['FOLL_NOWAIT']);
    expect(expandFlags(profileFor('5.6'), ['FAULT_FLAG_DEFAULT'])).toEqual(['FAULT_FLAG_DEFAULT']);
  });
});
