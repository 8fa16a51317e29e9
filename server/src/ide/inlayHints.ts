/** What stands at a call between the lines: the flags, what the fault gets, the lock. */

import { isSymbolic, type LockContract, siteFunction } from '../../../kernel/src/index.js';
import type { CallSite, FlagsAtSite } from '../analysis/index.js';
import type { Span } from '../syntax/ast.js';
import type { AnalysedFile } from './analysedFile.js';
import {
  type HintStyle,
  hintName,
  hintPieces,
  hintText,
  lineRanges,
  mustMay,
  shortName,
} from './flagText.js';
import { kernelText } from './kernelText.js';
import { contractAt, lockArrow } from './lockText.js';
import type { HintPart, InlayHint } from './types.js';

/** The hints of the calls that begin in a range, in order of position, of the kinds that are switched on. */
export function inlayHintsOf(file: AnalysedFile, span: Span): InlayHint[] {
  const { settings } = file;
  if (!settings.inlayHintsFlags && !settings.inlayHintsFault && !settings.inlayHintsLock) return [];
  const hints: InlayHint[] = [];
  const places = new Set<number>();
  for (const site of file.sites) {
    if (site.kind !== 'gup' && site.kind !== 'fault-entry') continue;
    if (site.span.start < span.start || site.span.start > span.end || places.has(site.span.start)) continue;
    places.add(site.span.start);
    if (settings.inlayHintsFlags) push(hints, flagsHint(file, site));
    // VS Code cuts the hints of a line after some 40 characters: the lock comes before the longer fault set.
    if (settings.inlayHintsLock) push(hints, lockHint(file, site));
    if (settings.inlayHintsFault) push(hints, faultHint(file, site));
  }
  return hints.sort((a, b) => a.offset - b.offset);
}

function push(hints: InlayHint[], hint: InlayHint | null): void {
  if (hint !== null) hints.push(hint);
}

/** Behind the flags argument: what the expression may hold where it does not say so itself, and what is added. */
function flagsHint(file: AnalysedFile, site: CallSite): InlayHint | null {
  const { flags, implied } = site;
  const style = file.settings.inlayHintsStyle;
  // VS Code shows some 40 characters of the hints of a line: with `locked` the hint on the lock says what this flag does.
  const isToldByLock = (flag: string): boolean =>
    flag === 'FOLL_UNLOCKABLE' && site.locked !== null && style === 'compact';
  const names = implied.filter(flag => !isToldByLock(flag)).map(flag => hintName(flag, style));
  const added =
    names.length === 0 || style === 'compact'
      ? names.map(name => `+${name}`).join(' ')
      : `adds ${names.join('|')}`;
  const parts = flags === null || saysItself(flags) ? [] : passedParts(file, flags);
  if (added !== '')
    parts.push(plain(parts.length === 0 ? added : `${style === 'full' ? '; ' : ' · '}${added}`));
  if (parts.length === 0) return null;
  const fn = siteFunction(file.profile, site.callee);
  const argument = fn === null ? undefined : site.args[fn.argument('flags')];
  const reasons = flags === null ? [] : originLines(file, flags);
  if (added !== '')
    reasons.push(`${site.callee}() adds ${implied.join(' ')} in ${kernelText(file.input.kernel)}`);
  return hint('flags', argument?.end ?? site.callSpan.end, parts, reasons.join('\n'));
}

function hint(
  kind: InlayHint['kind'],
  offset: number,
  parts: readonly HintPart[],
  tooltip: string,
): InlayHint {
  const label = parts.map(({ text }) => text).join('');
  return { offset, label, parts, tooltip, paddingLeft: true, kind };
}

function plain(text: string): HintPart {
  return { text, target: null };
}

/** Each flag leads to the place that brings it in. */
function passedParts({ profile, settings }: AnalysedFile, flags: FlagsAtSite): HintPart[] {
  const { possible, must, may } = flags;
  const sets =
    possible === null
      ? { must, sometimes: may.filter(flag => !must.includes(flag)) }
      : mustMay(possible, profile);
  const parts = hintPieces(sets, settings.inlayHintsStyle).map(({ text, flag }) => {
    return { text, target: (flag === null ? undefined : flags.origins.get(flag)?.[0]) ?? null };
  });
  if (possible === null && flags.from === 'unknown')
    parts.push(plain(unknownText(parts.length === 0, settings.inlayHintsStyle)));
  return parts;
}

function unknownText(isAll: boolean, style: HintStyle): string {
  if (isAll) return 'flags unknown';
  return style === 'full' ? ', and more that is not known' : ' ±?';
}

/** Whether the argument is written with the names themselves, or is a bare 0 or parameter: repeating it tells nothing. */
function saysItself(flags: FlagsAtSite): boolean {
  if (flags.possible?.length !== 1) return false;
  const set = flags.possible[0] ?? [];
  return set.every(flag => flags.text.includes(flag.replace(/^(?:param|field):/, '')));
}

function originLines(file: AnalysedFile, flags: FlagsAtSite): string[] {
  return flags.may.flatMap(flag => {
    const lines = lineRanges((flags.origins.get(flag) ?? []).map(({ start }) => file.lineOf(start)));
    if (lines === '') return [];
    return [`${shortName(flag)}: ${flags.must.includes(flag) ? '' : 'on some paths, '}${lines}`];
  });
}

/** Behind the call: the set that reaches handle_mm_fault(). Not for calls that are handed that very set. */
function faultHint(file: AnalysedFile, site: CallSite): InlayHint | null {
  if (site.fault.length === 0 || site.flags?.namespace === 'FAULT_FLAG') return null;
  // What a parameter brings is in FOLL_ terms here: it says nothing about the fault.
  const known = site.fault.map(set => set.filter(flag => !isSymbolic(flag)));
  const sets = mustMay(known, file.profile);
  const style = file.settings.inlayHintsStyle;
  const text = hintText(sets, style);
  const isPartial = known.some((set, index) => set.length !== site.fault[index]?.length);
  if (text === '' && isPartial) return null;
  // An arrow would read as one of the lock, whose hint stands right before.
  const head = style === 'full' ? 'the fault gets' : 'fault:';
  const more = style === 'full' ? ' and what follows from the rest' : ' …';
  const label = `${head} ${text === '' ? 'no fault flags' : text}${isPartial ? more : ''}`;
  const set = text === '' ? '' : `: ${hintText(sets, 'compact')}`;
  const tooltip = `FAULT_FLAG_ set of the first handle_mm_fault() in ${kernelText(file.input.kernel)}${set} (± on some paths)`;
  return hint('fault', site.callSpan.end, [plain(label)], tooltip);
}

function lockHint(file: AnalysedFile, site: CallSite): InlayHint | null {
  const fn = siteFunction(file.profile, site.callee);
  const contract = fn === null ? null : contractAt(fn, site);
  if (contract === null || contract.before === 'irrelevant') return null;
  const label = lockLabel(file, site, contract);
  if (label === null) return null;
  const { lock } = site;
  const lines = lineRanges(lock.origins.map(({ start }) => file.lineOf(start)));
  const where = lines === '' ? '' : `; ${lines}`;
  const known: Record<CallSite['lock']['evidence'], string> = {
    local: `from the locking in this function${where}`,
    assert: `from an assertion in this function${where}`,
    contract: `what ${site.callee}() asks of its callers`,
    caller: 'up to the callers of this function, which has no locking of its own before it',
    none: 'nothing in this function tells whether it is held before',
  };
  const tooltip = `mmap_lock before and after the call: ${known[lock.evidence]}`;
  return hint('lock', site.callSpan.end, [{ text: label, target: lock.origins.at(-1) ?? null }], tooltip);
}

function lockLabel(file: AnalysedFile, site: CallSite, contract: LockContract): string | null {
  const { before } = site.lock;
  if (contract.after === 'taken-on-success') return 'takes mmap_lock on success';
  // Called with the lock held it is wrong: then the state is what matters.
  if (contract.before === 'none' && (before === 'not-held' || before === 'caller-dependent')) {
    return site.kind === 'gup' ? 'takes mmap_lock' : null;
  }
  const arrow = lockArrow(site.lock, file.profile.switches.faultCompleted, file.settings.inlayHintsStyle);
  const neverDrops = contract.after === 'depends-on-locked' && site.locked?.text.trim() === 'NULL';
  if (arrow === null) return neverDrops ? 'never drops mmap_lock' : null;
  const label = `${arrow}${neverDrops ? ', never dropped' : ''}`;
  return before === 'vma-lock' ? label : `mmap_lock: ${label}`;
}
