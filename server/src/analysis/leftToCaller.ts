/** What a function leaves to its callers at a call that it makes, and what one of them makes of it. */

import type { Call } from '../syntax/index.js';
import type { CallSite, FlagsAtSite, LockBefore } from './callSite.js';
import { rootOf } from './expressions.js';
import type { FunctionAnalysis } from './functionAnalysis.js';
import { MmAliases } from './mmAliases.js';
import { describeFlags } from './siteFlags.js';
import { lockBeforeOf } from './siteLock.js';
import { argumentText } from './sites.js';

/** An mm as a function names it, if its callers can name it too. */
export interface LeftMm {
  readonly text: string;
  /** Which parameter it hangs on; -1: it is the current one. */
  readonly parameter: number;
}

/** What is up to the callers of a function. Plain data: null where nothing is, or where they could not tell. */
export interface LeftToCaller {
  /** The mm whose lock is as the caller left it. */
  readonly mm: LeftMm | null;
  /** The parameter that brings flags. */
  readonly flags: { readonly parameter: number; readonly namespace: FlagsAtSite['namespace'] } | null;
}

/** What is known at a call. */
export interface KnownAtCall {
  /** null: the call has nothing to do with the lock, as far as is known. */
  readonly lock: LockBefore | null;
  readonly flags: FlagsAtSite | null;
  readonly left: LeftToCaller;
}

/** Nothing is up to the callers. */
export const NOTHING_LEFT: LeftToCaller = { mm: null, flags: null };

/** The mm of a function by its name there, for its callers; null where they have no name for it. */
export function mmForCallers({ ast }: FunctionAnalysis, mm: string): LeftMm | null {
  if (mm === MmAliases.current) return { text: mm, parameter: -1 };
  const parameter = ast.parameters.findIndex(({ name }) => name === rootOf(mm));
  return parameter < 0 ? null : { text: mm, parameter };
}

/** The name that a caller has, at a call, for the mm of the function that it calls; null: none. */
export function mmAtCall(caller: FunctionAnalysis, call: Call, { text, parameter }: LeftMm): string | null {
  if (parameter < 0) return text;
  const argument = call.args[parameter];
  const root = argument === undefined ? null : caller.aliases.mm(argument);
  return root?.length ? text.replace(rootOf(text), root).replace(/^vma<(.*)>->vm_mm$/, '$1') : null;
}

/** What a call of the family leaves to the callers of the function that makes it. */
export function leftBySite(fn: FunctionAnalysis, { lock, flags }: CallSite, mm: string | null): LeftToCaller {
  // What is believed because the callee wants it so has not been seen.
  const isOpen = lock.before === 'caller-dependent' || lock.evidence === 'contract';
  return {
    mm: isOpen && mm !== null ? mmForCallers(fn, mm) : null,
    flags: flags === null ? null : flagsForCallers(fn, flags),
  };
}

/** What a caller makes, at a call of a function, of what that function leaves to it. */
export function knownAtCall(caller: FunctionAnalysis, call: Call, left: LeftToCaller): KnownAtCall {
  const mm = left.mm === null ? null : mmAtCall(caller, call, left.mm);
  const lock = mm === null ? null : lockBeforeOf(caller.lockBefore(call, mm));
  const argument = left.flags === null ? undefined : call.args[left.flags.parameter];
  const flags =
    left.flags === null || argument === undefined
      ? null
      : describeFlags(
          caller.profile,
          left.flags.namespace,
          argumentText(caller.file, call, argument),
          caller.flagsBefore(argument, call, left.flags.namespace),
        );
  return {
    lock,
    flags,
    left: {
      mm: mm !== null && lock === 'caller-dependent' ? mmForCallers(caller, mm) : null,
      flags: flags === null ? null : flagsForCallers(caller, flags),
    },
  };
}

function flagsForCallers({ ast }: FunctionAnalysis, { may, namespace }: FlagsAtSite): LeftToCaller['flags'] {
  const brought = may.flatMap(flag => /^param:(\w+)$/.exec(flag)?.[1] ?? []);
  const parameters = brought.map(name => ast.parameters.findIndex(each => each.name === name));
  const [parameter] = parameters;
  // Of two parameters one alone would be half of it.
  return parameter === undefined || parameter < 0 || parameters.length > 1 ? null : { parameter, namespace };
}
