/** `gup-lens explain NAME`: what the tables know of a flag or a function in a release. */

import { join } from 'node:path';
import {
  FLAGS,
  type FlagFact,
  FUNCTIONS,
  type FunctionFact,
  type Profile,
  profileFor,
  RELEASES,
  type Release,
  type ResolvedFlag,
  type ResolvedFunction,
} from '../../../kernel/src/index.js';
import { EXIT, type Io, type Style, styleFor, UsageError } from './io.js';
import { kernelChooser, kernelTitle } from './kernelOption.js';
import { nearestNames } from './nearest.js';
import { reportProblems } from './stderrReport.js';

export interface ExplainOptions {
  readonly kernel: string;
  readonly format: 'text' | 'json';
}

const WIDTH = 80;

type Known =
  | { readonly kind: 'flag'; readonly fact: ResolvedFlag; readonly release: Release }
  | { readonly kind: 'function'; readonly fact: ResolvedFunction; readonly release: Release }
  /** In the tables, but in no release: it was only proposed. */
  | { readonly kind: 'proposal'; readonly fact: FlagFact | FunctionFact; readonly release: null };

/** Runs the command. With `auto` the release is that of the tree one is in. A name nobody knows: exit code 2. */
export async function explainCommand(name: string, options: ExplainOptions, io: Io): Promise<number> {
  const chooser = kernelChooser(options.kernel);
  const choice = chooser.choose(join(io.cwd, 'x'));
  const known = lookUp(name, choice.release);
  if (known === null) {
    const like = nearestNames(name, allNames());
    throw new UsageError(
      `explain ${name}: no such flag or function${like.length > 0 ? `; did you mean ${like.join(', ')}?` : ''}`,
    );
  }
  const here = known.release === choice.release;
  if (options.format === 'json') {
    const json = { name, kind: known.kind, release: choice.release, exists: here, described: known.release };
    await io.stdout.write(`${JSON.stringify({ ...json, fact: known.fact }, null, 2)}\n`);
  } else {
    const style = styleFor(io.stdout, io.env);
    const title = here
      ? kernelTitle(choice)
      : `not in ${kernelTitle(choice)}; described as in Linux ${known.release}`;
    await io.stdout.write(factText(known, title, style));
  }
  await reportProblems(io, [], chooser.notes());
  return EXIT.nothingFound;
}

/** The fact for a release; where it has none, that of the nearest release that has; null for an unknown name. */
function lookUp(name: string, release: Release): Known | null {
  const inProfile = (profile: Profile): Known | null => {
    const flag = profile.flags.get(name);
    if (flag !== undefined) return { kind: 'flag', fact: flag, release: profile.release };
    const fn = profile.functions.get(name);
    return fn === undefined ? null : { kind: 'function', fact: fn, release: profile.release };
  };
  for (const other of byDistance(release)) {
    const known = inProfile(profileFor(other));
    if (known !== null) return known;
  }
  const proposal = [...FLAGS, ...FUNCTIONS].find(fact => fact.name === name);
  return proposal === undefined ? null : { kind: 'proposal', fact: proposal, release: null };
}

function byDistance(release: Release): Release[] {
  const at = RELEASES.indexOf(release);
  return [...RELEASES].sort(
    (a, b) => Math.abs(RELEASES.indexOf(a) - at) - Math.abs(RELEASES.indexOf(b) - at),
  );
}

function allNames(): string[] {
  return [...FLAGS, ...FUNCTIONS].map(fact => fact.name);
}

function factText(known: Known, title: string, style: Style): string {
  switch (known.kind) {
    case 'flag':
      return flagText(known.fact, title, style);
    case 'function':
      return functionText(known.fact, title, style);
    case 'proposal': {
      const { fact } = known;
      const meaning = 'meaning' in fact ? fact.meaning : '';
      const lines = [`${style.bold(fact.name)}  in no release: it was only proposed`];
      return `${[...lines, ...item('', meaning), ...item('note:', fact.notes)].join('\n')}\n`;
    }
  }
}

function existence(fact: { readonly since: Release | null; readonly until: Release | null }): string {
  const since = fact.since === null ? 'since before 4.8' : `since ${fact.since}`;
  return fact.until === null ? since : `${since}, until ${fact.until}`;
}

function flagText(flag: ResolvedFlag, title: string, style: Style): string {
  const value = `0x${(flag.value >>> 0).toString(16)}`;
  const lines = [
    `${style.bold(flag.name)}  ${value}  ${title}`,
    ...item(
      '',
      `${existence(flag)}; ${flag.internal ? 'internal to mm: callers must not pass it' : 'public'}`,
    ),
    ...item('', flag.meaning),
    ...item('brings along:', flag.implies.join(' ')),
    ...item('set by:', flag.setBy.join('; ')),
    ...item('not with:', flag.excludes.join('; ')),
    ...item('note:', flag.notes),
    ...certaintyNote(flag.certainty),
  ];
  return `${lines.join('\n')}\n`;
}

function functionText(fn: ResolvedFunction, title: string, style: Style): string {
  const { lock } = fn;
  const adds = fn.adds.map(
    ({ flags, when }) => flags.join(' ') + (when === undefined ? '' : ` (${words(when)})`),
  );
  const lines = [
    `${style.bold(fn.name)}  ${title}`,
    ...fn.signature.split('\n').flatMap(line => item('', line)),
    ...item('', `${existence(fn)}; ${VISIBILITY[fn.visibility]}`),
    ...item('adds:', adds.join(', ')),
    ...item('mmap_lock before:', BEFORE[lock.before]),
    ...item('mmap_lock after:', lock.before === 'irrelevant' ? '' : AFTER[lock.after]),
    ...item('', lock.note ?? ''),
    ...item('acquires:', ACQUIRES[fn.acquires]),
    ...item('release with:', fn.releasedBy.join(', ')),
    ...fn.refuses.flatMap(({ condition, how, returns }) => {
      return item('refuses:', `${condition}: ${how}${returns === null ? '' : `; returns ${returns}`}`);
    }),
    ...fn.returnValues.flatMap(({ value, when }) => item('returns:', `${value}: ${when}`)),
    ...item('note:', fn.notes),
    ...certaintyNote(fn.certainty),
  ];
  return `${lines.join('\n')}\n`;
}

const VISIBILITY = {
  public: 'public',
  mm: 'only for mm/',
  static: 'static in its file',
} as const;

const BEFORE = {
  'mmap-lock': 'must be held, for read or write',
  'mmap-lock-or-vma-lock': 'it or the VMA lock must be held',
  none: 'must not be held: it is taken inside',
  irrelevant: '',
} as const;

const AFTER = {
  kept: 'as before',
  'depends-on-locked': 'released if *locked is 0 on return',
  retaken: 'held, but it may have been dropped and retaken (see *unlocked)',
  'unless-retry-or-completed': 'released if the result has VM_FAULT_RETRY or VM_FAULT_COMPLETED',
  'taken-on-success': 'held if the result is not NULL',
  irrelevant: '',
} as const;

const ACQUIRES = {
  reference: 'a reference to each page',
  pin: 'a pin of each page',
  none: '',
  'by-flags': 'a reference (FOLL_GET) or a pin (FOLL_PIN) of each page, by the flags',
} as const;

/** `locked-given` reads as words already. */
function words(when: string): string {
  return when.replaceAll('-', ' ');
}

function certaintyNote(certainty: ResolvedFlag['certainty']): string[] {
  if (certainty === 'read') return [];
  return item(
    'certainty:',
    certainty === 'inferred'
      ? 'the releases before and after agree; this one was not read'
      : 'sources disagree, or only a mail or a changelog says so',
  );
}

/** A labelled text, wrapped and indented; nothing for an empty text. */
function item(label: string, text: string): string[] {
  if (text.trim() === '') return [];
  const lines: string[] = [];
  let line = label === '' ? ' ' : `  ${label}`;
  for (const word of text.split(/\s+/).filter(part => part !== '')) {
    if (line.trim() !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = '   ';
    }
    line += ` ${word}`;
  }
  lines.push(line);
  return lines;
}
