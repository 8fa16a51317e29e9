/**
 * Splits a file into function definitions by its braces, and decides on the way which branch of each `#if` is
 * read: at file scope all branches that hold whole definitions, elsewhere the usual one.
 */

import { type Branch, type Conditionals, conditionsOf, type Group } from './conditionals.js';
import { type Header, readHeader } from './header.js';
import { punctuator, Tok, type Tokens, tokenText } from './scan.js';
import type { SyntaxProblem } from './sourceFile.js';

/** A function definition in token indices. */
export interface SplitFunction {
  readonly header: Header;
  /** The tokens `{` and `}` of its body. */
  readonly bodyOpen: number;
  readonly bodyClose: number;
  readonly conditions: readonly string[];
  /** One byte a branch, 1 = read. */
  readonly selection: Uint8Array;
}

export interface Split {
  readonly functions: SplitFunction[];
  readonly problems: SyntaxProblem[];
}

interface Frame {
  readonly group: Group;
  /** All branches are walked, because each holds whole definitions. */
  readonly all: boolean;
  readonly at: number;
  readonly directive: number;
  readonly functions: number;
}

const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** Splits the whole file. Never throws; unbalanced braces are repaired at column 0 and reported. */
export function split(tokens: Tokens, conditionals: Conditionals): Split {
  const whole = new Walk(tokens, conditionals, false);
  whole.run(0, tokens.count, 0);
  let walk = whole;
  if (!whole.balanced) {
    walk = new Walk(tokens, conditionals, true);
    walk.run(0, tokens.count, 0);
  }
  const { functions, problems } = walk;
  // Definitions in branches that were dropped as a whole, e.g. because a branch also cuts through a header.
  const pending = [...walk.droppedAtFileScope];
  for (let i = 0; i < pending.length && i < 10_000; i++) {
    const branch = pending[i] as Branch;
    const inner = new Walk(tokens, conditionals, false);
    inner.selection[branch.id] = 1;
    inner.run(branch.from, branch.to, branch.opens + 1);
    functions.push(...inner.functions);
    pending.push(...inner.droppedAtFileScope);
  }
  if (pending.length > 0) functions.sort((a, b) => a.bodyOpen - b.bodyOpen);
  return { functions, problems };
}

class Walk {
  readonly functions: SplitFunction[] = [];
  readonly problems: SyntaxProblem[] = [];
  readonly droppedAtFileScope: Branch[] = [];
  readonly selection: Uint8Array;
  balanced = true;

  readonly #tokens: Tokens;
  readonly #conditionals: Conditionals;
  readonly #resync: boolean;
  readonly #single = new Set<number>();
  #frames: Frame[] = [];
  #pending: number[] = [];
  #depth = 0;
  #paren = 0;
  #header: Header | null = null;
  #bodyOpen = -1;
  #at = 0;
  #directive = 0;

  constructor(tokens: Tokens, conditionals: Conditionals, resync: boolean) {
    this.#tokens = tokens;
    this.#conditionals = conditionals;
    this.#resync = resync;
    this.selection = new Uint8Array(conditionals.branches.length);
  }

  /** Walks the tokens `from`..`to`; `directive` is the first directive that may lie between them. */
  run(from: number, to: number, directive: number): void {
    const directives = this.#tokens.directives;
    this.#at = from;
    this.#directive = directive;
    for (;;) {
      while (this.#directive < directives.length) {
        const here = directives[this.#directive];
        if (here === undefined || here.at > this.#at) break;
        if (this.#at >= to && this.#frames.length === 0) break;
        this.#onDirective();
      }
      if (this.#at >= to) break;
      this.#onToken(this.#at);
      this.#at++;
    }
    if (this.#depth !== 0 || this.#paren !== 0) {
      this.balanced = false;
      this.#report(Math.max(0, to - 1), 'the braces of the file do not balance');
      if (this.#header !== null && this.#resync) this.#emit(Math.max(this.#bodyOpen, to - 1));
    }
  }

  #onDirective(): void {
    const index = this.#directive;
    const groupId = this.#conditionals.groupOf[index] as number;
    const group = groupId >= 0 ? this.#conditionals.groups[groupId] : undefined;
    if (group === undefined) {
      this.#directive++;
      return;
    }
    const first = group.branches[0];
    if (first !== undefined && first.opens === index) {
      this.#enter(group);
      return;
    }
    const frame = this.#frames.at(-1);
    if (frame === undefined || frame.group !== group) {
      this.#directive++;
      return;
    }
    if (!frame.all) {
      this.#leave(group);
      return;
    }
    if (this.#clean()) {
      if (index === group.closes) this.#frames.pop();
      this.#directive++;
      return;
    }
    // A branch ends amid a definition: go back and read only one branch of this group.
    this.#single.add(group.id);
    this.#frames.pop();
    this.#at = frame.at;
    this.#directive = frame.directive;
    this.functions.length = frame.functions;
    this.#reset();
  }

  #clean(): boolean {
    return this.#depth === 0 && this.#paren === 0 && this.#pending.length === 0;
  }

  #reset(): void {
    this.#depth = 0;
    this.#paren = 0;
    this.#pending = [];
    this.#header = null;
  }

  #enter(group: Group): void {
    const all = this.#clean() && !this.#single.has(group.id);
    this.#frames.push({
      group,
      all,
      at: this.#at,
      directive: this.#directive,
      functions: this.functions.length,
    });
    if (all) {
      for (const branch of group.branches) this.selection[branch.id] = 1;
      this.#directive++;
      return;
    }
    for (const branch of group.branches) this.selection[branch.id] = 0;
    const branch = group.branches[group.preferred];
    if (this.#header === null && this.#depth === 0) {
      this.droppedAtFileScope.push(...group.branches.filter(other => other !== branch));
    }
    if (branch === undefined) {
      this.#leave(group);
      return;
    }
    this.selection[branch.id] = 1;
    this.#at = branch.from;
    this.#directive = branch.opens + 1;
  }

  #leave(group: Group): void {
    this.#frames.pop();
    this.#at = Math.max(this.#at, group.branches.at(-1)?.to ?? this.#at);
    this.#directive = group.closes + 1;
  }

  #onToken(i: number): void {
    const c = punctuator(this.#tokens, i);
    if (this.#depth > 0) {
      if (c === OPEN_BRACE) {
        if (this.#resync && this.#atColumnZero(i) && this.#startsFunction(i)) return;
        this.#depth++;
      } else if (c === CLOSE_BRACE) {
        if (this.#resync && this.#depth > 1 && this.#atColumnZero(i)) {
          this.#report(i, 'the braces do not balance here');
          this.#depth = 1;
        }
        if (--this.#depth === 0 && this.#header !== null) this.#emit(i);
      }
      return;
    }
    switch (c) {
      case 40:
        this.#paren++;
        break;
      case 41:
        if (this.#paren > 0) this.#paren--;
        break;
      case 59:
        if (this.#paren > 0 && this.#resync && this.#lineEnds(i)) this.#paren = 0;
        if (this.#paren === 0) {
          this.#pending = [];
          return;
        }
        break;
      case OPEN_BRACE:
        if (this.#paren > 0 && !(this.#resync && this.#atColumnZero(i))) break;
        this.#paren = 0;
        this.#open(i);
        return;
      case CLOSE_BRACE:
        if (this.#paren === 0) {
          this.#pending = [];
          return;
        }
        break;
      default:
    }
    this.#pending.push(i);
  }

  #open(i: number): void {
    const last = this.#pending.at(-1);
    if (last !== undefined && this.#tokens.kind[last] === Tok.string) {
      // extern "C" {
      this.#pending = [];
      return;
    }
    this.#header = readHeader(this.#tokens, this.#pending) ?? this.#oldStyle(i);
    if (this.#header !== null && this.#header.macro >= 0 && this.#holdsValues(i)) this.#header = null;
    this.#bodyOpen = i;
    this.#depth = 1;
    if (this.#header === null) return;
    this.#pending = [];
  }

  /** `define_machine(x) { .name = …`: a macro that defines data, not a function. */
  #holdsValues(open: number): boolean {
    let at = open + 1;
    while (punctuator(this.#tokens, at) === OPEN_BRACE) at++;
    const dot = punctuator(this.#tokens, at) === 46;
    return dot && this.#tokens.kind[at + 1] === Tok.identifier;
  }

  /** `int f(a) int a; {`: the declarations of the parameters stand before the body. */
  #oldStyle(i: number): Header | null {
    if (this.#pending.length > 0 || punctuator(this.#tokens, i - 1) !== 59) return null;
    const list: number[] = [];
    let last = -1;
    for (let k = i - 1; k >= 0 && k > i - 120; k--) {
      const c = punctuator(this.#tokens, k);
      if (c === OPEN_BRACE || c === CLOSE_BRACE) break;
      if (c === 59 && last >= 0) break;
      if (c === 41 && last < 0) {
        const behind = this.#tokens.kind[k + 1];
        if (behind === Tok.identifier) last = k;
      }
      if (last >= 0) list.unshift(k);
    }
    return last < 0 ? null : readHeader(this.#tokens, list);
  }

  /** In a file whose braces do not balance, a `{` at column 0 behind a header begins a new function. */
  #startsFunction(i: number): boolean {
    const list: number[] = [];
    for (let k = i - 1; k > this.#bodyOpen; k--) {
      const c = punctuator(this.#tokens, k);
      if (c === 59 || c === OPEN_BRACE || c === CLOSE_BRACE) break;
      list.unshift(k);
    }
    const header = readHeader(this.#tokens, list);
    if (header === null || header.macro >= 0) return false;
    this.#report(header.first, 'the function before is not closed');
    if (this.#header !== null) this.#emit(Math.max(this.#bodyOpen, header.first - 1));
    this.#header = header;
    this.#bodyOpen = i;
    this.#depth = 1;
    return true;
  }

  #atColumnZero(i: number): boolean {
    const at = this.#tokens.start[i] as number;
    return at === 0 || this.#tokens.text.charCodeAt(at - 1) === 10;
  }

  #lineEnds(i: number): boolean {
    return /^[ \t\r]*(\n|$)/.test(
      this.#tokens.text.slice(this.#tokens.end[i], (this.#tokens.end[i] as number) + 80),
    );
  }

  #emit(close: number): void {
    const header = this.#header;
    this.#header = null;
    this.#pending = [];
    this.#depth = 0;
    if (header === null) return;
    this.functions.push({
      header,
      bodyOpen: this.#bodyOpen,
      bodyClose: close,
      conditions: conditionsOf(this.#conditionals, this.#conditionals.branchOf[header.name] as number),
      selection: this.selection,
    });
  }

  #report(token: number, reason: string): void {
    const start = this.#tokens.start[token] ?? 0;
    const end = this.#tokens.end[token] ?? start;
    const name = this.#header === null ? null : tokenText(this.#tokens, this.#header.name);
    this.problems.push({ span: { start, end }, function: name, reason });
  }
}
