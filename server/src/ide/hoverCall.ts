/** The explanation of a call: contract and state of the lock, flags, simulated results, release. */

import { type ResolvedFunction, siteFunction } from '../../../kernel/src/index.js';
import { type CallSite, callersLock } from '../analysis/index.js';
import type { AnalysedFile } from './analysedFile.js';
import { flagRows } from './flagRows.js';
import { code, isNull, lineRanges, literal } from './flagText.js';
import { certaintyNote } from './hoverFlag.js';
import { contractBelow } from './hoverFunction.js';
import { kernelText, releaseOf } from './kernelText.js';
import { callersText, contractAfter, contractAt, contractBefore, lockVerdict } from './lockText.js';
import { simulatedTable } from './simulated.js';

/** How many return values are worth their line. */
const MOST_RETURNS = 6;

/** Where the reason for a return value is cut. Characters. */
const LONGEST_REASON = 70;

/** Markdown; null for handlers and for functions that no release has. */
export function hoverCall(file: AnalysedFile, site: CallSite): string | null {
  if (site.kind === 'handler') return null;
  const fn = siteFunction(file.profile, site.callee);
  if (fn === null) return null;
  const blocks = [
    headLine(file, site, fn),
    flagRows(file, site, fn),
    file.settings.hoverSimulate ? simulatedBlock(file, site) : null,
    returnsLine(fn),
    releaseLine(site, fn),
    ...notes(file, fn),
    contractBelow(file, site.callee),
    links(file, fn),
  ];
  return blocks.filter(block => block !== null && block !== '').join('\n\n');
}

function headLine(file: AnalysedFile, site: CallSite, fn: ResolvedFunction): string {
  const parts = [`**${code(fn.name)}** · ${kernelText(file.input.kernel)}`];
  const contract = contractAt(fn, site);
  const before = contractBefore(contract, site.kind);
  const lines = lineRanges(site.lock.origins.map(({ start }) => file.lineOf(start)));
  const verdict = lockVerdict(contract, site.lock, lines);
  const callers = site.lock.before === 'caller-dependent' ? callersOf(file, site, fn) : '';
  const judged = verdict === null || callers === '' ? verdict : `${verdict}: ${callers}`;
  if (before !== null) parts.push(judged === null ? `**${before}**` : `**${before}** ${judged}`);
  const lockedIsNull = site.locked !== null && isNull(site.locked.text);
  const after = contractAfter(contract, site.lock, lockedIsNull, file.profile.switches.faultCompleted);
  if (after !== null) parts.push(after);
  return parts.join(' · ');
}

/** How the callers in this file hold the lock that the function of a site leaves to them; empty where that is not known. */
function callersOf(file: AnalysedFile, site: CallSite, callee: ResolvedFunction): string {
  const { analysis } = file;
  const fn = analysis?.functions.find(({ sites }) =>
    sites.some(other => other.span.start === site.span.start),
  );
  const call = fn?.callAt(site.span.start) ?? null;
  if (analysis === null || fn === undefined || call === null) return '';
  const mm = fn.mmOf(callee, call);
  const callers = mm === null ? null : callersLock(analysis, fn, mm);
  return callers === null ? '' : callersText(callers, offset => file.lineOf(offset));
}

function simulatedBlock(file: AnalysedFile, site: CallSite): string | null {
  const table = simulatedTable(file, site);
  if (table === null) return null;
  const { rows, sets, situations, hidden, assumed } = table;
  const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
  const more = hidden === 0 ? '' : `, ${count(hidden, 'more outcome')} not shown`;
  const scope = `${count(sets, 'flag set')} × ${count(situations, 'situation')}${more}`;
  return [
    `**Simulated** (${scope}${assumed === null ? '' : `; ${assumed}`})`,
    '',
    '| memory | result | mmap_lock | fault |',
    '|---|---|---|---|',
    ...rows.map(({ memory, result, lock, fault }) => `| ${memory} | ${result} | ${lock} | ${fault} |`),
  ].join('\n');
}

/** The values with the first clause of their reasons: the rest is history, for the documentation. */
export function returnsLine({ returnValues }: ResolvedFunction): string | null {
  if (returnValues.length === 0) return null;
  const shown = returnValues.slice(0, MOST_RETURNS).map(({ value, when }) => {
    const clause = when.replace(/\s\([^)]*\)/g, '').split(/[;.]\s/, 1)[0] ?? '';
    const short =
      clause.length > LONGEST_REASON
        ? `${clause.slice(0, LONGEST_REASON).replace(/,?\s+\S*$/, '')} …`
        : clause;
    return short === '' ? code(value) : `${code(value)}: ${literal(short)}`;
  });
  const more = returnValues.length > MOST_RETURNS ? '; …' : '.';
  return `Returns ${shown.join('; ')}${more}`;
}

function releaseLine({ release, effective }: CallSite, fn: ResolvedFunction): string | null {
  if (release.how.length === 0 || release.kind === 'none') return null;
  const isPin =
    fn.acquires === 'pin' ||
    (fn.acquires === 'by-flags' && effective.length > 0 && effective.every(set => set.includes('FOLL_PIN')));
  const what = isPin
    ? 'a pin, not a plain reference'
    : fn.acquires === 'reference'
      ? 'a reference, not a pin'
      : null;
  const place = release.where === null ? '' : ` ${code(release.where)}`;
  const where: Record<CallSite['release']['kind'], string | null> = {
    local: 'this function does',
    stored: `kept by${place}, so somebody else has to`,
    returned: 'handed to the caller, who has to',
    'out-param': "in the caller's array: the caller has to",
    consumed: `${place.trim()} takes it over and does`,
    none: null,
    unknown: place === '' ? null : `by whom is not known: ${place.trim()} is given them`,
  };
  const aside = [what, where[release.kind]].filter(part => part !== null).join('; ');
  return `Release with ${release.how.slice(0, 3).map(code).join(' or ')}${aside === '' ? '' : ` (${aside})`}.`;
}

function notes(file: AnalysedFile, fn: ResolvedFunction): (string | null)[] {
  const { kernel } = file.input;
  const here = file.profile.functions.has(fn.name)
    ? null
    : `*Mainline ${kernel.release} has no ${code(fn.name)}: this tree has a backport, or an older name. What is said is of ${releaseOf(file.profile, fn)}.*`;
  return [
    fn.notes === '' ? null : `Note: ${literal(fn.notes)}`,
    here ?? certaintyNote(fn.certainty, kernel.release),
    kernel.note === null ? null : `*${literal(kernel.note)}*`,
  ];
}

/** Only to the kernel's own documentation and to this release's source. */
function links(file: AnalysedFile, fn: ResolvedFunction): string {
  const release = releaseOf(file.profile, fn);
  const source = `https://elixir.bootlin.com/linux/v${release}/A/ident/${fn.name}`;
  const pins = fn.acquires === 'pin' || /unpin/.test(fn.name);
  const guide = pins
    ? '[pin_user_pages() and related calls](https://docs.kernel.org/core-api/pin_user_pages.html) · '
    : '';
  return `${guide}[source in ${release}](${source})`;
}
