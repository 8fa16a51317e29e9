/** The explanation of a flag's name: what it means in this release, and where it does not exist. */

import {
  isOlder,
  NEWEST_RELEASE,
  OLDEST_RELEASE,
  type Profile,
  type Release,
  type ResolvedFlag,
} from '../../../kernel/src/index.js';
import type { AnalysedFile } from './analysedFile.js';
import { explainFlag, type FlagExplanation } from './explain/explanation.js';
import { changedLine, sectionMarkdown } from './explain/markdown.js';
import { sectionsOf } from './explain/sections.js';
import { code, literal } from './flagText.js';
import { kernelText } from './kernelText.js';

/** Markdown, or null if no release has such a flag. */
export function hoverFlag(file: AnalysedFile, name: string): string | null {
  const flag = file.profile.flags.get(name);
  const kernel = kernelText(file.input.kernel);
  const difference = treeDifference(file.profile, name);
  const explanation = explainFlag(name, file.profile);
  if (explanation === null || explanation.proposed) return difference;
  const { brief, details } = sectionsOf(explanation, false);
  const history = flag === undefined ? null : historyOf(flag);
  const who = flag?.namespace !== 'FOLL' ? null : flag.internal ? WHO.internal : 'public';
  const head =
    flag === undefined
      ? difference === null
        ? [`**${code(name)}** does not exist in ${kernel}`, whereElse(explanation)]
        : []
      : [`**${code(name)}** ${code(`0x${flag.value.toString(16)}`)} in ${kernel}`, history, who];
  return [
    head.length === 0 ? null : head.filter(part => part !== null && part !== '').join(' · '),
    difference,
    literal(explanation.meaning),
    ...(flag === undefined ? [] : brief.filter(({ title }) => !IN_HEAD.has(title)).map(sectionMarkdown)),
    changedLine(explanation),
    certaintyNote(explanation.certainty, file.profile.release),
    '---',
    ...details.filter(({ title }) => !TOLD.has(title)).map(sectionMarkdown),
  ]
    .filter(part => part !== null)
    .join('\n\n');
}

const WHO = { internal: '**internal to mm/**: callers must not pass it' } as const;

/** Pieces that the first lines tell in another form. */
const IN_HEAD: ReadonlySet<string> = new Set(['who may pass it', 'this tree']);

/** Pieces that stand above, or are left to the command line and the release pages. */
const TOLD: ReadonlySet<string> = new Set(['evidence', 'certainty', 'see']);

/** What the headers of the file's tree say otherwise than the release; null: nothing. */
function treeDifference({ treeDifferences }: Profile, name: string): string | null {
  const difference = treeDifferences.get(name);
  return difference === undefined ? null : `**${code(name)}**: ${literal(difference.text)}.`;
}

function historyOf(flag: ResolvedFlag): string {
  const since = flag.since === null ? '' : `since ${flag.since}`;
  return flag.until === null ? since : `${since === '' ? '' : `${since}, `}until ${flag.until}`;
}

/** Where a flag is that this release does not have: code that uses it was written for another tree. */
function whereElse({ since, until, profile }: FlagExplanation): string {
  if (since !== null && isOlder(profile.release, since)) return `since ${since}`;
  if (until !== null && isOlder(until, profile.release)) return `until ${until}`;
  return `${since ?? OLDEST_RELEASE} to ${until ?? NEWEST_RELEASE}`;
}

/** What to say of a fact that was not read in a tree of the release; null: nothing. */
export function certaintyNote(certainty: ResolvedFlag['certainty'], release: Release): string | null {
  switch (certainty) {
    case 'read':
      return null;
    case 'inferred':
      return `*Inferred from the releases around ${release}; no tree of it was read.*`;
    case 'uncertain':
      return '*Uncertain: the sources disagree.*';
  }
}
