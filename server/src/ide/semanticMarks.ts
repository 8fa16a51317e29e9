/** What a reader of the code cannot see by its name: flags that only mm/ may pass, and calls that may let go of the lock. */

import { siteFunction } from '../../../kernel/src/index.js';
import type { CallSite } from '../analysis/index.js';
import type { Span } from '../syntax/ast.js';
import { mentionsOfAny } from '../syntax/index.js';
import type { AnalysedFile } from './analysedFile.js';
import { isInMm } from './explain/index.js';
import { isNull } from './flagText.js';
import type { SemanticMark } from './types.js';

/** In order of position; a place is marked once. Nothing where it is switched off. */
export function semanticMarksOf(file: AnalysedFile): SemanticMark[] {
  if (!file.settings.semanticTokensEnable) return [];
  const marks = new Map<number, SemanticMark>();
  for (const span of internalFlags(file)) marks.set(span.start, { span, kind: 'internal-flag' });
  for (const site of file.sites) {
    if (mayDrop(file, site)) marks.set(site.span.start, { span: site.span, kind: 'may-drop-lock' });
  }
  return [...marks.values()].sort((a, b) => a.span.start - b.span.start);
}

/** Where a file names flags that are not for it: none in mm/, where they belong, and in headers, which define them. */
function internalFlags({ input, profile }: AnalysedFile): Span[] {
  if (isInMm(input.path) || input.path.endsWith('.h')) return [];
  const internal = [...profile.flags.values()].filter(flag => flag.internal).map(({ name }) => name);
  return mentionsOfAny(input.text, new Set(internal));
}

/** Whether the lock that the caller holds may be gone, or have been for a while, when the call returns. */
function mayDrop(file: AnalysedFile, site: CallSite): boolean {
  if (site.lock.after === 'depends-on-locked' || site.lock.after === 'held-unless-retry-or-completed')
    return true;
  const fn = siteFunction(file.profile, site.callee);
  if (fn?.lock.after !== 'retaken') return false;
  const unlocked = site.args[fn.argument('unlocked')];
  return unlocked !== undefined && !isNull(file.textOf(unlocked));
}
