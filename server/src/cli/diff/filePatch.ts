/** A unified diff of files, checked, forwards and backwards. */

import parseDiff from 'parse-diff';

/** What a patch does to one file. */
export interface FilePatch {
  /** As the patch names it, without `a/`; null: the patch makes the file. */
  readonly from: string | null;
  /** null: the patch removes the file. */
  readonly to: string | null;
  readonly hunks: readonly Hunk[];
  /** Why it cannot be applied as it is, if so: it is cut off, or binary. */
  readonly damage: string | null;
}

/** Neighbouring lines of a change. */
export interface Hunk {
  /** One-based first line of `old` in the file before; 0 where that is empty. */
  readonly line: number;
  /** The lines before and after, without their ends. */
  readonly old: readonly string[];
  readonly new: readonly string[];
  /** Whether the last line has no line end, before and after. */
  readonly oldOpen: boolean;
  readonly newOpen: boolean;
}

/** The files that a text's diffs change, in order. */
export function filePatches(text: string): FilePatch[] {
  const patches: FilePatch[] = [];
  const damaged = (name: string | undefined, reason: string): FilePatch => {
    return { from: name ?? null, to: name ?? null, hunks: [], damage: reason };
  };
  for (const file of parseDiff(text.replaceAll('\r\n', '\n'))) {
    const name = (path: string | undefined): string | null =>
      path === undefined || path === '/dev/null' ? null : path;
    const from = name(file.from);
    const to = name(file.to);
    if (from === null && to === null) continue;
    // Prose of a mail may look like the first line of a diff.
    if (file.chunks.length === 0 && (file.from === undefined || file.to === undefined)) continue;
    const wrong = file.chunks.findIndex(chunk => !isWhole(chunk));
    if (wrong >= 0) patches.push(damaged(file.to ?? file.from, `hunk ${wrong + 1} is cut off or damaged`));
    else patches.push({ from, to, hunks: file.chunks.map(hunkOf), damage: null });
  }
  return patches;
}

/** The same change the other way round. */
export function reversed({ from, to, hunks, damage }: FilePatch): FilePatch {
  let moved = 0;
  const back = hunks.map((hunk): Hunk => {
    // An empty side names the line before it.
    const at = (hunk.old.length === 0 ? hunk.line : hunk.line - 1) + moved;
    const line = hunk.new.length === 0 ? at : at + 1;
    moved += hunk.new.length - hunk.old.length;
    return { line, old: hunk.new, new: hunk.old, oldOpen: hunk.newOpen, newOpen: hunk.oldOpen };
  });
  return { from: to, to: from, hunks: back, damage };
}

/** `\ No newline at end of file` is given as one more change of the kind before it. */
const isMark = (change: parseDiff.Change): boolean => change.content.startsWith('\\');

/** Whether a hunk has as many lines as it says: the parser takes whatever comes. */
function isWhole(chunk: parseDiff.Chunk): boolean {
  const count = { normal: 0, add: 0, del: 0 };
  for (const change of chunk.changes) {
    if (isMark(change)) continue;
    // A line without a leading space is none, but for an empty one: mailers cut the space off.
    if (change.type === 'normal' && !/^(?: |$)/.test(change.content)) return false;
    count[change.type]++;
  }
  return count.normal + count.del === chunk.oldLines && count.normal + count.add === chunk.newLines;
}

function hunkOf(chunk: parseDiff.Chunk): Hunk {
  const lines = (type: 'add' | 'del'): { readonly texts: string[]; readonly open: boolean } => {
    const changes = chunk.changes.filter(change => change.type === 'normal' || change.type === type);
    const texts = changes.filter(change => !isMark(change)).map(change => change.content.slice(1));
    return { texts, open: changes.some(isMark) };
  };
  const before = lines('del');
  const after = lines('add');
  return {
    line: chunk.oldStart,
    old: before.texts,
    new: after.texts,
    oldOpen: before.open,
    newOpen: after.open,
  };
}
