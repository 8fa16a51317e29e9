/** Pages of a task that are given to a function which frees what was allocated. */

import { type FileAnalysis, type PageCall, pagePathsOf } from '../../analysis/index.js';
import { type CallToken, callTokens } from '../../syntax/index.js';
import type { Finding } from '../rule.js';
import { hasReferencesOfOthers } from './pageOrigins.js';

const FREES: ReadonlySet<string> = new Set(['__free_page', '__free_pages']);

/**
 * The calls that free a page which the same function got from a task: `__free_page(pages[i])` behind get_user_pages_fast() into
 * `pages`. Nothing is said where the function allocates pages too.
 */
export function freedAsAllocated(file: FileAnalysis): readonly Finding[] {
  const frees = callTokens(file.source, FREES);
  if (frees.length === 0) return [];
  const calls = pagePathsOf(file).calls();
  return frees.flatMap(free => {
    const item = file.source.functions[free.function];
    if (item === undefined) return [];
    if (hasReferencesOfOthers(file.source.text.slice(item.body.start, item.body.end))) return [];
    const freed = rootOfPage(file.source.text.slice(free.span.end));
    const got = calls.find(page => page.function === item.name && page.names.base === freed);
    return got === undefined ? [] : [finding(free, got)];
  });
}

/** `dma->pages` of `(dma->pages[i], 0)`. */
function rootOfPage(behind: string): string | null {
  return /^\s*\(\s*\*?([\w.>-]+?)\s*(?:\[[^\]]*\])?\s*[,)]/.exec(behind)?.[1] ?? null;
}

function finding({ name, span }: CallToken, got: PageCall): Finding {
  return {
    span,
    message: `${name}() is for pages that were allocated: that which ${got.callee}() got is the task's, and only what was got is to be given back`,
    related: [
      { span: got.origin.span, message: `${got.kind === 'pin' ? 'pinned' : 'reference taken'} here` },
    ],
    confidence: 'high',
    fix: null,
    severity: 'warning',
  };
}
