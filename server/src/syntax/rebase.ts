/** Moves a parsed function to another place of the file. */

import type { FunctionAst } from './ast.js';

/** The same tree with every offset moved by `by`; the tree itself if `by` is 0. */
export function rebase(ast: FunctionAst, by: number): FunctionAst {
  return by === 0 ? ast : moved(ast, by);
}

function moved<T extends object>(value: T, by: number): T {
  if (Array.isArray(value)) {
    const list: unknown[] = new Array(value.length);
    for (let i = 0; i < value.length; i++) list[i] = inner(value[i], by);
    return list as unknown as T;
  }
  // A copy by spread keeps the shape of the object, which makes this several times faster than building it anew.
  const out = { ...value } as Record<string, unknown>;
  for (const key in out) {
    const part = out[key];
    if (typeof part === 'object') out[key] = inner(part, by);
    else if (typeof part === 'number' && (key === 'start' || key === 'end')) out[key] = part + by;
  }
  return out as T;
}

function inner(value: unknown, by: number): unknown {
  return typeof value === 'object' && value !== null ? moved(value, by) : value;
}
