/** The ways through a fault handler: what was asked of the flags before the lock is dropped or VM_FAULT_RETRY returned. */

import {
  calleeName,
  type FileAnalysis,
  type FunctionAnalysis,
  FunctionResult,
  solveTagged,
  type TaggedPath,
} from '../../analysis/index.js';
import type { Call, Expression, Span } from '../../syntax/ast.js';
import { functionsNamed, type SourceFile, spanOf, walkExpressions } from '../../syntax/index.js';
import { calleeSpan } from './faultCalls.js';

/** What is known on a way. */
export type HandlerTag = {
  /** Whether the flags were found to allow a retry, or a function of mm was asked that looks. */
  readonly allowed: boolean;
  /** Whether FAULT_FLAG_RETRY_NOWAIT was asked for, in whatever way. */
  readonly nowait: boolean;
  /** Whether FAULT_FLAG_VMA_LOCK was. */
  readonly vmaLock: boolean;
  /** Where the VM_FAULT_RETRY starts that a variable holds; -1: none does. */
  readonly retry: number;
  /** That variable; '' for none. */
  readonly holder: string;
};

const START: HandlerTag = { allowed: false, nowait: false, vmaLock: false, retry: -1, holder: '' };

/** A fault handler, or a function that one has its vm_fault from. */
export interface Handler {
  readonly name: string;
  /** The calls that release mmap_lock. */
  readonly drops: readonly {
    readonly callee: string;
    readonly span: Span;
    /** Whether FAULT_FLAG_RETRY_NOWAIT was looked at on every way there; the same of FAULT_FLAG_VMA_LOCK. */
    readonly nowait: boolean;
    readonly vmaLock: boolean;
  }[];
  /** The returns of VM_FAULT_RETRY as it is, not as a callee gave it: where it stands, and whether every way is allowed. */
  readonly retries: readonly { readonly span: Span; readonly allowed: boolean }[];
  /** Whether it speaks of VM_FAULT_RETRY at all: one that does not only drops the lock for a handler that has asked. */
  readonly namesRetry: boolean;
}

const DROPS = /^(?:mmap_read_unlock|up_read|release_fault_lock)$/;

const DROP_CALL = /\b(?:mmap_read_unlock|up_read|release_fault_lock)\s*\(/;
/** The bare name as a value: one that only compares with it makes none up. */
const MAKES_RETRY = /(?:\breturn|=|[?:])[\s(]*VM_FAULT_RETRY\s*[;:)]/;

/** These look at the flags themselves and drop the lock only where they may. */
const LOOKS =
  /(?:^|_)(?:maybe_unlock_mmap_for_io|(?:folio|page)_lock_or_retry|fault_flag_allow_retry_first|handle_userfault|vmf_can_call_fault|vmf_anon_prepare|filemap_fault|handle_mm_fault)$|fault_retry|_or_retry$|retry_allowed/;

const kept = new FunctionResult<Handler | null>();
const handlers = new WeakMap<FileAnalysis, readonly Handler[]>();

/** The functions of a file that have a `struct vm_fault *`, drop a lock or make up a VM_FAULT_RETRY, and can be followed. */
export function handlersOf(file: FileAnalysis): readonly Handler[] {
  let found = handlers.get(file);
  if (found === undefined) {
    const { source } = file;
    const names = source.functions.flatMap(item => {
      const head = source.text.slice(item.start, item.body.start);
      const body = source.text.slice(item.body.start, item.body.end);
      if (item.alternative !== null || !/\bstruct\s+vm_fault\s*\*/.test(head)) return [];
      if (!/\bVM_FAULT_RETRY\b|\bmmap_read_unlock\b/.test(body)) return [];
      return MAKES_RETRY.test(body) || DROP_CALL.test(body) ? [item.name] : [];
    });
    found = names.flatMap(name => {
      const fn = file.functionNamed(name);
      const handler =
        fn === null
          ? null
          : kept.of(
              fn,
              ask => handlerOf(fn, callee => ask(callee) !== ''),
              callee => (asksFlags(source, callee) ? 'asks' : ''),
            );
      return handler === null ? [] : [handler];
    });
    handlers.set(file, found);
  }
  return found;
}

/** Whether a function of a file asks whether a retry is allowed. */
function asksFlags(source: SourceFile, name: string): boolean {
  return functionsNamed(source, name).some(({ body }) =>
    /\bfault_flag_allow_retry_first\b|\bFAULT_FLAG_(?:ALLOW_RETRY|RETRY_NOWAIT)\b/.test(
      source.text.slice(body.start, body.end),
    ),
  );
}

/** @param asks whether a function of the file looks at the flags */
function handlerOf(fn: FunctionAnalysis, asks: (callee: string) => boolean): Handler | null {
  const { cfg } = fn;
  if (!cfg.complete) return null;
  const looks = (callee: string): boolean => LOOKS.test(callee) || asks(callee);
  const solution = solveTagged(cfg, fn.profile, {
    entry: START,
    element: (element, path): readonly TaggedPath<HandlerTag>[] => {
      const tag = (() => {
        switch (element.kind) {
          case 'call':
            return looks(calleeName(element.node) ?? '') ? { ...path.tag, allowed: true } : path.tag;
          case 'declare':
            return element.node.init === null
              ? path.tag
              : assigned(path.tag, element.node.name, element.node.init);
          case 'assignment': {
            const { left, op, right } = element.node;
            if (left.kind !== 'identifier') return asked(path.tag, right);
            return op === '=' || retryIn(right) !== null
              ? assigned(path.tag, left.name, right)
              : asked(path.tag, right);
          }
          case 'unknown':
          case 'asm':
            return { ...path.tag, allowed: true, nowait: true, vmaLock: true };
          default:
            return path.tag;
        }
      })();
      return [tag === path.tag ? path : { ...path, tag }];
    },
    edge: (label, tag) => (label.kind === 'branch' ? asked(tag, label.condition, label.truth) : tag),
  });
  if (!solution.complete) return null;
  const drops: Handler['drops'][number][] = [];
  const retries: Handler['retries'][number][] = [];
  for (const { element, at } of cfg.elements()) {
    const ways = solution.before(at);
    if (element.kind === 'call' && isDrop(element.node, fn)) {
      drops.push({
        callee: calleeName(element.node) ?? '',
        span: calleeSpan(element.node),
        nowait: ways.every(({ tag }) => tag.nowait),
        vmaLock: ways.every(({ tag }) => tag.vmaLock),
      });
    }
    if (element.kind !== 'return' || element.node.value === null) continue;
    const { value } = element.node;
    const tags = ways.map(path => path.tag);
    const allowed = tags.every(tag => asked(tag, value).allowed);
    const retry = retryIn(value);
    if (retry !== null) retries.push({ span: spanOf(retry), allowed });
    if (value.kind !== 'identifier') continue;
    for (const start of new Set(tags.filter(tag => tag.holder === value.name).map(tag => tag.retry))) {
      const own = tags.filter(tag => tag.retry === start && tag.holder === value.name);
      const span = { start, end: start + 'VM_FAULT_RETRY'.length };
      retries.push({ span, allowed: own.every(tag => tag.allowed) });
    }
  }
  const { start, end } = fn.item.body;
  return {
    name: fn.item.name,
    drops,
    retries,
    namesRetry: /\bVM_FAULT_RETRY\b/.test(fn.file.text.slice(start, end)),
  };
}

function isDrop(call: Call, { file }: FunctionAnalysis): boolean {
  const name = calleeName(call) ?? '';
  const [lock] = call.args;
  if (!DROPS.test(name) || lock === undefined) return false;
  return name !== 'up_read' || /mmap_(?:sem|lock)/.test(file.text.slice(lock.start, lock.end));
}

/** The bare name in a value, or in an arm of it, which is what a handler of its own makes up; null: it is none. */
function retryIn(value: Expression): Expression | null {
  if (value.kind === 'conditional')
    return (value.then === null ? null : retryIn(value.then)) ?? retryIn(value.otherwise);
  return value.kind === 'identifier' && value.name === 'VM_FAULT_RETRY' ? value : null;
}

function assigned(tag: HandlerTag, name: string, value: Expression): HandlerTag {
  const next = asked(tag, value);
  const retry = retryIn(value);
  if (retry !== null) return { ...next, retry: retry.start, holder: name };
  return next.holder === name ? { ...next, retry: -1, holder: '' } : next;
}

/** What looking at an expression tells. Any test of NOWAIT or VMA_LOCK counts, whichever way it went. */
function asked(tag: HandlerTag, expression: Expression, truth = true): HandlerTag {
  let { allowed, nowait, vmaLock } = tag;
  const made = retryIn(expression);
  walkExpressions(expression, node => {
    if (node.kind !== 'identifier') return;
    if (node.name === 'FAULT_FLAG_RETRY_NOWAIT') nowait = true;
    if (node.name === 'FAULT_FLAG_VMA_LOCK') vmaLock = true;
    if (truth && /^FAULT_FLAG_(?:ALLOW_RETRY|RETRY_NOWAIT|VMA_LOCK|TRIED)$/.test(node.name)) allowed = true;
    // A result of somebody else is passed on, or compared with.
    if (node.name === 'VM_FAULT_RETRY' && node !== made) allowed = true;
  });
  const same = allowed === tag.allowed && nowait === tag.nowait && vmaLock === tag.vmaLock;
  return same ? tag : { ...tag, allowed, nowait, vmaLock };
}
