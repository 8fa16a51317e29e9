/** An error of a fault that ends in BUG(), or that nobody ever sees. */

import {
  calleeName,
  errorsReaching,
  FAULT_ERRORS,
  type FaultTag,
  type FileAnalysis,
  type FunctionAnalysis,
  FunctionResult,
  faultFlowOf,
  flagTest,
  lvalueText,
} from '../../analysis/index.js';
import type { Call, Span } from '../../syntax/ast.js';
import { walkExpressions } from '../../syntax/index.js';
import { callersOf } from '../callers.js';
import { defineRule, type Finding } from '../rule.js';
import { calleeSpan, callOf, type FaultFunction, faultFunctions } from './faultCalls.js';

export const faultErrorUnhandled = defineRule({
  id: 'fault-error-unhandled',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary:
    'An error of handle_mm_fault() falls through to BUG(), is taken for success, or never ends a loop.',
  why:
    'A fault fails with VM_FAULT_OOM, VM_FAULT_SIGBUS or VM_FAULT_SIGSEGV. A handler that does not know one of them ' +
    'brings the machine down over a fault that user space causes at will, as VM_FAULT_SIGSEGV did when it was new. One ' +
    'that loses it says that the page is there: the access faults again without end, or a device reads what it must not.',
  remedy:
    'Test the result for VM_FAULT_ERROR, and give each of VM_FAULT_OOM, VM_FAULT_SIGBUS (with the VM_FAULT_HWPOISON ' +
    'bits) and VM_FAULT_SIGSEGV its answer; vm_fault_to_errno() makes an error number of it.',
  unreported:
    'Errors that are returned, stored (by a function that answers none itself) or given on, whoever looks at them then; a function that only fails for want of memory; a fault that an assertion says cannot fail; a loop that tries each page once; and the end of a task that is killed.',
  examples: [
    {
      bad: `static int fault_in(struct vm_area_struct *vma, unsigned long address)
{
	vm_fault_t fault;

	fault = handle_mm_fault(vma, address, FAULT_FLAG_REMOTE, NULL);
	if (fault & VM_FAULT_ERROR) {
		if (fault & VM_FAULT_OOM)
			return -ENOMEM;
		if (fault & (VM_FAULT_SIGBUS | VM_FAULT_HWPOISON | VM_FAULT_HWPOISON_LARGE))
			return -EFAULT;
		BUG();
	}
	return 0;
}
`,
      good: `static int fault_in(struct vm_area_struct *vma, unsigned long address)
{
	vm_fault_t fault;

	fault = handle_mm_fault(vma, address, FAULT_FLAG_REMOTE, NULL);
	if (fault & VM_FAULT_ERROR)
		return vm_fault_to_errno(fault, 0);
	return 0;
}
`,
    },
  ],
  related: ['fault-completed-unhandled'],
  check({ file }) {
    return [
      ...faultFunctions(file).flatMap(fault => {
        const again = repeated(fault);
        // What goes round until something else ends it is lost as well: once is enough.
        const once = lost(fault).filter(({ span }) => again.every(other => other.span.start !== span.start));
        return [...bugs(fault), ...once, ...again];
      }),
      ...bugsOfReporters(file),
    ];
  },
});

function bugs({ fn, flow }: FaultFunction): Finding[] {
  const findings: Finding[] = [];
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'call' || calleeName(element.node) !== 'BUG') continue;
    const errors = errorsOf(flow.before(element.node).map(path => path.tag));
    const call = callOfErrors(flow, errors);
    // Where every error leads here it is something else that is asserted.
    if (call === null || errors.length === FAULT_ERRORS.size) continue;
    findings.push({
      span: calleeSpan(element.node),
      message: `${namesOf(errors)} of ${calleeName(call)}() ends here in BUG(): user space can bring the machine down`,
      related: [{ span: calleeSpan(call), message: 'the fault fails here' }],
      confidence: 'high',
      fix: null,
    });
  }
  return findings;
}

/** Those of a function that is given what a fault returned, as mm_fault_error() of several architectures until v3.19. */
function bugsOfReporters(file: FileAnalysis): Finding[] {
  const { source } = file;
  return source.functions.flatMap((item): Finding[] => {
    const body = source.text.slice(item.body.start, item.body.end);
    if (item.alternative !== null || !/\bBUG\s*\(/.test(body) || !/&\s*\(?\s*VM_FAULT_/.test(body)) return [];
    const fn = file.functionNamed(item.name);
    if (fn === null || fn.item.start !== item.start) return [];
    const ends = reporters.of(fn, () => bugsOfReporter(fn));
    const told = ends.length === 0 ? null : errorsTold(file, fn);
    return ends.flatMap(({ span, errors }): Finding[] => {
      const left = told === null ? errors : errors.filter(error => told.has(error));
      if (left.length === 0) return [];
      return [
        {
          span,
          message: `${left.join(', ')} of a fault ends here in BUG(): user space can bring the machine down`,
          related: [],
          confidence: 'high',
          fix: null,
        },
      ];
    });
  });
}

/**
 * The errors with which the functions of a file that handle faults call a reporter: those that a caller answers itself
 * are not among them, as VM_FAULT_SIGSEGV of powerpc in v4.9. Null where nobody calls it, or a caller could not be followed.
 */
function errorsTold(file: FileAnalysis, reporter: FunctionAnalysis): ReadonlySet<string> | null {
  const told = new Set<string>();
  const callers = callersOf(file, reporter);
  for (const { fn, call } of callers) {
    const flow = faultFlowOf(fn);
    if (flow === null) return null;
    for (const { tag } of flow.before(call)) told.add(FAULT_ERRORS.get(tag.outcome) ?? '');
  }
  return callers.length === 0 ? null : told;
}

/** A call of BUG(), and the errors that some but not all faults come to it with. */
interface EndOfErrors {
  readonly span: Span;
  readonly errors: readonly string[];
}

const reporters = new FunctionResult<readonly EndOfErrors[]>();

function bugsOfReporter(fn: FunctionAnalysis): readonly EndOfErrors[] {
  const parameter =
    fn.ast.parameters.find(({ name }) => name !== null && asksForErrors(fn, name))?.name ?? null;
  const reached =
    parameter === null ? null : errorsReaching(fn, parameter, call => calleeName(call) === 'BUG');
  return [...(reached ?? [])].flatMap(([call, errors]) =>
    errors.length === FAULT_ERRORS.size ? [] : [{ span: calleeSpan(call), errors }],
  );
}

/** Whether a function tests a parameter for two of the errors of a fault: it is one's result. */
function asksForErrors(fn: FunctionAnalysis, name: string): boolean {
  const asked = new Set<string>();
  for (const id of fn.cfg.order) {
    const label = fn.cfg.blocks[id]?.out[0]?.label;
    const test = label?.kind === 'branch' ? flagTest(label.condition) : null;
    if (test === null || lvalueText(test.value) !== name) continue;
    walkExpressions(test.mask, node => {
      if (node.kind === 'identifier' && /^VM_FAULT_(?:OOM|SIGBUS|SIGSEGV)$/.test(node.name))
        asked.add(node.name);
    });
  }
  return asked.size >= 2;
}

function lost({ fn, flow }: FaultFunction): Finding[] {
  const { returnType } = fn.ast;
  const atExit = flow.atExit.filter(({ tag }) => FAULT_ERRORS.has(tag.outcome));
  const succeeds = ({ returnsZero, returnsOther }: (typeof atExit)[number]): boolean =>
    returnType === 'void' || (returnType === 'bool' ? returnsOther : returnsZero);
  const unseen = atExit.filter(end => !isSeen(end.tag) && succeeds(end));
  return flow.calls.flatMap(call => {
    const isOfCall = ({ tag }: { readonly tag: FaultTag }): boolean => tag.call === call.start;
    const answers = atExit.some(end => isOfCall(end) && !succeeds(end));
    // Who finds a result where it was stored need not look at it if the function answers errors; what `true` means, that says too.
    const wanted = unseen.filter(
      end => isOfCall(end) && (answers || (!end.tag.stored && returnType !== 'bool')),
    );
    const errors = errorsOf(wanted.map(path => path.tag));
    // Where all but VM_FAULT_OOM are well, as for break_ksm(), the page was wanted only if it is there.
    if (errors.length === 0 || (errors.length > 1 && errors.some(({ asked }) => asked === 'others')))
      return [];
    return [
      {
        span: calleeSpan(call),
        message: `${namesOf(errors)} of ${calleeName(call)}() is lost: ${fn.item.name}() goes on as if the page were there`,
        related: [],
        confidence: 'medium' as const,
        fix: null,
      },
    ];
  });
}

function isSeen({ seen, asked }: FaultTag): boolean {
  return seen || asked === 'several';
}

/** A loop that goes round until some results come, and does not know that one error is a result. */
function repeated({ fn, flow }: FaultFunction): Finding[] {
  return flow.calls.flatMap(call => {
    if (!isOfOneAddress(fn, call)) return [];
    const again = flow
      .before(call)
      .filter(({ tag }) => tag.call === call.start && !isSeen(tag) && !tag.stored);
    const errors = errorsOf(again.map(path => path.tag));
    // Where no error ends the loop something else does.
    if (errors.length === 0 || errors.length === FAULT_ERRORS.size) return [];
    return [
      {
        span: calleeSpan(call),
        message: `${namesOf(errors)} of ${calleeName(call)}() does not end the loop as other errors do: it goes round for ever`,
        related: [],
        confidence: 'high' as const,
        fix: null,
      },
    ];
  });
}

/** Whether a call in a loop faults at the same address each time. */
function isOfOneAddress(fn: FunctionAnalysis, call: Call): boolean {
  const address = call.args[1];
  if (calleeName(call) !== 'handle_mm_fault' || address?.kind !== 'identifier') return false;
  return !fn.cfg.elements().some(({ element }) => {
    const changed =
      element.kind === 'assignment'
        ? element.node.left
        : element.kind === 'update'
          ? element.node.operand
          : null;
    return changed?.kind === 'identifier' && changed.name === address.name;
  });
}

function errorsOf(tags: readonly FaultTag[]): readonly FaultTag[] {
  const byOutcome = new Map(tags.filter(tag => FAULT_ERRORS.has(tag.outcome)).map(tag => [tag.outcome, tag]));
  return [...byOutcome.values()];
}

function callOfErrors(flow: FaultFunction['flow'], errors: readonly FaultTag[]): Call | null {
  const [first] = errors;
  return first === undefined ? null : callOf(flow, first);
}

function namesOf(errors: readonly FaultTag[]): string {
  return errors.map(tag => FAULT_ERRORS.get(tag.outcome) ?? '').join(', ');
}
