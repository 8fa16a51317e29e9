/** How the callers of a function in its own file hold the lock that the function leaves to them. */

import type { Span } from '../syntax/index.js';
import type { FileAnalysis } from './analyseFile.js';
import { CallGraph } from './callGraph.js';
import { calleeName, plainSpan } from './expressions.js';
import type { FunctionAnalysis } from './functionAnalysis.js';
import { type LockMode, overallMode } from './lattices/lockLattice.js';
import { mmAtCall, mmForCallers } from './leftToCaller.js';

/** One call of the function. `mode` is `caller` where that function leaves it to its own callers. */
export interface CallerLock {
  readonly function: string;
  /** The callee's name token. */
  readonly span: Span;
  readonly mode: LockMode;
}

/** A file with more callers than this is not looked through for a hover. */
const MOST_CALLERS = 20;

/**
 * The lock of an mm at every call of a function, in order of position.
 * @param mm the mm as the function names it: of use only if it hangs on a parameter or is the current one
 * @returns null where not all callers are known: the function is not `static`, its name is used otherwise than in calls,
 *   its mm is its own, or they are too many
 */
export function callersLock(
  file: FileAnalysis,
  fn: FunctionAnalysis,
  mm: string,
): readonly CallerLock[] | null {
  const { source } = file;
  const { name } = fn.item;
  const left = mmForCallers(fn, mm);
  if (!fn.ast.isStatic || left === null || isGivenAway(source.text, name)) return null;
  const graph = CallGraph.of(source);
  const callers = [...new Set(source.functions.map(item => item.name))].filter(caller => {
    return graph.callees(caller).has(name);
  });
  if (callers.length > MOST_CALLERS) return null;
  const locks: CallerLock[] = [];
  for (const callerName of callers) {
    const caller = file.functionNamed(callerName);
    if (caller === null || !caller.complete) return null;
    for (const { element } of caller.cfg.elements()) {
      if (element.kind !== 'call' || calleeName(element.node) !== name) continue;
      const theirs = mmAtCall(caller, element.node, left);
      if (theirs === null) return null;
      const mode = overallMode(caller.lockBefore(element.node, theirs));
      locks.push({ function: callerName, span: plainSpan(element.node.callee), mode });
    }
  }
  return locks.sort((a, b) => a.span.start - b.span.start);
}

/** Whether a function's name stands where it is not called, so that anybody may call it. */
export function isGivenAway(text: string, name: string): boolean {
  return new RegExp(`\\b${name}\\b(?!\\s*\\()`).test(
    text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|"(?:\\.|[^"\\\n])*"/g, ' '),
  );
}
