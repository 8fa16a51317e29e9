/** The functions of a file that say that a spinlock of their callers is held. */

import type { SourceFile, Span } from '../../syntax/index.js';

/** Such a function, the lock as written, and what says so. */
export interface AssertedSpinlock {
  readonly function: string;
  readonly lock: string;
  readonly by: string;
  readonly span: Span;
}

/** For lockdep anywhere in a function, or for sparse behind its parameters: include/linux/lockdep.h, compiler_types.h. */
const ASSERTS = /\b(lockdep_assert_held|assert_spin_locked|__must_hold|__releases)\s*\(\s*([^(),;]+?)\s*\)/g;

/**
 * The functions that say so, in order of position: by an assertion or an annotation for a lock that the file declares as a
 * spinlock, or takes as one, and as nothing else.
 *
 * @param isAsked whether a function is looked at
 */
export function assertedSpinlocks(
  source: SourceFile,
  isAsked: (name: string) => boolean,
): readonly AssertedSpinlock[] {
  const found: AssertedSpinlock[] = [];
  for (const { name, start, body, alternative } of source.functions) {
    if (alternative !== null || !isAsked(name)) continue;
    for (const match of source.text.slice(start, body.end).matchAll(ASSERTS)) {
      const [said, by = '', written = ''] = match;
      const lock = written.replace(/^&/, '');
      if (by !== 'assert_spin_locked' && !isSpinlock(source.text, /\w+$/.exec(lock)?.[0] ?? '')) continue;
      const at = start + match.index;
      found.push({ function: name, lock, by, span: { start: at, end: at + said.length } });
    }
  }
  return found;
}

function isSpinlock(text: string, lock: string): boolean {
  if (lock === '') return false;
  const spins = new RegExp(
    `\\b(?:raw_)?spinlock_t\\s+${lock}\\b|\\bDEFINE_(?:RAW_)?SPINLOCK\\(\\s*${lock}\\b|\\bspin_(?:un)?lock\\w*\\s*\\([^();]*\\b${lock}\\b`,
  );
  const sleeps = new RegExp(
    `\\bstruct\\s+(?:mutex|rw_semaphore|semaphore)\\s+${lock}\\b|\\b(?:mutex_(?:un)?lock|down|up)\\w*\\s*\\([^();]*\\b${lock}\\b`,
  );
  return spins.test(text) && !sleeps.test(text);
}
