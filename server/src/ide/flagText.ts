/** Sets of flags as short text: names without their prefix, `±` for what only some paths bring. */

import { isSymbolic, type Profile, sortFlags } from '../../../kernel/src/index.js';

const PREFIX = /^(?:FOLL|FAULT_FLAG|VM_FAULT)_/;

/** `FOLL_WRITE` → `WRITE`, `param:flags` → `flags…`, `field:ctx->flags` → `ctx->flags…`. */
export function shortName(flag: string): string {
  const symbolic = /^(?:param|field):(.*)$/s.exec(flag);
  if (symbolic !== null) return `${(symbolic[1] ?? '').replace(/\s+/g, ' ')}…`;
  return flag.replace(PREFIX, '');
}

/** What is in every set, and what is in some only. */
export interface MustMay {
  readonly must: readonly string[];
  readonly sometimes: readonly string[];
}

/** Splits sets into what all have and what only some have, by bit value. No set at all gives two empty lists. */
export function mustMay(sets: readonly (readonly string[])[], profile: Profile): MustMay {
  const all = sortFlags(profile, sets.flat());
  const must = all.filter(flag => sets.every(set => set.includes(flag)));
  return { must, sometimes: all.filter(flag => !must.includes(flag)) };
}

/** How much a hint says: `compact` leaves out what a reader of the code knows, `full` spells it out. */
export type HintStyle = 'compact' | 'full';

/** A flag as a hint of a style names it; what is symbolic is the same in both. */
export function hintName(flag: string, style: HintStyle): string {
  return style === 'full' && !isSymbolic(flag) ? flag : shortName(flag);
}

/**
 * `WRITE|FORCE ±NOWAIT`, in full `FOLL_WRITE|FOLL_FORCE, on some paths FOLL_NOWAIT`: each flag and what is between two as a
 * piece of its own; empty for nothing.
 */
export function hintPieces(
  { must, sometimes }: MustMay,
  style: HintStyle,
): { readonly text: string; readonly flag: string | null }[] {
  const pieces: { readonly text: string; readonly flag: string | null }[] = [];
  for (const flag of must) {
    if (pieces.length > 0) pieces.push({ text: '|', flag: null });
    pieces.push({ text: hintName(flag, style), flag });
  }
  for (const [index, flag] of sometimes.entries()) {
    if (style === 'full') {
      const before = pieces.length === 0 ? '' : ', ';
      pieces.push({ text: index === 0 ? `${before}on some paths ` : before, flag: null });
      pieces.push({ text: hintName(flag, style), flag });
    } else {
      if (pieces.length > 0) pieces.push({ text: ' ', flag: null });
      pieces.push({ text: `±${hintName(flag, style)}`, flag });
    }
  }
  return pieces;
}

/** The same as one text. */
export function hintText(sets: MustMay, style: HintStyle): string {
  return hintPieces(sets, style)
    .map(({ text }) => text)
    .join('');
}

/** Names as one piece of Markdown code, which cannot be broken out of. */
export function code(text: string): string {
  const plain = text.replace(/\s+/g, ' ').replaceAll('`', "'").trim();
  // In a table cell even code is cut at a bar.
  return `\`${plain.replaceAll('|', '\\|')}\``;
}

/** Text of the tables as Markdown: on one line, and nothing in it is markup but `code`. */
export function literal(text: string): string {
  const plain = text.replace(/\s+/g, ' ').trim();
  // Inside code nothing is escaped; a single backtick is none.
  return plain
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/[\\`*[<]/g, '\\$&')))
    .join('');
}

/** One-based lines as people write them: `line 7`, `lines 7, 12–14`; an empty text for none. */
export function lineRanges(lines: readonly number[]): string {
  const sorted = [...new Set(lines)].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const line of sorted) {
    const last = ranges[ranges.length - 1];
    if (last !== undefined && line === last[1] + 1) last[1] = line;
    else ranges.push([line, line]);
  }
  if (ranges.length === 0) return '';
  const text = ranges.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
  return sorted.length === 1 ? `line ${text}` : `lines ${text}`;
}

/** Whether an argument is written as a null pointer. */
export function isNull(argument: string): boolean {
  return /^\(*NULL\)*$/.test(argument.trim());
}
