/** A way to a place on which the lock is as asked, though what its conditions test is tested before: each of them goes the same way every time. */

import {
  type CfgEdge,
  type CfgElement,
  type CfgPosition,
  calleeName,
  type FunctionAnalysis,
  flagTest,
  isSet,
  type LockPath,
  type LockState,
  lvalueText,
  rootOf,
  valueExpression,
  ZERO,
} from '../../analysis/index.js';
import type { Call, Expression } from '../../syntax/ast.js';
import { walkExpressions } from '../../syntax/index.js';
import { MAY_GIVE_UP, MMAP_LOCKS, MMAP_OR_NULL, MMAP_TRIES } from './lockNames.js';

/**
 * What has to hold where a way goes on. By the place: whether it is not zero; by the text of any other condition, behind a `?`
 * and the places in it: its truth.
 */
type Needs = ReadonlyMap<string, boolean>;

/** What is looked for. */
export interface WantedWay {
  readonly fn: FunctionAnalysis;
  readonly mm: string;
  readonly is: (path: LockPath) => boolean;
  /** Whether a way cannot be told to go on behind these, for the calls that get the registers of a fault. */
  readonly endsAt: (elements: readonly CfgElement[]) => boolean;
  /** Whether an edge goes past a release, by a condition that may be about the lock. */
  readonly passesBy: (edge: CfgEdge) => boolean;
}

/** So many edges are looked at for one way. */
const MOST_STEPS = 400;

/**
 * Looks backwards for such a way, from a place to where the lock is as asked on every way, and on to where nothing has to hold any
 * more. Followed are bare tests of variables and members, constants and copies that they are given, and results of calls
 * that leave the lock alone, which may be anything.
 * @returns the edge along which the way leaves the code where the lock is the same on every way; null: no such way is found
 */
export function consistentWay(wanted: WantedWay, at: CfgPosition): CfgEdge | null {
  return new Search(wanted).back(at.block, at.index, new Map());
}

class Search {
  readonly #wanted: WantedWay;
  readonly #seen = new Set<string>();
  #steps = 0;

  constructor(wanted: WantedWay) {
    this.#wanted = wanted;
  }

  /** From before an element of a block where the ways differ. */
  back(block: number, index: number, needs: Needs): CfgEdge | null {
    const { fn, mm, is, endsAt } = this.#wanted;
    const elements = fn.cfg.blocks[block]?.elements.slice(0, index) ?? [];
    if (endsAt(elements)) return null;
    const before = this.#through(block, index, needs);
    if (before === null || !this.#isNew(`${block} ${index}`, before)) return null;
    for (const edge of fn.cfg.blocks[block]?.in ?? []) {
      const state = fn.lockAlong(edge, mm);
      const held = state.filter(is);
      const along = this.#along(edge, before);
      if (held.length === 0 || along === null || this.#wanted.passesBy(edge)) continue;
      if (held.length === state.length) {
        if (held.some(path => agrees(path, along)) && this.#starts(edge.from, along)) return edge;
        continue;
      }
      const way = this.back(edge.from, fn.cfg.blocks[edge.from]?.elements.length ?? 0, along);
      if (way !== null) return way;
    }
    return null;
  }

  /** Whether some way from the start of the function to the end of a block leaves what has to hold. */
  #starts(block: number, needs: Needs): boolean {
    const { fn } = this.#wanted;
    const before = this.#through(block, fn.cfg.blocks[block]?.elements.length ?? 0, needs);
    if (before === null) return false;
    if (before.size === 0 || block === fn.cfg.entry) return true;
    if (!this.#isNew(`start ${block}`, before)) return false;
    return (fn.cfg.blocks[block]?.in ?? []).some(edge => {
      const along = this.#along(edge, before);
      return along !== null && this.#starts(edge.from, along);
    });
  }

  #isNew(place: string, needs: Needs): boolean {
    const key = `${place} ${[...needs].map(([name, truth]) => `${name}=${truth}`).sort()}`;
    if (this.#seen.has(key) || this.#steps++ > MOST_STEPS) return false;
    this.#seen.add(key);
    return true;
  }

  /** What has to hold before the first elements of a block, for what has to hold behind them; null: that cannot be. */
  #through(block: number, index: number, needs: Needs): Needs | null {
    const elements = this.#wanted.fn.cfg.blocks[block]?.elements.slice(0, index) ?? [];
    let before: Needs | null = needs;
    for (const element of elements.reverse()) {
      if (element.kind === 'guard-exit' || element.kind === 'cleanup' || element.kind === 'unknown')
        return null;
      before = this.#before(element, before);
      if (before === null) return null;
    }
    return before;
  }

  #before(element: CfgElement, needs: Needs): Needs | null {
    switch (element.kind) {
      case 'assignment': {
        const { left, op, right } = element.node;
        const place = lvalueText(left);
        if (place === null) return needs.size === 0 ? needs : null;
        return this.#given(needs, place, op === '=' ? right : null);
      }
      case 'declare':
        return this.#given(needs, element.node.name, element.node.init);
      case 'update':
        return this.#given(needs, lvalueText(element.node.operand) ?? '', null);
      case 'call': {
        if (element.node.args.some(argument => usesNull(needs, argument))) return null;
        const name = calleeName(element.node) ?? '';
        const [first] = element.node.args;
        if (MMAP_LOCKS.has(name) && first !== undefined && needs.get(lvalueText(first) ?? '') === false)
          return null;
        const args = element.node.args.map(argument => valueExpression(argument));
        const isGiven = args.some(
          arg => arg.kind === 'unary' && arg.op === '&' && concerns(needs.keys(), lvalueText(arg.operand)),
        );
        return isGiven ? null : needs;
      }
      case 'macro-loop':
        return element.node.args.some(arg => concerns(needs.keys(), lvalueText(arg))) ? null : needs;
      case 'asm':
        return needs.size === 0 ? needs : null;
      default:
        return needs;
    }
  }

  /** @param value what a place is given; null: that is not known */
  #given(needs: Needs, place: string, value: Expression | null): Needs | null {
    const needed = needs.get(place);
    // With another value any condition on it, and on what it points to, may come out otherwise.
    const rest = new Map([...needs].filter(([key]) => !concerns([key], place)));
    if (needed === undefined) return rest;
    const node = value === null ? null : valueExpression(value);
    if (node === null) return null;
    const truth = truthOf(node);
    if (truth !== null) return truth === needed ? rest : null;
    // What takes the lock and finds a VMA has it only where it found one.
    if (node.kind === 'call' && MMAP_OR_NULL.has(calleeName(node) ?? '')) return needed ? rest : null;
    if (node.kind === 'call') return leavesAlone(this.#wanted, node) ? rest : null;
    const copied = lvalueText(node);
    if (copied !== null) return withNeed(rest, copied, needed);
    // What it is computed from may be anything, as long as nothing else has to hold of that.
    const from = placesIn(node);
    return holdsCall(node) || from.some(one => concerns(rest.keys(), one)) ? null : rest;
  }

  #along({ label }: CfgEdge, needs: Needs): Needs | null {
    if (label.kind === 'next') return needs;
    if (label.kind !== 'branch') return null;
    const condition = valueExpression(label.condition);
    const place = lvalueText(condition);
    if (place !== null) return this.#tested(needs, place, label.truth);
    const truth = truthOf(condition);
    if (truth !== null) return truth === label.truth ? needs : null;
    if (condition.kind === 'binary' && /^[!=]=$/.test(condition.op) && truthOf(condition.right) === false) {
      const tested = lvalueText(valueExpression(condition.left));
      return tested === null ? null : this.#tested(needs, tested, (condition.op === '!=') === label.truth);
    }
    if (condition.kind === 'call') {
      // Where the lock was not got there is no way on.
      const name = calleeName(condition) ?? '';
      if (MMAP_TRIES.has(name)) return label.truth ? needs : null;
      if (MAY_GIVE_UP.has(name) && MMAP_LOCKS.has(name)) return label.truth ? null : needs;
      // A function that does something about the lock tells by its result.
      return leavesAlone(this.#wanted, condition) ? needs : null;
    }
    const mask = flagTest(condition)?.mask;
    if (mask?.kind === 'identifier' && /^VM_FAULT_/.test(mask.name)) return needs;
    const places = placesIn(condition);
    const { text } = this.#wanted.fn.file;
    const words = text.slice(condition.start, condition.end).replace(/\s+/g, '');
    const key = `?${places.join()}?${words}`;
    // Two conditions on one place may say the same, or the contrary.
    const isOther = (other: string): boolean =>
      other !== key && places.some(one => other === one || conditionOn(other, one));
    return [...needs.keys()].some(isOther) ? null : withNeed(needs, key, label.truth);
  }

  /** A place that is tested for zero. */
  #tested(needs: Needs, place: string, truth: boolean): Needs | null {
    return [...needs.keys()].some(key => conditionOn(key, place)) ? null : withNeed(needs, place, truth);
  }
}

/** Whether a place that something has to hold of is this one, or hangs on it. */
function concerns(keys: Iterable<string>, place: string | null): boolean {
  if (place === null) return false;
  return [...keys].some(key => key === place || rootOf(key) === place || conditionOn(key, place));
}

/** Whether a need is the truth of a condition that reads a place, or what hangs on it. */
function conditionOn(key: string, place: string): boolean {
  const [, places] = key.split('?');
  return places?.split(',').some(one => one === place || rootOf(one) === place) === true;
}

/** The variables and members that a condition reads. */
function placesIn(condition: Expression): readonly string[] {
  const places: string[] = [];
  walkExpressions(condition, node => {
    const place = lvalueText(node);
    if (place !== null) places.push(place);
  });
  return places;
}

function holdsCall(expression: Expression): boolean {
  let found = false;
  walkExpressions(expression, node => {
    found ||= node.kind === 'call' || node.kind === 'assignment' || node.kind === 'update';
  });
  return found;
}

/** Whether an expression reaches through what has to be zero. */
function usesNull(needs: Needs, expression: Expression): boolean {
  let found = false;
  walkExpressions(expression, node => {
    found ||= node.kind === 'member' && node.arrow && needs.get(lvalueText(node.object) ?? '') === false;
  });
  return found;
}

function withNeed(needs: Needs, place: string, truth: boolean): Needs | null {
  const known = needs.get(place);
  if (known !== undefined) return known === truth ? needs : null;
  return new Map(needs).set(place, truth);
}

/** Whether what a path knows leaves it open that all this holds. */
function agrees({ facts }: LockPath, needs: Needs): boolean {
  // What only a condition says no path knows of.
  return [...needs].every(([place, truth]) =>
    truth ? facts.get(place)?.signs !== ZERO : !isSet(facts, place),
  );
}

/** The truth of a constant; null for what is none. */
function truthOf(node: Expression): boolean | null {
  if (node.kind === 'number') return node.value === null ? null : node.value !== 0;
  if (node.kind === 'identifier') {
    if (/^(?:NULL|false)$/.test(node.name)) return false;
    return /^(?:true|E[A-Z0-9]+)$/.test(node.name) ? true : null;
  }
  if (node.kind === 'unary' && node.op === '-') return truthOf(node.operand);
  return node.kind === 'call' && calleeName(node) === 'ERR_PTR' ? true : null;
}

/** Whether a call leaves the lock alone on every way. */
function leavesAlone({ fn, mm }: WantedWay, call: Call): boolean {
  const modes = (state: LockState): string =>
    state.map(({ mode, origins }) => `${mode} ${origins.map(({ start }) => start)}`).join();
  return modes(fn.lockBefore(call, mm)) === modes(fn.lockAfter(call, mm));
}
