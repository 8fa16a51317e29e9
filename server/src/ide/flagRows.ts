/** The table "you pass, it adds, the fault gets" of a hover. */

import { isSymbolic, type ResolvedFunction } from '../../../kernel/src/index.js';
import type { CallSite, FlagsAtSite } from '../analysis/index.js';
import type { AnalysedFile } from './analysedFile.js';
import { code, lineRanges, mustMay, shortName } from './flagText.js';
import { guardOf } from './guardOf.js';
import { releaseOf } from './kernelText.js';

/** Markdown; null for a call without flags of any kind. */
export function flagRows(file: AnalysedFile, site: CallSite, fn: ResolvedFunction): string | null {
  const rows: string[] = [];
  const { flags } = site;
  if (flags !== null) {
    rows.push(`| you pass | ${passed(file, site, flags)} | ${linesOf(file, flags)} |`);
  }
  if (site.implied.length > 0) {
    rows.push(`| it adds | ${names(site.implied)} | ${releaseOf(file.profile, fn)} contract |`);
  }
  const isTheFault = flags?.namespace === 'FAULT_FLAG';
  if (site.fault.length > 0 && !isTheFault) {
    const known = site.fault.map(set => set.filter(flag => !isSymbolic(flag)));
    const { must, sometimes } = mustMay(known, file.profile);
    const some =
      sometimes.length === 0 ? '' : ` (${sometimes.map(flag => `+${code(shortName(flag))}`).join(' ')})`;
    const isPartial = known.some((set, index) => set.length !== site.fault[index]?.length);
    const more = isPartial ? ' and what follows from the rest' : '';
    const always = must.length === 0 && sometimes.length > 0 ? '' : names(must);
    rows.push(`| the fault gets | ${`${always}${some}${more}`.trim()} | ${faultBuilder(fn)} |`);
  }
  return rows.length === 0 ? null : ['| | flags | from |', '|---|---|---|', ...rows].join('\n');
}

/** The lines that bring the flags, each with what it brings where there is more than one; those that bring the same, together. */
function linesOf(file: AnalysedFile, { may, origins }: FlagsAtSite): string {
  const byLine = new Map<number, string[]>();
  for (const flag of may) {
    for (const { start } of origins.get(flag) ?? []) {
      const line = file.lineOf(start);
      const flags = byLine.get(line) ?? [];
      if (!flags.includes(flag)) byLine.set(line, [...flags, flag]);
    }
  }
  if (byLine.size < 2) return lineRanges([...byLine.keys()]);
  const byFlags = new Map<string, number[]>();
  for (const [line, flags] of [...byLine].sort(([a], [b]) => a - b)) {
    const text = code(flags.map(shortName).join(' '));
    byFlags.set(text, [...(byFlags.get(text) ?? []), line]);
  }
  return [...byFlags].map(([flags, lines]) => `${lineRanges(lines)} ${flags}`).join(', ');
}

/** The kernel routine that makes fault flags of GUP flags. */
function faultBuilder(fn: ResolvedFunction): string {
  return fn.kind === 'gup' ? '`faultin_page`' : code(fn.name);
}

function names(flags: readonly string[]): string {
  return flags.length === 0 ? 'none' : code(flags.map(shortName).join(' '));
}

function passed(file: AnalysedFile, site: CallSite, flags: FlagsAtSite): string {
  const { must, may, possible } = flags;
  const always = must.filter(flag => !isSymbolic(flag));
  const sometimes = may.filter(flag => !must.includes(flag) && !isSymbolic(flag));
  const brought = may.filter(isSymbolic);
  const parts: string[] = [];
  if (always.length > 0)
    parts.push(`${names(always)}${sometimes.length + brought.length > 0 ? ' always' : ''}`);
  if (sometimes.length > 0) parts.push(conditional(file, site, sometimes, flags));
  for (const flag of brought) parts.push(`whatever ${code(flag.replace(/^(?:param|field):/, ''))} brings`);
  if (possible === null && flags.from === 'unknown') parts.push('and more that is not known');
  return parts.length === 0 ? 'none' : parts.join('; ');
}

/** `WRITE` if `write_fault`, `NOWAIT` on some paths: flags under one condition together. */
function conditional(
  file: AnalysedFile,
  site: CallSite,
  sometimes: readonly string[],
  { origins }: FlagsAtSite,
): string {
  const ast = file.analysis?.functions.find(
    ({ item }) => item.start <= site.span.start && site.span.end <= item.end,
  )?.ast;
  const byCondition = new Map<string, string[]>();
  for (const flag of sometimes) {
    const spans = origins.get(flag) ?? [];
    const guards = ast === undefined ? [] : spans.map(span => guardOf(ast, span, file.input.text));
    const [guard] = guards;
    const known = guards.length === 1 && guard !== null && guard !== undefined;
    const condition = known ? `if ${code(guard)}` : 'on some paths';
    byCondition.set(condition, [...(byCondition.get(condition) ?? []), flag]);
  }
  return [...byCondition].map(([condition, flags]) => `${names(flags)} ${condition}`).join(', ');
}
