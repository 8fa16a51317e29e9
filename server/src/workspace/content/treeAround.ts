/** Which of the directories around a file is the top of its kernel tree. */

/** The header that makes a directory look like a kernel tree. */
export const TREE_MARK = 'include/linux/mm.h';

/** A directory that has {@link TREE_MARK}. */
export interface TreeCandidate {
  /** Its Makefile names a release. */
  readonly namesRelease: boolean;
}

/**
 * The kernel tree among the directories above a file: the first whose Makefile names a release, without one anywhere the
 * first (the kernel's own `tools/` has a header of that name too). Null if there is none.
 *
 * @param candidates nearest first
 */
export function treeAmong<T extends TreeCandidate>(candidates: readonly T[]): T | null {
  return candidates.find(({ namesRelease }) => namesRelease) ?? candidates[0] ?? null;
}
