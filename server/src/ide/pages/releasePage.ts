/** The reference of the releases as Markdown, from the tables of kernel/. */

import {
  addedText,
  compareProfiles,
  type FlagNamespace,
  type FunctionKind,
  lockAfterText,
  lockBeforeText,
  type ProfileDifference,
  profileFor,
  RELEASES,
  RELEASES_NOT_READ,
  type Release,
  type ResolvedFlag,
  type ResolvedFunction,
  refusalText,
  releaseAfter,
  releaseBefore,
  SWITCHES,
  type SwitchFact,
  type SwitchReader,
} from '../../../../kernel/src/index.js';
import { prose } from './prose.js';

const NAMESPACES: readonly { readonly namespace: FlagNamespace; readonly title: string }[] = [
  { namespace: 'FOLL', title: 'FOLL_ flags' },
  { namespace: 'FAULT_FLAG', title: 'FAULT_FLAG_ flags' },
  { namespace: 'VM_FAULT', title: 'VM_FAULT_ results' },
];

const KINDS: readonly { readonly kind: FunctionKind; readonly title: string }[] = [
  { kind: 'gup', title: 'Functions that take pages' },
  { kind: 'unpin', title: 'Functions that give pins back' },
  { kind: 'fault-entry', title: 'Entries to the fault path' },
  { kind: 'other', title: 'Related functions' },
];

const VISIBLE: Readonly<Record<ResolvedFunction['visibility'], string>> = {
  public: 'any caller',
  mm: 'mm only',
  static: 'one file of mm only',
};

/** Who acts on each switch, as the tables say. */
const READERS: ReadonlyMap<string, SwitchReader> = new Map(SWITCHES.map(({ name, reads }) => [name, reads]));

/**
 * The page of one release.
 * @param readers who acts on each switch; absent: as the tables say
 */
export function releasePage(release: Release, readers: ReadonlyMap<string, SwitchReader> = READERS): string {
  const profile = profileFor(release);
  const [before, after] = neighbours(release);
  const lines = [`# Linux ${release}`, '', navigation(before, after), ''];
  if (RELEASES_NOT_READ.has(release)) {
    lines.push(
      `No tree of ${release} was read: all that is said here is inferred from the releases around it.`,
      '',
    );
  }
  lines.push(...differences(before, release));
  for (const { namespace, title } of NAMESPACES) {
    lines.push(`## ${title}`, '');
    lines.push(...flagTable([...profile.flags.values()].filter(flag => flag.namespace === namespace)), '');
  }
  const told = new Map<string, string>();
  for (const { kind, title } of KINDS) {
    const functions = [...profile.functions.values()].filter(fn => fn.kind === kind);
    if (functions.length === 0) continue;
    lines.push(`## ${title}`, '');
    for (const fn of functions) lines.push(...functionSection(fn, told));
  }
  lines.push(...switchTable(release, readers));
  return lines.join('\n');
}

/** The index of the releases. */
export function releasesIndex(): string {
  const lines = [
    '# Releases',
    '',
    'What each release of Linux promises about `FOLL_`, `FAULT_FLAG_` and `VM_FAULT_` flags, the `get_user_pages()` family and the entries to the fault path, and what changed from the release before.',
    '',
    '| Linux | Flags | Functions | New | Gone | Otherwise changed |',
    '|---|---|---|---|---|---|',
  ];
  for (const release of [...RELEASES].reverse()) {
    const [before] = neighbours(release);
    const profile = profileFor(release);
    const all =
      before === null ? [] : compareProfiles(before, release).filter(one => one.subject !== 'switch');
    const changed = all.filter(one => one.change !== 'gained' && one.change !== 'lost');
    const cells = [
      `[${release}](${release}.md)`,
      String(profile.flags.size),
      String(profile.functions.size),
      names(all.filter(one => one.change === 'gained')),
      names(all.filter(one => one.change === 'lost')),
      names(changed.filter(one => one.change === 'signature' || one.subject === 'flag')),
    ];
    lines.push(row(cells));
  }
  lines.push(
    '',
    `Not read, and inferred from the releases around them: ${[...RELEASES_NOT_READ].join(', ')}.`,
    '',
  );
  return lines.join('\n');
}

function names(all: readonly ProfileDifference[]): string {
  return [...new Set(all.map(one => `\`${one.name}\``))].join(' ');
}

function neighbours(release: Release): readonly [Release | null, Release | null] {
  return [releaseBefore(release), releaseAfter(release)];
}

function navigation(before: Release | null, after: Release | null): string {
  const parts = ['[All releases](README.md)'];
  if (before !== null) parts.unshift(`[← ${before}](${before}.md)`);
  if (after !== null) parts.push(`[${after} →](${after}.md)`);
  return parts.join(' · ');
}

function differences(before: Release | null, release: Release): string[] {
  if (before === null) return [];
  const all = compareProfiles(before, release);
  const lines = [`## Changes from ${before}`, ''];
  if (all.length === 0) return [...lines, `Nothing of what is described here differs from ${before}.`, ''];
  const contracts = new Map<string, ProfileDifference[]>();
  for (const one of all) {
    const heading = CONTRACT[one.change];
    if (heading === undefined) {
      const name = one.subject === 'switch' ? `\`${one.name}\` ${one.change}: ` : '';
      lines.push(`- ${name}${prose(one.text)}${commitsOf(one)}${doubtOf(one)}`);
      continue;
    }
    const key = JSON.stringify([one.change, one.before, one.after, one.certainty]);
    contracts.set(key, [...(contracts.get(key) ?? []), one]);
  }
  for (const same of contracts.values()) lines.push(...contractChange(same));
  lines.push('');
  return lines;
}

/** The parts of a function's contract whose change is shown item by item, for all functions that share it. */
const CONTRACT: Partial<Readonly<Record<ProfileDifference['change'], string>>> = {
  signature: 'Signature',
  adds: 'Added flags',
  refuses: 'Refused arguments',
  lock: 'Lock contract',
  returns: 'Results',
  'released-by': 'Release functions',
};

function contractChange(same: readonly ProfileDifference[]): string[] {
  const [first] = same;
  if (first === undefined) return [];
  const write = first.change === 'signature' ? (text: string): string => `\`${text}\`` : prose;
  const functions = same.map(one => `\`${one.name}()\``).join(', ');
  return [
    `- ${CONTRACT[first.change]} of ${functions}${doubtOf(first)}`,
    ...first.before.map(text => `  - was: ${write(text)}`),
    ...first.after.map(text => `  - is: ${write(text)}`),
  ];
}

function doubtOf(one: ProfileDifference): string {
  return one.certainty === 'read' ? '' : ` (${one.certainty})`;
}

/** Commits are given for switches only: those of a flag or function belong to different changes of it. */
function commitsOf(one: ProfileDifference): string {
  if (one.subject !== 'switch') return '';
  const commits = one.evidence.flatMap(evidence => evidence.commit ?? []);
  return commits.length === 0 ? '' : ` Commit ${commits.map(commit => commit.slice(0, 12)).join(', ')}.`;
}

function flagTable(flags: readonly ResolvedFlag[]): string[] {
  return [
    '| Name | Value | Passed by | Since | Meaning |',
    '|---|---|---|---|---|',
    ...flags.map(flag =>
      row([
        `\`${flag.name}\``,
        `${hex(flag.value)}${flag.certainty === 'read' ? '' : ` (${flag.certainty})`}`,
        flag.namespace === 'VM_FAULT' ? '' : flag.internal ? 'mm only' : 'any caller',
        flag.since ?? 'before 4.8',
        prose(flag.meaning),
      ]),
    ),
  ];
}

/** `told`: tables of results that stand above on the page, and the function that they stand under. */
function functionSection(fn: ResolvedFunction, told: Map<string, string>): string[] {
  const lines = [`### ${fn.name}`, '', '```c', fn.signature, '```', ''];
  const doubt = fn.certainty === 'read' ? '' : ` · ${fn.certainty}`;
  lines.push(`For ${VISIBLE[fn.visibility]} · since ${fn.since ?? 'before 4.8'}${doubt}`, '');
  if (fn.adds.length > 0) lines.push(`- Adds: ${prose(fn.adds.map(addedText).join('; '))}`);
  if (fn.refuses.length > 0)
    lines.push('- Refuses:', ...fn.refuses.map(one => `  - ${prose(refusalText(one))}`));
  if (fn.lock.before !== 'irrelevant' || fn.lock.note !== undefined) {
    const note = fn.lock.note === undefined ? '' : ` ${fn.lock.note}`;
    lines.push(
      `- Lock: ${prose(`before, ${lockBeforeText(fn.lock)}; after, ${lockAfterText(fn.lock)}.${note}`)}`,
    );
  }
  if (fn.releasedBy.length > 0)
    lines.push(`- Release: ${fn.releasedBy.map(name => `\`${name}()\``).join(', ')}`);
  lines.push(...resultsOf(fn, told));
  if (fn.notes !== '') lines.push('', prose(fn.notes));
  if (lines.at(-1) !== '') lines.push('');
  return lines;
}

function resultsOf(fn: ResolvedFunction, told: Map<string, string>): string[] {
  if (fn.returnValues.length === 0) return [];
  const rows = fn.returnValues.map(one => row([prose(one.value), prose(one.when)]));
  const above = told.get(rows.join('\n'));
  if (above !== undefined) return [`- Returns: as [\`${above}()\`](#${above})`];
  told.set(rows.join('\n'), fn.name);
  return ['', '| Returns | When |', '|---|---|', ...rows];
}

function switchTable(release: Release, readers: ReadonlyMap<string, SwitchReader>): string[] {
  const { switches } = profileFor(release);
  const on = SWITCHES.filter(fact => switches[fact.name]);
  return [
    '## Behaviour',
    '',
    'The named switches that are on. "Acted on by" says which part of GUP Lens behaves differently for it: the comparison picks the calls that it concerns, and by the tables means that a flag or a function of this page changes with it. The others are documentation only, for the reason given.',
    '',
    '| Switch | What is so | Acted on by | Certainty |',
    '|---|---|---|---|',
    ...on.map(fact =>
      row([
        `\`${fact.name}\``,
        prose(fact.meaning),
        actedOnBy(fact, readers.get(fact.name) ?? 'documentation'),
        fact.certainty,
      ]),
    ),
    '',
  ];
}

function actedOnBy({ unread }: SwitchFact, reader: SwitchReader): string {
  if (reader !== 'documentation') return reader;
  if (unread === null) return '';
  return 'tables' in unread ? 'the tables' : `nothing: ${prose(unread.because)}`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`.replace(/ {2}\|/g, ' |');
}
