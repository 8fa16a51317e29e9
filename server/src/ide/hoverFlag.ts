/** The explanation of a flag's name: what it means in this release, and where it does not exist. */

import { profileFor, RELEASES, type Release, type ResolvedFlag } from '../../../kernel/src/index.js';
import type { AnalysedFile } from './analysedFile.js';
import { code, literal } from './flagText.js';
import { kernelText } from './kernelText.js';

/** Markdown, or null if no release has such a flag. */
export function hoverFlag(file: AnalysedFile, name: string): string | null {
  const flag = file.profile.flags.get(name);
  const kernel = kernelText(file.input.kernel);
  if (flag === undefined) return absentFlag(file.profile.release, name, kernel);
  const parts = [
    `**${code(name)}** ${code(hex(flag.value))} in ${kernel}`,
    history(flag),
    flag.namespace === 'FOLL'
      ? flag.internal
        ? '**internal to mm/**: callers must not pass it'
        : 'public'
      : null,
  ];
  const lines = [parts.filter(part => part !== null && part !== '').join(' · '), '', literal(flag.meaning)];
  if (flag.implies.length > 0) lines.push('', `Stands for ${flag.implies.map(code).join(' ')}.`);
  if (flag.excludes.length > 0)
    lines.push('', 'Cannot be combined:', ...flag.excludes.map(text => `- ${literal(text)}`));
  if (flag.notes !== '') lines.push('', literal(flag.notes));
  const doubt = certaintyNote(flag.certainty, file.profile.release);
  if (doubt !== null) lines.push('', doubt);
  return lines.join('\n');
}

function history(flag: ResolvedFlag): string {
  const since = flag.since === null ? '' : `since ${flag.since}`;
  return flag.until === null ? since : `${since === '' ? '' : `${since}, `}until ${flag.until}`;
}

/** A name of other releases: said, because code that uses it was written for another tree. */
function absentFlag(release: Release, name: string, kernel: string): string | null {
  const having = RELEASES.filter(other => profileFor(other).flags.has(name));
  const first = having[0];
  const last = having[having.length - 1];
  if (first === undefined || last === undefined) return null;
  const at = RELEASES.indexOf(release);
  const where =
    RELEASES.indexOf(first) > at
      ? `since ${first}`
      : RELEASES.indexOf(last) < at
        ? `until ${last}`
        : `${first} to ${last}`;
  const meaning = profileFor(RELEASES.indexOf(first) > at ? first : last).flags.get(name)?.meaning ?? '';
  return [`**${code(name)}** does not exist in ${kernel} · ${where}`, '', literal(meaning)].join('\n');
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

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
