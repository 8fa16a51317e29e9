/** Helpers that mark pages dirty where their callers say so, and are told by all of them not to. */

import { constantTruth, type FileAnalysis } from '../../analysis/index.js';
import type { Call } from '../../syntax/index.js';
import { callersOf, isStatic } from '../callers.js';
import { calleeSpan, eventsOf, followedCalls } from '../returnValue/pageStory.js';
import type { Finding } from '../rule.js';

const SAYS_DIRTY = /(?:^|_)dirty(?:_|$)/;
/** Only read by a device. */
const READ_ONLY = /\b(?:PCI_)?DMA_TO_?DEVICE\b/;

/** The calls on a straight way by which pages that were got for writing go back as they are. */
export function neverToldDirty(file: FileAnalysis): readonly Finding[] {
  if (READ_ONLY.test(file.source.text)) return [];
  const findings: Finding[] = [];
  for (const page of followedCalls(file)) {
    const site = file.sites.find(({ span }) => span.start === page.origin.span.start);
    if (site?.flags?.must.includes('FOLL_WRITE') !== true) continue;
    for (const event of eventsOf(page, 'release')) {
      const { through, outcome, turn } = event;
      if (through === null || outcome !== 'full' || turn !== null || !isToldNever(file, through)) continue;
      if (findings.some(({ span }) => span.start === through.callee.start)) continue;
      findings.push({
        span: calleeSpan(through),
        message: `${event.callee}() gives pages back that were got for writing, and nobody tells ${nameOf(through)}() that they are dirty`,
        related: [{ span: site.span, message: `${site.callee}() got the pages for writing here` }],
        confidence: 'medium',
        fix: null,
      });
    }
  }
  return findings;
}

/** Whether a call is of a function of the file that has a parameter for it, which is false in all calls. */
function isToldNever(file: FileAnalysis, call: Call): boolean {
  const fn = file.functionNamed(nameOf(call));
  if (fn === null || !isStatic(fn)) return false;
  const told = fn.ast.parameters.findIndex(({ name }) => name !== null && SAYS_DIRTY.test(name));
  const calls = told < 0 ? [] : callersOf(file, fn);
  return (
    calls.length > 0 &&
    calls.every(({ call: { args } }) => args[told] !== undefined && constantTruth(args[told]) === false)
  );
}

function nameOf({ callee }: Call): string {
  return callee.kind === 'identifier' ? callee.name : '';
}
