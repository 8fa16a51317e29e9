/** What becomes of the facts of one path: along assignments and calls, and along the edges that conditions label. */

import { expandFlags, type Profile } from '../../../kernel/src/index.js';
import type { Call, Expression } from '../syntax/index.js';
import type { Cfg, CfgElement, EdgeLabel } from './cfg.js';
import { factOf, placeOfKey, refineFacts, refineTruth, testedKeys } from './conditionFacts.js';
import { Correlations } from './correlations.js';
import { calleeName, lvalueText, rootOf, valueExpression } from './expressions.js';
import { type Fact, type Facts, POSITIVE, signFact, withFact, ZERO } from './lattices/factLattice.js';
import { RETURNED } from './lockSummary.js';
import { FINDS_VMA } from './mmAliases.js';

/** The facts that a function's own conditions can use; others are not kept. */
export class PathFacts {
  readonly #profile: Profile;
  readonly #tested: ReadonlySet<string>;
  readonly #correlations: Correlations;
  readonly #given = new Map<Call, readonly { readonly key: string; readonly taken: boolean }[]>();

  /** @param more lvalues that matter though no condition tests them */
  constructor(cfg: Cfg, profile: Profile, more: Iterable<string> = []) {
    this.#profile = profile;
    const keys = [...testedKeys(cfg), ...more];
    this.#tested = new Set(keys.filter(key => !cfg.unfollowed.has(rootOf(placeOfKey(key)))));
    this.#correlations = Correlations.of(cfg);
  }

  /** The facts behind an element; the same object where it changes none. */
  after(element: CfgElement, facts: Facts): Facts {
    switch (element.kind) {
      case 'call':
        return this.#called(element.node, facts);
      case 'assignment': {
        const { left, op, right } = element.node;
        const key = lvalueText(left);
        return key === null ? facts : this.#assigned(facts, key, op === '=' ? right : null);
      }
      case 'declare':
        return this.#assigned(facts, element.node.name, element.node.init);
      case 'update': {
        const key = lvalueText(element.node.operand);
        return key === null ? facts : this.#assigned(facts, key, null);
      }
      case 'macro-loop':
        return element.node.args.reduce((next, arg) => {
          const key = lvalueText(arg);
          return key === null ? next : this.#assigned(next, key, null);
        }, facts);
      case 'asm':
        return element.node.outputs.reduce((next, name) => forget(next, name, true), facts);
      case 'return': {
        const { value } = element.node;
        return value === null ? facts : withFact(facts, RETURNED, factOf(value, facts));
      }
      default:
        return facts;
    }
  }

  /** The facts along an edge; null if it cannot be taken with them. */
  along(label: EdgeLabel, facts: Facts): Facts | null {
    if (label.kind === 'next') return facts;
    let refined = refineFacts(label, facts, name => expandFlags(this.#profile, [name]));
    for (const [key, truth] of this.#correlations.decidedBy(label)) {
      refined = refined === null ? null : refineTruth(refined, key, truth);
    }
    return refined === null ? null : this.#keepTested(refined, facts);
  }

  /** Facts about the results of calls are kept only where they were made; others only for what is tested. */
  #keepTested(facts: Facts, old: Facts): Facts {
    if (facts === old) return old;
    let kept = facts;
    for (const key of facts.keys()) {
      if (!old.has(key) && !this.#tested.has(key)) kept = withFact(kept, key, null);
    }
    return kept;
  }

  #assigned(facts: Facts, key: string, value: Expression | null): Facts {
    const fact: Fact | null = value !== null && this.#tested.has(key) ? factOf(value, facts) : null;
    return withFact(forget(facts, key, true), key, fact);
  }

  #called(call: Call, facts: Facts): Facts {
    const name = calleeName(call);
    const result = name !== null && FINDS_VMA.has(name) ? signFact(ZERO | POSITIVE) : null;
    let next = withFact(facts, `#${call.start}`, result);
    if (next.size > 0) for (const { key, taken } of this.#arguments(call)) next = forget(next, key, taken);
    return next;
  }

  /** The lvalues that a call is given, and whether by their address: what it may change. */
  #arguments(call: Call): readonly { readonly key: string; readonly taken: boolean }[] {
    let given = this.#given.get(call);
    if (given === undefined) {
      given = call.args.flatMap(arg => {
        const node = valueExpression(arg);
        const taken = node.kind === 'unary' && node.op === '&';
        const key = lvalueText(taken ? node.operand : node);
        return key === null ? [] : [{ key, taken }];
      });
      this.#given.set(call, given);
    }
    return given;
  }
}

/**
 * Drops the facts about what is reached through an lvalue, and with `itself` those about it too: its own, and those about
 * conditions on it.
 */
function forget(facts: Facts, key: string, itself: boolean): Facts {
  let kept = facts;
  const simple = key === rootOf(key);
  for (const known of facts.keys()) {
    if (known.startsWith('#')) continue;
    const place = placeOfKey(known);
    if (place === key ? itself : simple && rootOf(place) === key) kept = withFact(kept, known, null);
  }
  return kept;
}
