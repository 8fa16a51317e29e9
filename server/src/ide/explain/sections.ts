/** The explanation of a name as titled pieces of text: the terminal and the hover differ only in how they set them. */

import {
  addedText,
  lockAfterText,
  lockBeforeText,
  type ResolvedFunction,
  refusalText,
  returnText,
} from '../../../../kernel/src/index.js';
import { changesOf } from './changes.js';
import { acquiresText, lockedMeaning } from './contract.js';
import type { Explanation, FlagExplanation, FunctionExplanation, SwitchExplanation } from './explanation.js';

/** One titled piece. Items are plain text without markup; an empty list is never handed out. */
export interface Section {
  /** Without a colon; empty: the items need no title. */
  readonly title: string;
  readonly items: readonly string[];
  /** `names`: flags and functions in one line; `code`: C; `list`: one a line; `text`: sentences. */
  readonly as: 'names' | 'code' | 'list' | 'text';
}

/** The pieces of an explanation. */
export interface Sections {
  /** Behind the name: value, since when, who may use it. In order of importance. */
  readonly head: readonly string[];
  /** What it means, in a sentence or two. */
  readonly meaning: string;
  /** What a reader needs at once. */
  readonly brief: readonly Section[];
  /** The rest. */
  readonly details: readonly Section[];
}

/**
 * Never empty: every name has at least a meaning.
 *
 * @param history whether to tell the changes of all releases, which have to be looked through for it
 */
export function sectionsOf(explanation: Explanation, history = true): Sections {
  switch (explanation.kind) {
    case 'flag':
      return flagSections(explanation, history);
    case 'function':
      return functionSections(explanation, history);
    case 'switch':
      return switchSections(explanation);
  }
}

function flagSections(of: FlagExplanation, history: boolean): Sections {
  const { flag, fact, becomes } = of;
  const isFoll = fact.namespace === 'FOLL';
  return {
    head: [
      ...existence(of),
      ...(flag === null || !isFoll ? [] : [flag.internal ? 'internal to mm/' : 'public']),
    ],
    meaning: of.meaning,
    brief: present([
      text('this tree', of.profile.treeDifferences.get(of.name)?.text ?? ''),
      names(fact.namespace === 'FAULT_FLAG' ? 'stands for' : 'brings along', of.implies),
      names('becomes', becomes.flags),
      text('', becomes.remarks.join(' ')),
      isFoll && flag !== null
        ? text('who may pass it', flag.internal ? 'only mm/; callers outside must not' : 'any caller')
        : null,
    ]),
    details: present([
      list('set by', flag?.setBy ?? fact.setBy),
      list('cannot be combined', flag?.excludes ?? fact.excludes),
      history ? changeList(of) : null,
      text('note', flag?.notes ?? fact.notes),
      ...common(of),
    ]),
  };
}

const VISIBILITY = { public: 'public', mm: 'only for mm/', static: 'static in its file' } as const;

function functionSections(of: FunctionExplanation, history: boolean): Sections {
  const { fn, fact } = of;
  const head = [...existence(of), VISIBILITY[fact.visibility]];
  const details = [
    history ? changeList(of) : null,
    text('note', fact.notes === of.meaning ? '' : fact.notes),
    ...common(of),
  ];
  if (fn === null) return { head, meaning: of.meaning, brief: [], details: present(details) };
  const { lock } = fn;
  const speaksOfLock = lock.before !== 'irrelevant' || lock.after !== 'irrelevant';
  return {
    head,
    meaning: of.meaning,
    brief: present([
      { title: '', items: [fn.signature], as: 'code' },
      list('adds', fn.adds.map(addedText)),
      speaksOfLock ? text('lock before', lockBeforeText(lock)) : null,
      speaksOfLock ? text('lock after', lockAfterText(lock)) : null,
      ...lockedSections(fn),
      text('acquires', acquiresText(fn) ?? ''),
      names('release with', fn.releasedBy),
    ]),
    details: present([
      list('refuses', fn.refuses.map(refusalText)),
      list('returns', fn.returnValues.map(returnText)),
      ...details,
    ]),
  };
}

/** The pointer that tells of a dropped lock; the note of the contract speaks of it more exactly, if it does. */
function lockedSections(fn: ResolvedFunction): readonly (Section | null)[] {
  const note = fn.lock.note ?? '';
  const locked = fn.parameters[fn.argument('locked')] ?? fn.parameters[fn.argument('unlocked')];
  if (locked === undefined) return [text('', note)];
  const { name } = locked;
  const bare = note.startsWith(`${name} `) ? note.slice(name.length + 1) : note;
  if (note.includes(name)) return [text(name, bare)];
  return [text('', note), text(name, lockedMeaning(fn) ?? '')];
}

function switchSections(of: SwitchExplanation): Sections {
  return {
    head: [of.proposed ? 'a proposal, in no release' : of.present ? 'on' : 'off', onText(of)].filter(
      part => part !== '',
    ),
    meaning: of.meaning,
    brief: [],
    details: present(common(of)),
  };
}

function onText({ fact, proposed }: SwitchExplanation): string {
  if (proposed) return '';
  const ranges = fact.on.map(({ since, until }) => {
    if (until === undefined) return `since ${since}`;
    return since === until ? `in ${since}` : `${since} to ${until}`;
  });
  return ranges.join(', ');
}

function existence(of: FlagExplanation | FunctionExplanation): readonly string[] {
  if (of.proposed) return ['in no release: it was only proposed'];
  if (of.since === null && of.until === null) return ['since before 4.8'];
  const since = of.since === null ? '' : `since ${of.since}`;
  const until = of.until === null ? '' : `until ${of.until}`;
  return [[since, until].filter(part => part !== '').join(', ')];
}

function changeList(of: Explanation): Section | null {
  return list(
    'changed in',
    changesOf(of.name).map(({ release, text }) => `${release}: ${text}`),
  );
}

/** What stands at the end of every explanation. */
function common(of: Explanation): readonly (Section | null)[] {
  return [
    text('certainty', certaintyText(of) ?? ''),
    list(
      'evidence',
      of.evidence.map(({ where, commit }) =>
        commit === undefined ? where : `${where} (${commit.slice(0, 12)})`,
      ),
    ),
    text('see', `docs/releases/${of.profile.release}.md`),
  ];
}

/** How sure the facts are, where they are not read from trees; null: they are. */
export function certaintyText({ certainty, proposed }: Explanation): string | null {
  if (proposed) return null;
  switch (certainty) {
    case 'read':
      return null;
    case 'inferred':
      return 'inferred: the releases before and after agree; no tree of this one was read';
    case 'uncertain':
      return 'uncertain: the sources disagree, or only a mail or a changelog says so';
  }
}

function text(title: string, content: string): Section | null {
  return content.trim() === '' ? null : { title, items: [content], as: 'text' };
}

function names(title: string, items: readonly string[]): Section | null {
  return items.length === 0 ? null : { title, items, as: 'names' };
}

function list(title: string, items: readonly string[]): Section | null {
  return items.length === 0 ? null : { title, items, as: 'list' };
}

function present(sections: readonly (Section | null)[]): readonly Section[] {
  return sections.filter(section => section !== null);
}
