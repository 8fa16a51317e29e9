/** What is known on the way from an entry point to a call of the family, at each call on that way. */

import { siteFunction } from '../../../kernel/src/index.js';
import {
  type CallSite,
  type FileAnalysis,
  type FlagsAtSite,
  type FunctionAnalysis,
  knownAtCall,
  type LeftToCaller,
  leftBySite,
  NOTHING_LEFT,
} from '../analysis/index.js';
import { shortName } from './flagText.js';

/** One function on the way, at the calls by which it leads on. */
export interface ReachStep {
  /** In a few words; empty where nothing is known. */
  readonly text: string;
  /** What its own callers decide. */
  readonly left: LeftToCaller;
}

const NOTHING: ReachStep = { text: '', left: NOTHING_LEFT };

const LOCK: Readonly<Record<CallSite['lock']['before'], string | null>> = {
  'held-read': 'mmap_lock held for reading',
  'held-write': 'mmap_lock held for writing',
  held: 'mmap_lock held',
  'not-held': 'mmap_lock not held',
  'caller-dependent': 'mmap_lock as its callers have it',
  'vma-lock': 'VMA lock held',
  unknown: null,
};

/** The step of the function that holds a call of the family, given by the offset of the callee's name. */
export function stepAtSite(analysis: FileAnalysis, offset: number): ReachStep {
  const fn = analysis.functions.find(({ sites }) => sites.some(site => site.span.start === offset));
  const site = fn?.sites.find(({ span }) => span.start === offset);
  const call = fn?.callAt(offset) ?? null;
  const callee = site === undefined ? null : siteFunction(analysis.profile, site.callee);
  if (fn === undefined || site === undefined || call === null || callee === null || !fn.complete)
    return NOTHING;
  const needsLock = /^mmap-lock/.test(callee.lock.before);
  const isSaid = needsLock || (callee.lock.before === 'none' && isKnown(site.lock.before));
  const text = textOf(site.flags, isSaid && site.lock.evidence !== 'contract' ? site.lock.before : null);
  return { text, left: leftBySite(fn, site, fn.mmOf(callee, call)) };
}

/**
 * The step of a function at its calls of another one.
 * @param offsets of the callee's name, in calls of one function
 * @param left what the function that is called leaves to its callers
 */
export function stepAtCalls(
  analysis: FileAnalysis,
  offsets: readonly number[],
  left: LeftToCaller,
): ReachStep {
  if (left.mm === null && left.flags === null) return NOTHING;
  const steps = offsets.map(offset => stepAtCall(analysis, offset, left));
  const [first = NOTHING, ...others] = steps;
  // What differs from call to call is not said in a few words.
  return {
    text: others.every(({ text }) => text === first.text) ? first.text : '',
    left: others.every(step => JSON.stringify(step.left) === JSON.stringify(first.left))
      ? first.left
      : NOTHING_LEFT,
  };
}

function stepAtCall(analysis: FileAnalysis, offset: number, left: LeftToCaller): ReachStep {
  const fn = functionAt(analysis, offset);
  const call = fn?.callAt(offset) ?? null;
  if (fn === null || call === null || !fn.complete) return NOTHING;
  const { flags, lock, left: more } = knownAtCall(fn, call, left);
  // That it goes on to the next caller shows there.
  return { text: textOf(flags, lock !== null && isKnown(lock) ? lock : null), left: more };
}

function isKnown(lock: CallSite['lock']['before']): boolean {
  return lock !== 'caller-dependent' && lock !== 'unknown';
}

function functionAt({ source, functionNamed }: FileAnalysis, offset: number): FunctionAnalysis | null {
  const item = source.functions.find(({ body }) => body.start <= offset && offset < body.end);
  const fn = item === undefined ? null : functionNamed(item.name);
  // Of two functions of one name, the other one.
  return fn?.item.start === item?.start ? fn : null;
}

function textOf(flags: FlagsAtSite | null, lock: CallSite['lock']['before'] | null): string {
  const words = flags === null ? [] : [`passes ${flagWords(flags)}`];
  const locked = lock === null ? null : LOCK[lock];
  return (locked === null ? words : [...words, locked]).join(', ');
}

function flagWords({ must, may, from, text }: FlagsAtSite): string {
  if (from === 'unknown' || (may.length === 0 && from !== 'const')) return `${text} (not followed)`;
  const sometimes = may.filter(flag => !must.includes(flag)).map(flag => `±${shortName(flag)}`);
  const words = [...must.map(shortName), ...sometimes];
  return words.length === 0 ? 'no flags' : words.join(' ');
}
