/** Which explanation belongs to a place in a file. */

import type { AnalysedFile } from './analysedFile.js';
import { isCode } from './codePosition.js';
import { explainableNames } from './explain/index.js';
import { hoverCall } from './hoverCall.js';
import { hoverLockOperation, resultHere } from './hoverFaultPath.js';
import { hoverFlag } from './hoverFlag.js';
import { flagHere } from './hoverFlagHere.js';
import { hoverFunction } from './hoverFunction.js';
import { hoverOutcome } from './hoverOutcome.js';
import { isFlagName, wordAt } from './nameAt.js';
import { explanationPath, releasePath } from './pages/index.js';
import { isSimulated } from './scenarioAt.js';
import type { Hover } from './types.js';

/**
 * The explanation of a FOLL_, FAULT_FLAG_ or VM_FAULT_ name, of the callee of a call that we know, or of the name of
 * such a function elsewhere in the code, of what a call's `locked` or result can be afterwards, and
 * of a lock function in the path of a fault.
 * @param offset anywhere in the name, or directly behind it
 * @returns null for everything else: other servers answer there
 */
export function hoverAt(file: AnalysedFile, offset: number): Hover | null {
  if (!file.settings.hoverEnable) return null;
  const span = wordAt(file.input.text, offset);
  if (span === null) return null;
  const word = file.textOf(span);
  if (isFlagName(word)) {
    const markdown = hoverFlag(file, word);
    if (markdown === null) return null;
    const here = resultHere(file, span) ?? flagHere(file, span);
    const told = here === null ? markdown : withHere(markdown, here);
    return { span, markdown: told, call: null, pages: pagesOf(file, word) };
  }
  const site = file.sites.find(({ span: callee }) => callee.start === span.start && callee.end === span.end);
  const known = site !== undefined ? hoverCall(file, site) : null;
  if (known === null && !isCode(file.input.text, span.start)) return null;
  const markdown =
    known ?? hoverLockOperation(file, span) ?? hoverFunction(file, word) ?? hoverOutcome(file, span);
  if (markdown === null) return null;
  const isCall = known !== null && site !== undefined && site.function !== null;
  return {
    span,
    markdown,
    call: isCall ? { at: span.start, canSimulate: isSimulated(site) } : null,
    pages: pagesOf(file, word),
  };
}

/** What there is to read of a name; nothing for names that the tables do not have. */
function pagesOf({ profile }: AnalysedFile, name: string): Hover['pages'] {
  if (!EXPLAINED.has(name)) return [];
  const { release } = profile;
  return [
    { title: 'All about it', path: explanationPath(name, release) },
    { title: `Linux ${release}`, path: releasePath(release) },
  ];
}

const EXPLAINED: ReadonlySet<string> = new Set(explainableNames());

/** What holds at the place goes before what goes into detail, behind the rule of the Markdown. */
function withHere(markdown: string, here: string): string {
  const rule = markdown.indexOf('\n\n---\n\n');
  return rule < 0 ? `${markdown}\n\n${here}` : `${markdown.slice(0, rule)}\n\n${here}${markdown.slice(rule)}`;
}
