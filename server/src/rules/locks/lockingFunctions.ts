/** The functions of a file that the rules about the balance of locks look at. */

import type { FileAnalysis, FunctionAnalysis } from '../../analysis/index.js';

const LOCKS = /\bmmap_(?:sem|lock|read_\w+|write_\w+)\b|\block_vma_under_rcu\b/;

const found = new WeakMap<FileAnalysis, readonly FunctionAnalysis[]>();

/** Those that hold call sites, and those that name mmap_lock or the lock of a VMA, which need no call of GUP. */
export function lockingFunctions(file: FileAnalysis): readonly FunctionAnalysis[] {
  let functions = found.get(file);
  if (functions === undefined) {
    const { source } = file;
    const more = source.functions.flatMap(item => {
      if (item.alternative !== null || file.functions.some(fn => fn.item.start === item.start)) return [];
      if (!LOCKS.test(source.text.slice(item.body.start, item.body.end))) return [];
      const fn = file.functionNamed(item.name);
      return fn === null || fn.item.start !== item.start ? [] : [fn];
    });
    functions = [...file.functions, ...more];
    found.set(file, functions);
  }
  return functions;
}
