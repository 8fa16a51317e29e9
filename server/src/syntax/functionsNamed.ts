/** The functions of a file by their names: analyses ask for them at every call. */

import type { FunctionItem, SourceFile } from './sourceFile.js';

type Table = ReadonlyMap<string, readonly FunctionItem[]>;

const NOBODY: readonly FunctionItem[] = [];
const tables = new WeakMap<SourceFile, { readonly all: Table; readonly main: Table }>();

/** The definitions of this name, alternatives among them, in order of position; empty if the file has none. */
export function functionsNamed(file: SourceFile, name: string): readonly FunctionItem[] {
  return tablesOf(file).all.get(name) ?? NOBODY;
}

/** Those of the main reading: more than one where conditionals choose between them. */
export function mainFunctionsNamed(file: SourceFile, name: string): readonly FunctionItem[] {
  return tablesOf(file).main.get(name) ?? NOBODY;
}

function tablesOf(file: SourceFile): { readonly all: Table; readonly main: Table } {
  let known = tables.get(file);
  if (known === undefined) {
    const { functions } = file;
    known = { all: tableOf(functions), main: tableOf(functions.filter(item => item.alternative === null)) };
    tables.set(file, known);
  }
  return known;
}

function tableOf(functions: readonly FunctionItem[]): Table {
  const table = new Map<string, FunctionItem[]>();
  for (const item of functions) {
    const same = table.get(item.name);
    if (same === undefined) table.set(item.name, [item]);
    else same.push(item);
  }
  return table;
}
