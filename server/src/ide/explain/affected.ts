/** What going from one release to another means for one call: the reasons why it is affected. */

import {
  type CallArguments,
  isSymbolic,
  type Profile,
  type ProfileDifference,
  type Refusal,
  type Release,
  type ResolvedFunction,
  refusalsOf,
  refusalText,
  SWITCHES,
  type SwitchName,
  siteFunction,
} from '../../../../kernel/src/index.js';
import { isNull } from '../flagText.js';
import { differenceText, namesIn } from './changes.js';
import { CONCERNS, type Concern, TOLD_BY_THE_CALL } from './concerns.js';

/** What is read of a call: a row of `gup-lens sites` has it, and so has a call site of the analysis. */
export interface CallFacts {
  readonly callee: string;
  readonly kind: 'gup' | 'unpin' | 'fault-entry' | 'handler';
  readonly flags: {
    readonly possible: readonly (readonly string[])[] | null;
    readonly must: readonly string[];
    readonly may: readonly string[];
  } | null;
  readonly implied: readonly string[];
  readonly effective: readonly (readonly string[])[];
  readonly fault: readonly (readonly string[])[];
  readonly locked: { readonly text: string } | null;
  readonly release: { readonly how: readonly string[] };
}

/** Why a call is affected. */
export interface Reason {
  /**
   * `lost`, `gained`: the function or flag named is not in the newer, or not in the older profile. `signature`,
   * `lock`, `released-by`: that part of the callee's contract. `internal`: the flag may only be passed by mm.
   * `refused`, `accepted`: the arguments. `adds`, `fault`: the flags that the callee works with, and those that
   * reach handle_mm_fault(). `behaviour`: a switch.
   */
  readonly kind:
    | 'lost'
    | 'gained'
    | 'signature'
    | 'lock'
    | 'released-by'
    | 'internal'
    | 'refused'
    | 'accepted'
    | 'adds'
    | 'fault'
    | 'behaviour';
  /** The function, flag or switch that is the reason. */
  readonly name: string;
  /** The reason as a sentence or less; the same for all calls that it concerns alike. */
  readonly text: string;
  /** The release that brought it; null where several did. */
  readonly at: Release | null;
  /**
   * `breaks`: the call does not build or is refused. `differs`: it behaves otherwise. `fits`: it is written as the
   * newer profile wants it, or fulfils a new condition as it is.
   */
  readonly effect: 'breaks' | 'differs' | 'fits';
  /** `some`: only with some of the flag sets that may reach the call. `unless-added`: what is not known here may bring
   * the flag whose absence counts. */
  readonly applies: 'always' | 'some' | 'unless-added';
}

/** The two ends of a comparison. */
export interface Step {
  readonly from: Profile;
  readonly to: Profile;
  /** What compareProfiles() says of them. */
  readonly differences: readonly ProfileDifference[];
}

/**
 * The reasons why a call is affected, in the order of {@link Reason.kind}; empty: it is not.
 *
 * @param before the call as read for the older profile, `after` for the newer; where the signature differs only one of
 *   them is right, and `reading` says which
 * @param inMm whether the call is in mm/, which may pass what others may not
 */
export function reasonsFor(
  call: { readonly before: CallFacts; readonly after: CallFacts; readonly reading: 'before' | 'after' },
  step: Step,
  inMm: boolean,
): readonly Reason[] {
  const { before, after } = call;
  const right = call[call.reading];
  const own = step.differences.filter(({ subject, name }) => subject === 'function' && name === right.callee);
  const reasons: Reason[] = [];
  for (const difference of own) {
    const { change } = difference;
    if (change === 'lost' || change === 'gained') {
      const text = `${right.callee}() does not exist in ${change === 'lost' ? step.to.release : step.from.release}`;
      reasons.push({
        ...whole(change, right.callee, text, difference.at),
        effect: change === 'lost' ? 'breaks' : 'fits',
      });
    }
    if (change === 'signature') {
      const text = `${right.callee}(): ${differenceText(difference)}`;
      reasons.push({
        ...whole(change, right.callee, text, difference.at),
        effect: call.reading === 'after' ? 'fits' : 'breaks',
      });
    }
    if (change === 'lock') {
      const text = `${right.callee}(): ${differenceText(difference)}`;
      reasons.push(whole(change, right.callee, text, difference.at));
    }
  }
  const sameSignature = !reasons.some(({ kind }) => kind !== 'lock');
  return [
    ...reasons,
    ...(sameSignature ? releaseReasons(before, after) : []),
    ...flagReasons(right, step, inMm),
    ...refusalReasons(right, step),
    ...(sameSignature ? setReasons(before, after) : []),
    ...behaviourReasons(right, step, wasRefused(right, step)),
  ];
}

function whole(
  kind: Reason['kind'],
  name: string,
  text: string,
  at: Release | null,
): Reason & { readonly applies: 'always' } {
  return { kind, name, text, at, effect: 'differs', applies: 'always' };
}

/** Functions that no longer release what was acquired. More of them harm nobody. */
function releaseReasons(before: CallFacts, after: CallFacts): readonly Reason[] {
  const gone = before.release.how.filter(name => !after.release.how.includes(name));
  if (gone.length === 0 || after.release.how.length === 0) return [];
  const text = `what ${after.callee}() gave is no longer released with ${gone.join(', ')}`;
  return [whole('released-by', after.callee, text, null)];
}

function flagReasons({ flags, callee }: CallFacts, step: Step, inMm: boolean): readonly Reason[] {
  if (flags === null) return [];
  const passed = flags.may.filter(flag => !isSymbolic(flag));
  return step.differences.flatMap(({ subject, name, change, at }): Reason[] => {
    if (subject !== 'flag' || !passed.includes(name)) return [];
    const applies = flags.must.includes(name) ? 'always' : 'some';
    if (change === 'lost' || change === 'gained') {
      const release = change === 'lost' ? step.to.release : step.from.release;
      const text = `${name} does not exist in ${release}`;
      return [
        {
          kind: change,
          name,
          text,
          at,
          effect: change === 'lost' ? 'breaks' : 'fits',
          applies,
        },
      ];
    }
    if (change === 'became-internal' && !inMm && siteFunction(step.to, callee)?.visibility === 'public') {
      return [
        { kind: 'internal', name, text: `${name} may only be passed by mm`, at, effect: 'breaks', applies },
      ];
    }
    return [];
  });
}

function refusalReasons(call: CallFacts, { from, to }: Step): readonly Reason[] {
  const [old, now] = [from.functions.get(call.callee), to.functions.get(call.callee)];
  if (old === undefined || now === undefined || call.flags === null) return [];
  const sets = call.flags.possible ?? [call.flags.must];
  const args = argumentsOf(call);
  const refused = (fn: ResolvedFunction, set: readonly string[]): Refusal | undefined =>
    refusalsOf(fn, set, args)[0];
  const reasons = new Map<string, Reason>();
  for (const set of sets) {
    const [was, is] = [refused(old, set), refused(now, set)];
    if (is !== undefined && (was === undefined || was.returns !== is.returns)) {
      const text = `${call.callee}() refuses ${refusalText(is)}`;
      const applies = sets.length === 1 ? 'always' : 'some';
      reasons.set(text, {
        kind: 'refused',
        name: call.callee,
        text,
        at: is.since,
        effect: 'breaks',
        applies,
      });
    }
    if (was !== undefined && is === undefined) {
      const text = `${call.callee}() no longer refuses ${refusalText(was)}`;
      reasons.set(text, whole('accepted', call.callee, text, null));
    }
  }
  return [...reasons.values()];
}

function argumentsOf({ locked }: CallFacts): Pick<CallArguments, 'locked' | 'pages'> {
  if (locked === null) return { locked: 'none', pages: 'unknown' };
  return { locked: isNull(locked.text) ? 'null' : 'given', pages: 'unknown' };
}

/** What the callee works with and what the fault gets, beyond what the caller passes. */
function setReasons(before: CallFacts, after: CallFacts): readonly Reason[] {
  const parts = [
    ['adds', `${after.callee}() works`, before.effective, after.effective],
    ['fault', `the fault of ${after.callee}() comes`, before.fault, after.fault],
  ] as const;
  return parts.flatMap(([kind, what, old, now]): Reason[] => {
    if (old.length === 0 && now.length === 0) return [];
    const [was, is] = [new Set(old.flat()), new Set(now.flat())];
    const come = [...is].filter(flag => !was.has(flag));
    const gone = [...was].filter(flag => !is.has(flag));
    const words: string[] = [];
    if (come.length > 0) words.push(`with ${come.join(', ')}`);
    if (gone.length > 0) words.push(`no longer with ${gone.join(', ')}`);
    return words.length === 0 ? [] : [whole(kind, after.callee, `${what} ${words.join(', ')}`, null)];
  });
}

const SWITCH_NAMES: ReadonlyMap<string, SwitchName> = new Map(SWITCHES.map(({ name }) => [name, name]));

/** Whether the older profile refuses each flag set that may reach the call. */
function wasRefused(call: CallFacts, { from }: Step): boolean {
  const fn = from.functions.get(call.callee);
  if (fn === undefined || call.flags === null) return false;
  const sets = call.flags.possible ?? [call.flags.must];
  return sets.length > 0 && sets.every(set => refusalsOf(fn, set, argumentsOf(call)).length > 0);
}

/** @param refused the call failed before: a new reason to fail is none */
function behaviourReasons(call: CallFacts, { to, differences }: Step, refused: boolean): readonly Reason[] {
  return differences.flatMap((difference): Reason[] => {
    const name = difference.subject === 'switch' ? SWITCH_NAMES.get(difference.name) : undefined;
    if (name === undefined || TOLD_BY_THE_CALL.has(name)) return [];
    const concern = CONCERNS[name] ?? byName(call, difference.text);
    if (concern === null) return [];
    const applies = concerns(concern, call, to);
    if (applies === null) return [];
    const { fulfilledBy } = concern;
    const sets = setsOf(call);
    const fulfils = (set: readonly string[]): boolean =>
      fulfilledBy?.every(flag => set.includes(flag)) === true;
    const effect =
      fulfilledBy === undefined || difference.change === 'off'
        ? 'differs'
        : sets.every(fulfils)
          ? 'fits'
          : 'breaks';
    if (effect === 'breaks' && refused) return [];
    return [{ kind: 'behaviour', name, text: difference.text, at: difference.at, effect, applies }];
  });
}

/** A switch that is about the function called, which it then names first, concerns all its calls. */
function byName(call: CallFacts, text: string): Concern | null {
  const subject = /^(?:No longer: )?(?:GUP and )?((?:\w+\(\)(?:, | and )?)+)/.exec(text)?.[1];
  const about = subject === undefined ? namesIn(text).slice(0, 1) : namesIn(subject);
  return about.includes(call.callee) ? { kinds: [call.kind] } : null;
}

/** Whether a call is of the kind; null: it is not, or nothing known says so. */
function concerns(concern: Concern, call: CallFacts, to: Profile): Reason['applies'] | null {
  const { kinds = ['gup'], callees, fast, passes = [], lacks = [], mayDrop, takesLock } = concern;
  if (!kinds.includes(call.kind)) return null;
  if (callees !== undefined && !callees.includes(call.callee)) return null;
  if (fast === true && !/_fast(?:_|$)/.test(call.callee)) return null;
  const fn = siteFunction(to, call.callee);
  if (takesLock === true && fn?.lock.before !== 'none') return null;
  if (mayDrop === true && !call.fault.some(set => set.includes('FAULT_FLAG_ALLOW_RETRY'))) return null;
  if (passes.length + lacks.length === 0) return 'always';
  const sets = setsOf(call);
  const fitting = sets.filter(
    set => passes.every(flag => set.includes(flag)) && !lacks.some(flag => set.includes(flag)),
  );
  if (fitting.length === 0) return null;
  if (lacks.length > 0 && fitting.every(set => set.some(isSymbolic))) return 'unless-added';
  return fitting.length === sets.length ? 'always' : 'some';
}

/** What the callee works with; where the sets are not known, what is in all of them, and that there is more. */
function setsOf({ effective, flags, implied }: CallFacts): readonly (readonly string[])[] {
  if (effective.length > 0) return effective;
  return [[...(flags?.must ?? []), ...implied, ...(flags === null ? [] : ['param:flags'])]];
}
