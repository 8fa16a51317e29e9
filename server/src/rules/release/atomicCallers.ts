/** The functions of a file that somebody calls where nothing may sleep: timers, interrupt handlers, RCU callbacks. */

import { ATOMIC_CALLBACKS, ATOMIC_MEMBERS } from '../../../../kernel/src/index.js';
import type { SourceFile, Span } from '../../syntax/index.js';

/** A name that is called in that way, whether or not it is a function of the file, and where the file says so. */
export interface AtomicCaller {
  readonly function: string;
  /** Completes "… runs". */
  readonly runs: string;
  readonly span: Span;
}

const CALLBACKS = new Map(ATOMIC_CALLBACKS.map(callback => [callback.name, callback]));
const CALLBACK_CALL = new RegExp(`\\b(${[...CALLBACKS.keys()].join('|')})\\s*\\(`, 'g');

/** The names that a file gives to a timer, a tasklet, an interrupt and the like. */
export function atomicCallers(source: SourceFile): readonly AtomicCaller[] {
  const found: AtomicCaller[] = [];
  for (const match of source.text.matchAll(CALLBACK_CALL)) {
    const callback = CALLBACKS.get(match[1] ?? '');
    if (callback === undefined) continue;
    const argument = argumentAt(source.text, match.index + match[0].length, callback.argument);
    if (argument === null) continue;
    const name = source.text.slice(argument.start, argument.end).replace(/^&/, '');
    found.push({ function: name, runs: callback.runs, span: argument });
  }
  for (const { member, withWord, runs } of ATOMIC_MEMBERS) {
    if (!source.text.includes(withWord)) continue;
    for (const match of source.text.matchAll(
      new RegExp(`(?:->|\\.)${member}\\s*=\\s*&?(\\w+)\\s*[;,]`, 'g'),
    )) {
      const name = match[1] ?? '';
      const start = match.index + match[0].lastIndexOf(name);
      found.push({ function: name, runs, span: { start, end: start + name.length } });
    }
  }
  return found;
}

/** The argument of that index of a call whose parenthesis opens before `start`; null if there is none. */
function argumentAt(text: string, start: number, index: number): Span | null {
  let depth = 0;
  let argument = 0;
  let from = start;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === ';') return null;
    if (char === '(') depth++;
    const closes = char === ')' && depth-- === 0;
    if (!closes && !(char === ',' && depth === 0)) continue;
    if (argument === index) {
      const raw = text.slice(from, at);
      return { start: from + (raw.length - raw.trimStart().length), end: from + raw.trimEnd().length };
    }
    if (closes) return null;
    argument++;
    from = at + 1;
  }
  return null;
}
