/**
 * The cheap question before the server is started: can this C file be of interest? Yes in a Linux tree, and
 * yes where its text names the calls we know. Every other C project costs a look at one path and one search.
 */

import { FileType, type TextDocument, Uri, workspace } from 'vscode';

/** The names of the call family and of what installs a fault handler; the server decides precisely. */
const FAMILY =
  /\b(?:un)?(?:get|pin)_user_(?:page|pages|folio)\w*\s*\(|\bunpin_\w+\s*\(|\b(?:handle_mm_fault|fixup_user_fault)\s*\(|\bvm_operations_struct\b/;

const HEADER = 'include/linux/mm.h';

/** Folder → whether it lies in a Linux tree. Kept for the life of the window: trees do not become trees. */
const known = new Map<string, boolean>();

/** Whether there is a file of that name, by whatever keeps it. */
export async function isFile(uri: Uri): Promise<boolean> {
  try {
    const { type } = await workspace.fs.stat(uri);
    return (type & FileType.File) !== 0;
  } catch {
    return false;
  }
}

async function inKernelTree(folder: Uri): Promise<boolean> {
  const key = folder.toString();
  const before = known.get(key);
  if (before !== undefined) return before;
  const parent = Uri.joinPath(folder, '..');
  const found =
    (await isFile(Uri.joinPath(folder, HEADER))) ||
    (parent.path !== folder.path && (await inKernelTree(parent)));
  known.set(key, found);
  return found;
}

/** The languages VS Code may give to kernel sources: its C++ support claims `.h`. */
export function isKernelC(document: TextDocument): boolean {
  if (document.languageId === 'c') return true;
  return document.languageId === 'cpp' && document.uri.path.endsWith('.h');
}

/** Whether the server has anything to say about a document: it is C, and of a Linux tree or naming the family. */
export async function isOfInterest(document: TextDocument): Promise<boolean> {
  if (!isKernelC(document)) return false;
  if (FAMILY.test(document.getText())) return true;
  return document.uri.scheme !== 'untitled' && inKernelTree(Uri.joinPath(document.uri, '..'));
}
