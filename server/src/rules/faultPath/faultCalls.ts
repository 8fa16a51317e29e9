/** The calls of handle_mm_fault() that rules of the fault path speak of, and what is known of their flags. */

import {
  type CallSite,
  type FaultFlow,
  type FaultTag,
  type FileAnalysis,
  type FunctionAnalysis,
  faultFlowOf,
  faultHelpersOf,
  flagsPassedOn,
} from '../../analysis/index.js';
import type { Call, Span } from '../../syntax/ast.js';
import { callsByName, type SourceFile } from '../../syntax/index.js';

/** A function that calls handle_mm_fault(), itself or by a function that does no more than that, and whose ways are known. */
export interface FaultFunction {
  readonly fn: FunctionAnalysis;
  readonly flow: FaultFlow;
}

/** The functions of a file that call handle_mm_fault() and could be followed. */
export function faultFunctions(file: FileAnalysis): readonly FaultFunction[] {
  const named = file.functions.map(fn => fn.item.name);
  const more = callersOf(file.source, faultHelpersOf(file.source)).filter(name => !named.includes(name));
  const functions = [...file.functions, ...more.flatMap(name => file.functionNamed(name) ?? [])];
  return functions.flatMap(fn => {
    const flow = faultFlowOf(fn);
    return flow === null ? [] : [{ fn, flow }];
  });
}

/** The functions in which some of these are called. */
function callersOf(source: SourceFile, names: ReadonlySet<string>): readonly string[] {
  if (names.size === 0) return [];
  const calls = [...names].flatMap(name => callsByName(source).get(name) ?? []);
  return source.functions.flatMap(({ name, body, alternative }) => {
    const holds = calls.some(({ span }) => body.start <= span.start && span.end <= body.end);
    return alternative === null && holds ? [name] : [];
  });
}

/** The name of a call's function. */
export function calleeSpan(call: Call): Span {
  return { start: call.callee.start, end: call.callee.end };
}

/** The call that a way came through last. */
export function callOf(flow: FaultFlow, tag: FaultTag): Call | null {
  return flow.calls.find(call => call.start === tag.call) ?? null;
}

/** The row of a call of handle_mm_fault(), for its flags. */
export function siteOf(fn: FunctionAnalysis, call: Call): CallSite | null {
  return fn.sites.find(site => site.span.start === call.callee.start) ?? null;
}

/** The flags that a call may pass, where all its sets of flags are known; null where they are not. */
export function allKnown(fn: FunctionAnalysis, call: Call): readonly string[] | null {
  const site = siteOf(fn, call);
  if (site !== null) return site.flags === null || site.flags.possible === null ? null : site.flags.may;
  const value = flagsPassedOn(fn, call);
  return value.kind === 'mask' ? null : [...new Set([...value.sets.values()].flat())];
}

/** The flags that a call may pass, by name; empty where they are not known. */
export function mayPass(fn: FunctionAnalysis, call: Call): readonly string[] {
  const site = siteOf(fn, call);
  if (site !== null) return site.flags?.may ?? [];
  const value = flagsPassedOn(fn, call);
  if (value.kind === 'mask') return [...(value.may ?? [])];
  return [...new Set([...value.sets.values()].flat())];
}

/**
 * The calls, each once, that some way leads from with VM_FAULT_RETRY to another call of handle_mm_fault(): a retry.
 * A try under the lock of the VMA is none: after it the fault starts anew under mmap_lock.
 * @param wanted which of these ways count
 */
export function retriesOf({ fn, flow }: FaultFunction, wanted: (tag: FaultTag) => boolean): readonly Call[] {
  const found = new Set<Call>();
  for (const next of flow.calls) {
    for (const { tag } of flow.before(next)) {
      const call = callOf(flow, tag);
      if (tag.outcome !== 'retry' || call === null || !wanted(tag)) continue;
      if (!mayPass(fn, call).includes('FAULT_FLAG_VMA_LOCK')) found.add(call);
    }
  }
  return [...found];
}
