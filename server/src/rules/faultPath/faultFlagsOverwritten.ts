/** A plain assignment that throws away what the flags of a fault had before. */

import type { FlagValue, FunctionAnalysis } from '../../analysis/index.js';
import type { Assignment, Expression } from '../../syntax/ast.js';
import { walkExpressions } from '../../syntax/index.js';
import { operatorInstead } from '../fixes.js';
import { defineRule, type Fix } from '../rule.js';
import { leadsTo } from '../waysBetween.js';

export const faultFlagsOverwritten = defineRule({
  id: 'fault-flags-overwritten',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'An assignment to the flags of a fault loses ALLOW_RETRY, USER or REMOTE.',
  why:
    'The flags are collected step by step. A `=` where `|=` is meant drops what was there: without ALLOW_RETRY the fault ' +
    'waits with mmap_lock held, without USER the OOM killer of the memory cgroup is not asked, and without REMOTE the keys of the ' +
    'wrong task are checked.',
  remedy: 'Write `|=`, or start with the flags that depend on nothing.',
  unreported:
    'Flags that start anew for each attempt or each page, flags that are assigned from themselves, zero that is replaced, and branches of which each has its own.',
  examples: [
    {
      bad: `static vm_fault_t fault_in(struct vm_area_struct *vma, unsigned long address, bool write)
{
	unsigned int flags = FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_REMOTE;

	if (write)
		flags = FAULT_FLAG_WRITE;
	return handle_mm_fault(vma, address, flags, NULL);
}
`,
      good: `static vm_fault_t fault_in(struct vm_area_struct *vma, unsigned long address, bool write)
{
	unsigned int flags = FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_REMOTE;

	if (write)
		flags |= FAULT_FLAG_WRITE;
	return handle_mm_fault(vma, address, flags, NULL);
}
`,
    },
  ],
  related: ['fault-missing-user-flag', 'fault-retry-no-tried'],
  check({ file }) {
    return file.functions.flatMap(fn => {
      if (!fn.sites.some(site => site.flags?.namespace === 'FAULT_FLAG')) return [];
      return assignments(fn).flatMap(({ node, name }, index, all) => {
        const written = identifiersIn(node.right);
        if (
          node.op !== '=' ||
          !written.some(word => word.startsWith('FAULT_FLAG_')) ||
          written.includes(name)
        )
          return [];
        if (!isPassed(fn, name)) return [];
        const kept = mayHold(fn.flagsBefore(node.right, node, 'FAULT_FLAG'));
        const lost = [...mayHold(fn.flagsBefore(node.left, node, 'FAULT_FLAG'))].filter(
          flag => MATTERS.has(flag) && !kept.has(flag),
        );
        // What comes back around a loop was meant for the attempt before.
        const first = !all.slice(0, index).some(other => other.name === name) && !isInitialised(fn, name);
        if (lost.length === 0 || first) return [];
        // Where an attempt starts anew, what it is about is set behind it.
        if (kept.has('FAULT_FLAG_ALLOW_RETRY') && !lost.some(flag => !isSetBehind(fn, node, name, flag)))
          return [];
        return [
          {
            span: { start: node.start, end: node.end },
            message: `this assignment loses ${lost.join(' and ')} of ${name}: |= adds to what is there`,
            related: [],
            confidence: 'high' as const,
            fix: addingFix(fn, node),
          },
        ];
      });
    });
  },
});

/** Whether some way from an assignment leads to where a flag is added to the variable. */
function isSetBehind(fn: FunctionAnalysis, node: Assignment, name: string, flag: string): boolean {
  const from = fn.cfg.positionOf(node);
  return assignments(fn).some(other => {
    const at = other.node === node || other.name !== name ? null : fn.cfg.positionOf(other.node);
    return (
      from !== null &&
      at !== null &&
      identifiersIn(other.node.right).includes(flag) &&
      leadsTo(fn.cfg, from, at)
    );
  });
}

function addingFix(fn: FunctionAnalysis, node: Assignment): Fix | null {
  const edit = operatorInstead(fn, node, '|=');
  return edit === null ? null : { title: 'Add the flag with |=', edits: [edit] };
}

const MATTERS: ReadonlySet<string> = new Set([
  'FAULT_FLAG_ALLOW_RETRY',
  'FAULT_FLAG_USER',
  'FAULT_FLAG_REMOTE',
]);

interface FlagAssignment {
  readonly node: Assignment;
  readonly name: string;
}

/** The assignments to variables, in order of position. */
function assignments(fn: FunctionAnalysis): readonly FlagAssignment[] {
  return fn.cfg
    .elements()
    .flatMap(({ element }) =>
      element.kind === 'assignment' && element.node.left.kind === 'identifier'
        ? [{ node: element.node, name: element.node.left.name }]
        : [],
    )
    .sort((a, b) => a.node.start - b.node.start);
}

/** Whether the variable is declared with a value. */
function isInitialised(fn: FunctionAnalysis, name: string): boolean {
  return fn.cfg
    .elements()
    .some(
      ({ element }) => element.kind === 'declare' && element.node.name === name && element.node.init !== null,
    );
}

/** Whether some fault of the function is given the variable. */
function isPassed(fn: FunctionAnalysis, name: string): boolean {
  return fn.sites.some(
    site => site.flags?.namespace === 'FAULT_FLAG' && new RegExp(`\\b${name}\\b`).test(site.flags.text),
  );
}

function identifiersIn(expression: Expression): readonly string[] {
  const names: string[] = [];
  walkExpressions(expression, node => {
    if (node.kind === 'identifier') names.push(node.name);
  });
  return names;
}

function mayHold(value: FlagValue): ReadonlySet<string> {
  if (value.kind === 'mask') return value.may ?? new Set();
  return new Set([...value.sets.values()].flat());
}
