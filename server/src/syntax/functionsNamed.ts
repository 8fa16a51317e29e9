/** The functions of a file by their names: analyses ask for them at every call. */

import type { FunctionItem, SourceFile } from './sourceFile.js';

const NOBODY: readonly FunctionItem[] = [];
const tables = new WeakMap<SourceFile, ReadonlyMap<string, readonly FunctionItem[]>>();

/** The definitions of this name, alternatives among them, in order of position; empty if the file has none. */
export function functionsNamed(file: SourceFile, name: string): readonly FunctionItem[] {
  let table = tables.get(file);
  if (table === undefined) {
    table = tableOf(file);
    tables.set(file, table);
  }
  return table.get(name) ?? NOBODY;
}

function tableOf({ functions }: SourceFile): ReadonlyMap<string, readonly FunctionItem[]> {
  const table = new Map<string, FunctionItem[]>();
  for (const item of functions) {
    const same = table.get(item.name);
    if (same === undefined) table.set(item.name, [item]);
    else same.push(item);
  }
  return table;
}
