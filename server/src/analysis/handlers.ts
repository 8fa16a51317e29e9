/** The fault handlers that a file installs. */

import { HANDLER_OPS } from '../../../kernel/src/index.js';
import type { OpsEntry, SourceFile } from '../syntax/index.js';
import type { HandlerOp } from './callSite.js';

const OPS: ReadonlySet<string> = new Set(HANDLER_OPS);

/** A function that a `struct vm_operations_struct` of a file is given. */
export interface InstalledHandler {
  readonly name: string;
  readonly op: HandlerOp;
  /** Whether it is a static function of this file; false also if it is defined elsewhere. */
  readonly isStatic: boolean;
}

/** An entry of an initialiser that installs a fault handler, not another operation and not NULL. */
export interface HandlerEntry extends OpsEntry {
  readonly op: HandlerOp;
}

/** The entries of a file that install a fault handler. */
export function handlerEntries(file: SourceFile): readonly HandlerEntry[] {
  return file.opsEntries.filter(isHandlerEntry);
}

function isHandlerEntry(entry: OpsEntry): entry is HandlerEntry {
  return OPS.has(entry.op) && /^[A-Za-z_]\w*$/.test(entry.handler) && entry.handler !== 'NULL';
}

/** The handlers that a file installs, each name and operation once. */
export function installedHandlers(file: SourceFile): readonly InstalledHandler[] {
  const found = new Map<string, InstalledHandler>();
  for (const { handler, op } of handlerEntries(file)) {
    const key = `${handler} ${op}`;
    if (found.has(key)) continue;
    found.set(key, { name: handler, op, isStatic: isStaticFunction(file, handler) });
  }
  return [...found.values()];
}

function isStaticFunction(file: SourceFile, name: string): boolean {
  const item = file.functions.find(fn => fn.name === name);
  if (item === undefined) return false;
  return /\bstatic\b/.test(file.text.slice(item.start, item.nameSpan.start));
}
