/** The rows of a function and of a file: every call of the family, every fault entry, every handler. */

import { type ResolvedFunction, SITE_FUNCTIONS, siteFunction } from '../../../kernel/src/index.js';
import type { Call, CallToken, FunctionItem, SourceFile, Span } from '../syntax/index.js';
import type { CallSite, FlagsAtSite, HandlerOp, SiteKind } from './callSite.js';
import type { FileScope } from './fileScope.js';
import type { FunctionAnalysis } from './functionAnalysis.js';
import type { HandlerEntry } from './handlers.js';
import { releaseAtSite } from './release.js';
import { checksShortReturn } from './shortReturn.js';
import { calleeFlags, describeFlags, flagsArgument, givenness } from './siteFlags.js';
import { CALLERS_LOCK_AT_SITE, lockAtSite, UNKNOWN_LOCK } from './siteLock.js';

/** A token to make a row of. `op` is not null for a handler that is called by name. */
export interface SiteToken {
  readonly token: CallToken;
  readonly op: HandlerOp | null;
}

const NOTHING_RELEASED = { how: [], kind: 'none', where: null, checksShort: 'n.a.' } as const;

/** The row of an installed handler. */
export function installSite(entry: HandlerEntry): CallSite {
  return {
    span: { start: entry.handlerSpan.start, end: entry.handlerSpan.end },
    callSpan: { start: entry.opSpan.start, end: entry.handlerSpan.end },
    function: entry.enclosingFunction,
    callee: entry.handler,
    kind: 'handler',
    handler: { role: 'install', op: entry.op },
    args: [],
    flags: null,
    implied: [],
    effective: [],
    fault: [],
    locked: null,
    lock: CALLERS_LOCK_AT_SITE,
    release: NOTHING_RELEASED,
  };
}

/** The row of one token in a function. Where the function could not be read whole, what it says is unknown. */
export function siteOfToken(analysis: FunctionAnalysis, scope: FileScope, site: SiteToken): CallSite {
  const { token, op } = site;
  const span = { start: token.span.start, end: token.span.end };
  const call = analysis.callAt(span.start);
  const base = {
    span,
    callSpan: call === null ? span : { start: call.start, end: call.end },
    function: analysis.item.name,
    callee: token.name,
    args: call?.args ?? [],
  };
  if (op !== null) {
    return {
      ...base,
      kind: 'handler',
      handler: { role: 'direct-call', op },
      flags: null,
      implied: [],
      effective: [],
      fault: [],
      locked: null,
      lock: CALLERS_LOCK_AT_SITE,
      release: NOTHING_RELEASED,
    };
  }
  const fn = siteFunction(analysis.profile, token.name);
  const kind: SiteKind = SITE_FUNCTIONS.get(token.name) ?? 'gup';
  const rest = { ...base, kind, handler: null };
  if (fn === null || call === null || !analysis.complete)
    return { ...rest, ...unknownRow(analysis, fn, call) };
  return { ...rest, ...knownRow(analysis, scope, fn, call) };
}

type Row = Pick<CallSite, 'flags' | 'implied' | 'effective' | 'fault' | 'locked' | 'lock' | 'release'>;

function unknownRow(analysis: FunctionAnalysis, fn: ResolvedFunction | null, call: Call | null): Row {
  const argument = call === null || fn === null ? undefined : call.args[fn.argument('flags')];
  const namespace = fn === null ? null : fn.flagsNamespace;
  const flags: FlagsAtSite | null =
    namespace === null
      ? null
      : {
          text: argument === undefined || call === null ? '' : argumentText(analysis.file, call, argument),
          namespace,
          possible: null,
          must: [],
          may: [],
          from: 'unknown',
          origins: new Map(),
        };
  return {
    flags,
    implied: [],
    effective: [],
    fault: [],
    locked: fn === null || call === null ? null : lockedText(analysis.file, fn, call),
    lock: UNKNOWN_LOCK,
    release: {
      how: fn?.releasedBy ?? [],
      kind: fn?.acquires === 'none' ? 'none' : 'unknown',
      where: null,
      checksShort: 'unknown',
    },
  };
}

function knownRow(analysis: FunctionAnalysis, scope: FileScope, fn: ResolvedFunction, call: Call): Row {
  const { profile, file, ast } = analysis;
  const namespace = fn.flagsNamespace;
  const passed =
    namespace === null ? null : flagsArgument(fn, call, node => analysis.flagsBefore(node, call, namespace));
  const flags =
    passed === null || namespace === null
      ? null
      : describeFlags(
          profile,
          namespace,
          passed.written.map(argument => argumentText(file, call, argument)).join(', '),
          passed.value,
        );
  const possible = flags === null ? [[]] : flags.possible;
  const lockedIndex = lockedArgument(fn);
  const callee = calleeFlags(profile, fn, possible, {
    locked: givenness(ast, call, lockedIndex),
    pages: givenness(ast, call, fn.argument('pages')),
  });
  const state = analysis.lockBefore(call, analysis.mmOf(fn, call));
  return {
    flags,
    ...callee,
    locked: lockedText(file, fn, call),
    lock: lockAtSite(state, fn, call, analysis.mayDropLock(call)),
    release: {
      ...releaseAtSite(analysis, call, fn, callee.effective, {
        outcome: (name, given) => scope.heldOutcome(name, given, analysis.item),
      }),
      checksShort: checksShortReturn(analysis, call, fn),
    },
  };
}

function lockedArgument(fn: ResolvedFunction): number {
  const locked = fn.argument('locked');
  return locked >= 0 ? locked : fn.argument('unlocked');
}

function lockedText(file: SourceFile, fn: ResolvedFunction, call: Call): { readonly text: string } | null {
  const argument = call.args[lockedArgument(fn)];
  return argument === undefined ? null : { text: argumentText(file, call, argument) };
}

/** An argument as written, with the parentheses around it, on one line. */
export function argumentText(file: SourceFile, call: Call, argument: Span): string {
  const { text } = file;
  const open = text.indexOf('(', call.callee.end);
  let { start, end } = argument;
  for (;;) {
    const before = text.slice(open + 1, start).trimEnd();
    const behind = text.slice(end, call.end - 1);
    const blank = behind.length - behind.trimStart().length;
    if (!before.endsWith('(') || behind[blank] !== ')') break;
    start = open + before.length;
    end += blank + 1;
  }
  return text.slice(start, end).replace(/\s+/g, ' ');
}

/** Groups tokens by the function that they are in. */
export function tokensByFunction(
  file: SourceFile,
  tokens: readonly CallToken[],
  handlers: ReadonlyMap<string, HandlerOp>,
): ReadonlyMap<FunctionItem, readonly SiteToken[]> {
  const groups = new Map<FunctionItem, SiteToken[]>();
  for (const token of tokens) {
    const item = file.functions[token.function];
    if (item === undefined) continue;
    const op = SITE_FUNCTIONS.has(token.name) ? null : (handlers.get(token.name) ?? null);
    const group = groups.get(item);
    if (group === undefined) groups.set(item, [{ token, op }]);
    else group.push({ token, op });
  }
  return groups;
}
