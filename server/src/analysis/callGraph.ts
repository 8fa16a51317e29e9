/** Which functions of a file call which others of it by name, and which call themselves that way. */

import { callTokens, type SourceFile } from '../syntax/index.js';

/** The calls by name among the functions of one file. Functions of one name count as one. */
export class CallGraph {
  readonly #callees: ReadonlyMap<string, ReadonlySet<string>>;
  /** By function: the number of its cycle. Absent: it is in none. */
  readonly #cycles: ReadonlyMap<string, number>;

  private constructor(callees: ReadonlyMap<string, ReadonlySet<string>>) {
    this.#callees = callees;
    this.#cycles = cyclesOf(callees);
  }

  /** The graph of a file, made once. */
  static of(file: SourceFile): CallGraph {
    let graph = graphs.get(file);
    if (graph === undefined) {
      graph = new CallGraph(calleesOf(file));
      graphs.set(file, graph);
    }
    return graph;
  }

  /** The functions of the file that one of its functions calls, in order of their first call. */
  callees(caller: string): ReadonlySet<string> {
    return this.#callees.get(caller) ?? NOBODY;
  }

  /** The functions that one leads to by calls, itself excepted unless it is part of a recursion. */
  below(caller: string): ReadonlySet<string> {
    const found = new Set(this.callees(caller));
    for (const name of found) for (const callee of this.callees(name)) found.add(callee);
    return found;
  }

  /** The functions of each recursion, as a text: equal where {@link isRecursive} says the same of all functions. */
  get cycleText(): string {
    return [...this.#cycles].map(([name, cycle]) => `${cycle} ${name}`).join('\n');
  }

  /**
   * Whether a call of one function in another is part of a recursion: what the callee does then hangs on what the
   * caller does, so that nothing is said of it.
   */
  isRecursive(caller: string, callee: string): boolean {
    const cycle = this.#cycles.get(caller);
    return cycle !== undefined && cycle === this.#cycles.get(callee);
  }
}

const graphs = new WeakMap<SourceFile, CallGraph>();
const NOBODY: ReadonlySet<string> = new Set();

function calleesOf(file: SourceFile): ReadonlyMap<string, ReadonlySet<string>> {
  const callees = new Map<string, Set<string>>();
  for (const { name } of file.functions) if (!callees.has(name)) callees.set(name, new Set());
  for (const token of callTokens(file, new Set(callees.keys()))) {
    const caller = file.functions[token.function];
    if (caller !== undefined) callees.get(caller.name)?.add(token.name);
  }
  for (const { function: at } of callTokens(file, PUTS_REFERENCE)) {
    const caller = file.functions[at];
    if (caller === undefined) continue;
    for (const [, name = ''] of file.text.slice(caller.start, caller.end).matchAll(DESTRUCTOR))
      if (callees.has(name)) callees.get(caller.name)?.add(name);
  }
  return callees;
}

/** Whoever puts the last reference calls the function that is named beside it. */
const PUTS_REFERENCE: ReadonlySet<string> = new Set(['kref_put']);
const DESTRUCTOR = /\bkref_put\s*\([^;]*,\s*(\w+)\s*\)/g;

/** Strongly connected components (Tarjan), of which those are numbered that hold an edge. */
function cyclesOf(callees: ReadonlyMap<string, ReadonlySet<string>>): ReadonlyMap<string, number> {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const cycles = new Map<string, number>();
  let components = 0;
  const enter = (name: string): { readonly name: string; readonly rest: Iterator<string> } => {
    index.set(name, index.size);
    low.set(name, index.get(name) ?? 0);
    open.push(name);
    isOpen.add(name);
    return { name, rest: (callees.get(name) ?? NOBODY).values() };
  };
  const lower = (name: string, to: number): void => {
    low.set(name, Math.min(low.get(name) ?? to, to));
  };
  const close = (root: string): void => {
    const members = open.splice(open.lastIndexOf(root));
    for (const member of members) isOpen.delete(member);
    if (members.length > 1 || callees.get(root)?.has(root) === true) {
      for (const member of members) cycles.set(member, components);
    }
    components++;
  };
  for (const start of callees.keys()) {
    if (index.has(start)) continue;
    // An explicit stack: a chain of helpers may be longer than ours is deep.
    const stack = [enter(start)];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.rest.next();
      if (next.done !== true) {
        if (!index.has(next.value)) stack.push(enter(next.value));
        else if (isOpen.has(next.value)) lower(top.name, index.get(next.value) ?? 0);
        continue;
      }
      stack.pop();
      const { name } = top;
      const reached = low.get(name) ?? 0;
      const above = stack.at(-1);
      if (above !== undefined) lower(above.name, reached);
      if (reached === index.get(name)) close(name);
    }
  }
  return cycles;
}

/** The functions that call one of these names themselves. */
export function functionsThatCall(source: SourceFile, names: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  for (const token of callTokens(source, names)) {
    const item = source.functions[token.function];
    if (item !== undefined) found.add(item.name);
  }
  return found;
}

/**
 * The functions that call one of these names, themselves or through functions of the file.
 * @param isClosed whether a function is not gone through: what it calls is no matter of those that call it
 */
export function functionsThatLeadTo(
  source: SourceFile,
  names: ReadonlySet<string>,
  isClosed: (name: string) => boolean = () => false,
): ReadonlySet<string> {
  const found = new Set<string>();
  for (let last = functionsThatCall(source, names); last.size > 0; ) {
    for (const name of last) found.add(name);
    const open = new Set([...last].filter(name => !isClosed(name)));
    last = new Set([...functionsThatCall(source, open)].filter(name => !found.has(name)));
  }
  return found;
}
