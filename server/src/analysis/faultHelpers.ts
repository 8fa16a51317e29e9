/**
 * Functions of a file that do nothing about a fault but call handle_mm_fault() and return what it says, as __do_page_fault() of
 * arm64 does: for their callers the call is that of handle_mm_fault().
 */

import type { Call, Expression, SourceFile } from '../syntax/index.js';
import { calleeName } from './expressions.js';
import type { FunctionAnalysis } from './functionAnalysis.js';
import { type FlagValue, UNKNOWN_FLAGS } from './lattices/flagLattice.js';

const helpers = new WeakMap<SourceFile, ReadonlySet<string>>();

/** Their names. One that looks at the result itself, or has to do with a lock, is none. */
export function faultHelpersOf(file: SourceFile): ReadonlySet<string> {
  let found = helpers.get(file);
  if (found === undefined) {
    found = new Set(
      // Most files have no fault at all.
      (file.text.includes('handle_mm_fault') ? file.functions : []).flatMap(item => {
        const body = file.text.slice(item.body.start, item.body.end);
        return item.alternative === null && RETURNS_FAULT.test(body) && !DOES_MORE.test(body)
          ? [item.name]
          : [];
      }),
    );
    helpers.set(file, found);
  }
  return found;
}

const RETURNS_FAULT =
  /\breturn\s+handle_mm_fault\s*\(|\b(\w+)\s*=\s*handle_mm_fault\s*\([^;]*\);[\s\S]*\breturn\s+\1\s*;/;

const DOES_MORE =
  /VM_FAULT_(?:RETRY|COMPLETED|ERROR)|signal_pending|\b(?:mmap_\w*lock\w*|(?:up|down)_(?:read|write)\w*|vma_end_read|lock_\w+)\s*\(/;

/** Whether an expression is a fault: a call of handle_mm_fault(), or of such a function of the file. */
export function isFault(fn: FunctionAnalysis, node: Expression): node is Call {
  if (node.kind !== 'call') return false;
  const name = calleeName(node);
  return name === 'handle_mm_fault' || (name !== null && faultHelpersOf(fn.file).has(name));
}

/** The flags that a call of such a function passes on; unknown where it makes them up, and for any other call. */
export function flagsPassedOn(fn: FunctionAnalysis, call: Call): FlagValue {
  const name = calleeName(call);
  if (name === null || !faultHelpersOf(fn.file).has(name)) return UNKNOWN_FLAGS;
  const helper = fn.environment.scope.helperNamed(name, fn.item);
  const inner = helper?.cfg.elements().flatMap(({ element }) => {
    return element.kind === 'call' && calleeName(element.node) === 'handle_mm_fault' ? [element.node] : [];
  })[0];
  const flags = inner?.args[2];
  if (helper === null || flags?.kind !== 'identifier') return UNKNOWN_FLAGS;
  const argument = call.args[helper.ast.parameters.findIndex(parameter => parameter.name === flags.name)];
  return argument === undefined ? UNKNOWN_FLAGS : fn.flagsBefore(argument, call, 'FAULT_FLAG');
}
