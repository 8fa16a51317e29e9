/** The bit mask of a fault's result taken for one value. */

import { type CfgElement, calleeName, type FunctionAnalysis, lvalueText } from '../../analysis/index.js';
import type { Binary, Call, Expression, Identifier } from '../../syntax/ast.js';
import { walkExpressions } from '../../syntax/index.js';
import { operatorInstead } from '../fixes.js';
import { defineRule, type Finding, type Fix } from '../rule.js';

export const faultResultAsValue = defineRule({
  id: 'fault-result-as-value',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary:
    'The result of handle_mm_fault() or a ->fault() is compared or switched on, though it is a mask of bits.',
  why:
    'The results are bits that come together: VM_FAULT_MAJOR with VM_FAULT_RETRY or VM_FAULT_LOCKED, VM_FAULT_HWPOISON with ' +
    'the size of the page. A comparison with one of them, a switch over them, or a test for a negative number misses the ' +
    'others, and an error passes for success. filemap_fault() and dax_iomap_fault() are never 0: a page that was found is VM_FAULT_LOCKED or VM_FAULT_NOPAGE.',
  remedy: 'Test bits: `if (fault & VM_FAULT_ERROR)`. vm_fault_to_errno() makes an error number of them.',
  unreported:
    'A comparison with zero, whether there is any bit, of what may be zero; a variable that holds another value at times, and is compared with a constant that the function puts there itself.',
  examples: [
    {
      bad: `static int fault_in(struct vm_area_struct *vma, unsigned long address)
{
	switch (handle_mm_fault(vma, address, FAULT_FLAG_REMOTE, NULL)) {
	case VM_FAULT_SIGBUS:
	case VM_FAULT_SIGSEGV:
		return -EFAULT;
	case VM_FAULT_OOM:
		return -ENOMEM;
	}
	return 0;
}
`,
      good: `static int fault_in(struct vm_area_struct *vma, unsigned long address)
{
	vm_fault_t fault = handle_mm_fault(vma, address, FAULT_FLAG_REMOTE, NULL);

	if (fault & VM_FAULT_OOM)
		return -ENOMEM;
	return fault & VM_FAULT_ERROR ? -EFAULT : 0;
}
`,
    },
  ],
  related: ['fault-error-unhandled'],
  check({ file }) {
    const results = /\b(?:handle_mm_fault|filemap_fault|dax_iomap_fault)\s*\(|->fault\s*\(/;
    return file.source.functions.flatMap(item => {
      if (!results.test(file.source.text.slice(item.body.start, item.body.end))) return [];
      const fn = item.alternative === null ? file.functionNamed(item.name) : null;
      return fn === null ? [] : comparisonsIn(fn);
    });
  },
});

function comparisonsIn(fn: FunctionAnalysis): Finding[] {
  const held = new Map<string, Call | null>();
  const constants = new Map<string, Set<string>>();
  const keep = (name: string, value: Expression): void => {
    const text = constantOf(value);
    if (text !== null) {
      constants.set(name, (constants.get(name) ?? new Set()).add(text));
      return;
    }
    const call = resultOf(value);
    // A variable that holds something else at times is compared for that.
    held.set(name, held.has(name) && (held.get(name) === null || call === null) ? null : call);
  };
  /** Whether a variable is compared with a constant that it is given itself, or for its sign where it is given any. */
  const isForItself = (node: Expression, constant: string | null): boolean => {
    // All errors at once: no fault has them, and of one that has another nothing is seen.
    if (constant === 'VM_FAULT_ERROR') return false;
    const value = node.kind === 'assignment' ? node.left : node;
    const own = constants.get(lvalueText(value) ?? '');
    return (
      own !== undefined &&
      (constant === null || constant === '0' ? [...own].some(text => text !== '0') : own.has(constant))
    );
  };
  for (const { element } of fn.cfg.elements()) {
    if (element.kind === 'declare' && element.node.init !== null) keep(element.node.name, element.node.init);
    const text = element.kind === 'assignment' ? lvalueText(element.node.left) : null;
    if (element.kind === 'assignment' && text !== null) keep(text, element.node.right);
  }
  const source = (node: Expression): Call | null => {
    const value = node.kind === 'assignment' ? node.left : node;
    return resultOf(node) ?? held.get(lvalueText(value) ?? '') ?? null;
  };
  const findings = new Map<number, Finding>();
  const report = (node: Expression, call: Call, how: string): void => {
    if (findings.has(node.start)) return;
    findings.set(node.start, {
      span: { start: node.start, end: node.end },
      message: `the result of ${nameOf(call)}() is a mask of bits, and ${how}`,
      related: [],
      confidence: 'high',
      fix: node.kind === 'binary' ? bitFix(fn, node) : null,
    });
  };
  for (const id of fn.cfg.order) {
    for (const { label } of fn.cfg.blocks[id]?.out ?? []) {
      if (label.kind === 'case' || label.kind === 'default') {
        const call = source(label.subject);
        if (call !== null && !isForItself(label.subject, null))
          report(label.subject, call, 'a switch takes it for one value: other bits pass for none');
      } else if (label.kind === 'branch' && untested(label.condition) !== null) {
        const value = untested(label.condition);
        const isOnly = value !== null && !constants.has(value.name);
        const call = value === null ? null : (justBefore(fn, id, value) ?? (isOnly ? source(value) : null));
        if (call === null || !NEVER_ZERO.test(nameOf(call))) continue;
        report(
          label.condition,
          call,
          'is never 0: what it got it says by VM_FAULT_LOCKED or VM_FAULT_NOPAGE',
        );
      } else if (label.kind === 'branch' && label.condition.kind === 'binary') {
        const { condition } = label;
        const call = justBefore(fn, id, condition.left) ?? source(condition.left);
        const how = call === null ? null : comparison(condition.op, condition.right);
        if (call === null || how === null) continue;
        const isJustSet = justBefore(fn, id, condition.left) !== null;
        if (isJustSet || !isForItself(condition.left, constantOf(condition.right)))
          report(condition, call, how);
      }
    }
  }
  // `status = ret == VM_FAULT_SIGBUS ? INVALID : SUCCESS`
  for (const { element } of fn.cfg.elements()) {
    for (const value of valuesOf(element)) {
      walkExpressions(value, node => {
        if (node.kind !== 'binary') return;
        const call = source(node.left);
        const how = call === null ? null : comparison(node.op, node.right);
        if (call !== null && how !== null && !isForItself(node.left, constantOf(node.right)))
          report(node, call, how);
      });
    }
  }
  return [...findings.values()];
}

/** What an element works out to keep or to return. */
function valuesOf(element: CfgElement): readonly Expression[] {
  if (element.kind === 'declare') return element.node.init === null ? [] : [element.node.init];
  if (element.kind === 'assignment') return [element.node.right];
  return element.kind === 'return' && element.node.value !== null ? [element.node.value] : [];
}

/** The fault whose result a variable was given last in the block that ends with a condition on it; null: none, or not for certain. */
function justBefore(fn: FunctionAnalysis, block: number, tested: Expression): Call | null {
  const text = lvalueText(tested);
  if (text === null) return null;
  for (const element of [...(fn.cfg.blocks[block]?.elements ?? [])].reverse()) {
    if (element.kind !== 'assignment') continue;
    const { left, right } = element.node;
    if (lvalueText(left) === text) return resultOf(right);
  }
  return null;
}

function resultOf(value: Expression): Call | null {
  const node = value.kind === 'cast' ? value.operand : value.kind === 'assignment' ? value.right : value;
  if (node.kind !== 'call') return null;
  return /^(?:handle_mm_fault|filemap_fault|dax_iomap_fault)$/.test(nameOf(node)) || isOperation(node)
    ? node
    : null;
}

/** `vma->vm_ops->fault(vmf)` */
function isOperation({ callee }: Call): boolean {
  return callee.kind === 'member' && callee.name === 'fault' && /ops$/.test(lvalueText(callee.object) ?? '');
}

function nameOf(call: Call): string {
  return calleeName(call) ?? (isOperation(call) ? '->fault' : '');
}

/** Return a bit for success too. */
const NEVER_ZERO = /^(?:filemap_fault|dax_iomap_fault)$/;

/** What a condition compares with zero, or with nothing; null for any other condition. */
function untested(condition: Expression): Identifier | null {
  if (condition.kind === 'identifier') return condition;
  if (condition.kind !== 'binary' || !/^[!=]=$/.test(condition.op)) return null;
  const { left, right } = condition;
  return left.kind === 'identifier' && right.kind === 'number' && right.value === 0 ? left : null;
}

/** A value that stands there as it is, by its text: 0, or a result by name; null for any other. 0 says nothing of the sign. */
function constantOf(value: Expression): string | null {
  if (value.kind === 'number') return value.value === 0 ? '0' : null;
  return value.kind === 'identifier' && value.name.startsWith('VM_FAULT_') ? value.name : null;
}

function comparison(op: string, right: Expression): string | null {
  const equal = op === '==' || op === '!=';
  if (equal && right.kind === 'identifier' && right.name.startsWith('VM_FAULT_'))
    return `is compared with ${right.name}: test the bit`;
  if (equal && right.kind === 'unary' && right.op === '-') return 'is compared with an error number';
  if (op === '<' && right.kind === 'number' && right.value === 0)
    return 'is never negative: test for VM_FAULT_ERROR';
  return null;
}

/** The bit is tested in place of the value. */
function bitFix(fn: FunctionAnalysis, node: Binary): Fix | null {
  const title = 'Test the bit';
  if (node.right.kind === 'number') {
    if (node.op !== '<') return null;
    const text = '& VM_FAULT_ERROR';
    return { title, edits: [{ span: { start: node.left.end, end: node.right.end }, newText: ` ${text}` }] };
  }
  const edit = node.right.kind === 'identifier' ? operatorInstead(fn, node, '&') : null;
  if (edit === null) return null;
  if (node.op === '==') return { title, edits: [edit] };
  const around = [
    { span: { start: node.start, end: node.start }, newText: '!(' },
    { span: { start: node.end, end: node.end }, newText: ')' },
  ];
  return { title, edits: [...around.slice(0, 1), edit, ...around.slice(1)] };
}
