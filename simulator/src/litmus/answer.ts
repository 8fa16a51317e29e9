/** What an exploration says of a litmus test's question. */

import type { Exploration, FoundEnding } from '../explore/exploration.js';
import { holdsAtEnd } from './conditions.js';
import type { Litmus, Verdict } from './litmus.js';

export interface LitmusAnswer {
  readonly verdict: Verdict;
  /** Why the verdict is unknown; null: it is known. */
  readonly reason: string | null;
  /** A run of which the question is true; null: none was found. */
  readonly witness: FoundEnding | null;
  /** A run of which it is not true; null: none was found. */
  readonly counterexample: FoundEnding | null;
  readonly exploration: Exploration;
}

/** The answer. A run that leaves the model is none of the kernel's and says nothing, but for what it leaves open. */
export function answerOf({ question }: Litmus, exploration: Exploration): LitmusAnswer {
  const modelled = exploration.found.filter(({ notModelled }) => notModelled === null);
  const witness = modelled.find(ending => holdsAtEnd(question, ending)) ?? null;
  const counterexample = modelled.find(ending => !holdsAtEnd(question, ending)) ?? null;
  const left = exploration.found.find(({ notModelled }) => notModelled !== null)?.notModelled ?? null;
  const open = left === null ? openBecause(exploration) : `not modelled: ${left}`;
  const answer = { witness, counterexample, exploration };
  if (witness !== null && counterexample !== null) return { verdict: 'allowed', reason: null, ...answer };
  if (open !== null) {
    // One run is enough to say that something can be; that it always or never is, takes all of them.
    return witness === null
      ? { verdict: 'unknown', reason: open, ...answer }
      : { verdict: 'allowed', reason: null, ...answer };
  }
  return { verdict: witness === null ? 'forbidden' : 'required', reason: null, ...answer };
}

function openBecause({ complete, stopped }: Exploration): string | null {
  if (complete) return null;
  switch (stopped) {
    case 'states':
      return 'not all orders were tried: the limit of states was reached';
    case 'time':
      return 'not all orders were tried: the time was over';
    case 'cancelled':
      return 'not all orders were tried: the search was cancelled';
    case 'steps':
      return 'a run has no end';
    default:
      return 'not all orders were tried';
  }
}
