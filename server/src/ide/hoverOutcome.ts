/**
 * What a variable of a call can be afterwards: `locked` or `unlocked` where it is passed, and the variable that takes the
 * result. Five lines at most; the types are clangd's.
 */

import { type ResolvedFunction, siteFunction } from '../../../kernel/src/index.js';
import { type CallSite, valueExpression } from '../analysis/index.js';
import type { Span } from '../syntax/ast.js';
import type { AnalysedFile } from './analysedFile.js';
import { code, isNull } from './flagText.js';
import { returnsLine } from './hoverCall.js';
import { kernelText } from './kernelText.js';
import { contractAfter } from './lockText.js';
import { resultCell, situationsBy, situationsByLock } from './simulated.js';

/** Situations that a line names. */
const MOST_NAMES = 3;

/** Results that a line tells apart. */
const MOST_RESULTS = 4;

/** Markdown for a word of the code; null if it is no such variable. */
export function hoverOutcome(file: AnalysedFile, word: Span): string | null {
  for (const site of file.sites) {
    const fn = site.kind === 'handler' ? null : siteFunction(file.profile, site.callee);
    if (fn === null) continue;
    const lines = lockedLines(file, site, fn, word) ?? resultLines(file, site, fn, word);
    if (lines !== null) return lines.filter(line => line !== null && line !== '').join('  \n');
  }
  return null;
}

type Lines = readonly (string | null)[];

function lockedLines(file: AnalysedFile, site: CallSite, fn: ResolvedFunction, word: Span): Lines | null {
  const role = fn.argument('locked') >= 0 ? 'locked' : 'unlocked';
  const argument = site.args[fn.argument(role)];
  if (argument === undefined || !holds(argument, word)) return null;
  const name = file.textOf(word);
  const as = role === name ? '' : `for ${code(role)} `;
  const head = headLine(file, name, `${as}of ${code(`${fn.name}()`)}`);
  const { after } = fn.lock;
  // Among themselves the functions of mm/ pass a `locked` that may be 0 before the call.
  if (fn.visibility !== 'public') return null;
  if (after !== 'depends-on-locked' && after !== 'retaken') return null;
  // The lock is always held behind what takes it again.
  const kept = after === 'depends-on-locked' && site.lock.after === 'held';
  if (isNull(name) || kept) {
    const why = contractAfter(fn.lock, site.lock, isNull(name), file.profile.switches.faultCompleted);
    return [
      head,
      why === null ? null : `mmap_lock is ${why}${isNull(name) ? '' : `: ${code(name)} stays as it was`}.`,
    ];
  }
  const told = file.settings.hoverSimulate ? situationsByLock(file, site) : { dropped: [], kept: [] };
  const when = (lock: 'dropped' | 'kept'): string => {
    const names = told[lock];
    return names.length === 0 ? '' : ` Simulated: ${some(names)}.`;
  };
  return role === 'locked'
    ? [
        head,
        `${code('1')}: mmap_lock is held and was all the time.${when('kept')}`,
        `${code('0')}: it was dropped and is not held: no unlock, and VMAs looked up before are stale.${when('dropped')}`,
        `It has to be ${code('1')} before the call.`,
      ]
    : [
        head,
        `Left alone: mmap_lock was held all the time.${when('kept')}`,
        `${code('true')}: it was dropped and taken again: VMAs looked up before are stale.${when('dropped')}`,
        'Set it to false before the call: nothing else does.',
      ];
}

function resultLines(file: AnalysedFile, site: CallSite, fn: ResolvedFunction, word: Span): Lines | null {
  if (site.kind !== 'gup' && site.callee !== 'fixup_user_fault') return null;
  const target = resultOf(file, site);
  if (target === null || !holds(target, word) || target.end !== word.end) return null;
  const told = file.settings.hoverSimulate
    ? situationsBy(file, site, resultCell)
    : new Map<string, string[]>();
  const shown = [...told].slice(0, MOST_RESULTS).map(([result, names]) => `${result} (${some(names)})`);
  const more = [...told.keys()].slice(MOST_RESULTS);
  const rest = more.length === 0 ? '' : ` · ${more.join(', ')}`;
  return [
    headLine(file, file.textOf(target), `is the result of ${code(`${fn.name}()`)}`),
    returnsLine(fn),
    shown.length === 0 ? null : `Simulated: ${shown.join(' · ')}${rest}.`,
  ];
}

/** Where the result of a call is put: the left side of an assignment, or the name that is declared. */
function resultOf(file: AnalysedFile, site: CallSite): Span | null {
  const fn = file.analysis?.functions.find(({ sites }) =>
    sites.some(({ span }) => span.start === site.span.start),
  );
  const call = fn?.callAt(site.span.start) ?? null;
  if (fn === undefined || call === null) return null;
  for (const { element } of fn.cfg.elements()) {
    if (element.kind === 'assignment' && element.node.op === '=') {
      if (valueExpression(element.node.right) === call) return element.node.left;
    } else if (element.kind === 'declare' && element.node.init !== null) {
      const { name, start, init } = element.node;
      if (valueExpression(init) !== call) continue;
      const at = start + file.textOf({ start, end: init.start }).lastIndexOf(name);
      return { start: at, end: at + name.length };
    }
  }
  return null;
}

function headLine(file: AnalysedFile, name: string, what: string): string {
  return `**${code(name)}** ${what} · ${kernelText(file.input.kernel)}`;
}

function some(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join('; ') + (more > 0 ? `; ${more} more` : '');
}

function holds(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
