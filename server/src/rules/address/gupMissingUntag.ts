/** A tagged address is looked up among the VMAs as it is. */

import { siteFunction } from '../../../../kernel/src/index.js';
import {
  calleeName,
  type FileAnalysis,
  type FunctionAnalysis,
  lvalueText,
  valueExpression,
} from '../../analysis/index.js';
import type { Call, Expression } from '../../syntax/ast.js';
import { callTokens, spanOf, walkExpressions } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
import { callersOf, callsOf, isStatic } from '../callers.js';
import { defineRule, type Finding } from '../rule.js';
import { functionsWithPages, givenByUserSpace, namesBehind } from './startOf.js';

/** Look up a VMA by its second argument. */
const LOOKUPS: ReadonlySet<string> = new Set([
  'find_vma',
  'find_vma_intersection',
  'find_extend_vma',
  'vma_lookup',
  'find_exact_vma',
]);
/** Members that hold an address of user space. */
const ADDRESS_MEMBER = /^(?:u|user|b|v|virt|base|start)?_?(?:addr(?:ess)?|ptr|va|vaddr)$/;
/** Callers of callers are asked this far. */
const CALLERS = 4;
/** Cut an address to its page as a mask does. */
const ROUNDS: ReadonlySet<string> = new Set(['rounddown', 'round_down', 'ALIGN_DOWN', 'PAGE_ALIGN_DOWN']);
const UNTAGS: ReadonlySet<string> = new Set(['untagged_addr', 'untagged_addr_remote']);

export const gupMissingUntag = defineRule({
  id: 'gup-missing-untag',
  severity: 'info',
  releases: [{ since: '5.4' }],
  summary: 'An address of user space is looked up with find_vma() and pinned, and its tag is not taken off.',
  why:
    'Since v5.4 user space of arm64, later of x86 and RISC-V too, may pass pointers with a tag in their upper bits. GUP takes it off, find_vma() does ' +
    'not: it finds no VMA, or the wrong one, for an address that get_user_pages() takes. The call works for some ' +
    'programs and fails for those that use tags. Where the file does not show that user space gave the address, in an ioctl() for example, this is ' +
    'advice only: a caller may have taken the tag off.',
  remedy:
    'Call `addr = untagged_addr(addr)` before the lookup; for another process untagged_addr_remote(mm, addr).',
  examples: [
    {
      release: '6.12',
      bad: `static long hold(unsigned long addr, int n, struct page **pages)
{
	struct mm_struct *mm = current->mm;
	long got = -EFAULT;

	mmap_read_lock(mm);
	if (find_vma(mm, addr))
		got = pin_user_pages(addr, n, FOLL_WRITE, pages);
	mmap_read_unlock(mm);
	return got;
}
`,
      good: `static long hold(unsigned long addr, int n, struct page **pages)
{
	struct mm_struct *mm = current->mm;
	long got = -EFAULT;

	addr = untagged_addr(addr);
	mmap_read_lock(mm);
	if (find_vma(mm, addr))
		got = pin_user_pages(addr, n, FOLL_WRITE, pages);
	mmap_read_unlock(mm);
	return got;
}
`,
    },
  ],
  related: ['gup-missing-access-ok'],
  check({ file, profile, path }) {
    // The kernel's own mm/ and fault handlers have addresses that were untagged on their way.
    if (path !== undefined && /(^|\/)(?:mm|kernel)\//.test(path)) return [];
    // Somebody in the file takes tags off: perhaps those who call the others.
    if (callTokens(file.source, UNTAGS).length > 0) return [];
    const findings: Finding[] = [];
    for (const { fn, sites } of functionsWithPages(file.functions)) {
      for (const { lookup, address, where, raw } of lookupsOf(file, fn)) {
        const site = sites.find(({ callee, args, span }) => {
          const known = siteFunction(profile, callee);
          // An address in another process was looked up by somebody before, who had to untag it.
          if (known === null || known.argument('mm') >= 0 || span.start < where.start) return false;
          const start = args[known.argument('start')];
          return start !== undefined && placesBehind(fn, start).has(address);
        });
        if (site === undefined) continue;
        findings.push({
          span: { start: lookup.callee.start, end: lookup.callee.end },
          message: `${calleeName(lookup) ?? 'the lookup'}() does not find \`${address}\` where it has a tag, which ${site.callee}() takes off: untag it first`,
          related: [
            ...(where === lookup
              ? []
              : [{ span: spanOf(where.callee), message: `\`${address}\` is given here` }]),
            { span: site.span, message: `the same address goes to ${site.callee}() here` },
          ],
          confidence: 'medium',
          fix: null,
          ...(raw ? { severity: 'warning' as const } : {}),
        });
      }
    }
    return findings;
  },
});

/** A lookup of an address that a function has from user space. */
interface Lookup {
  readonly lookup: Call;
  /** The address in the function. */
  readonly address: string;
  /** The call of the function that looks it up, or that has a helper do it. */
  readonly where: Call;
  /** User space gave it, and it is looked up in the mm of the task that runs. */
  readonly raw: boolean;
}

/** The lookups that a function makes, and those that helpers of the file make of what it gives them. */
function lookupsOf(file: FileAnalysis, fn: FunctionAnalysis): readonly Lookup[] {
  const found: Lookup[] = directLookups(fn).map(({ lookup, address, at, own }) => {
    return { lookup, address, where: lookup, raw: own && isRaw(file, fn, at, CALLERS) };
  });
  const looking = new Set(
    callTokens(file.source, LOOKUPS).flatMap(token => file.source.functions[token.function]?.name ?? []),
  );
  looking.delete(fn.item.name);
  for (const where of callsOf(fn, looking)) {
    const helper = file.functionNamed(calleeName(where) ?? '');
    if (helper === null || !helper.complete) continue;
    for (const { lookup, address, own } of directLookups(helper)) {
      const given = where.args[helper.ast.parameters.findIndex(({ name }) => name === address)];
      const mine = given === undefined ? null : userAddress(fn, given);
      // Of an mm that is given nothing is known here.
      if (mine === null || given === undefined || !own) continue;
      found.push({ lookup, address: mine, where, raw: isRaw(file, fn, given, CALLERS) });
    }
  }
  return found;
}

function directLookups(fn: FunctionAnalysis): readonly {
  readonly lookup: Call;
  readonly address: string;
  readonly at: Expression;
  /** In the mm of the task that runs. */
  readonly own: boolean;
}[] {
  return callsOf(fn, LOOKUPS).flatMap(lookup => {
    const [mm, at] = lookup.args;
    const address = at === undefined ? null : userAddress(fn, at);
    return mm === undefined || at === undefined || address === null
      ? []
      : [{ lookup, address, at, own: isCurrentMm(fn, mm) }];
  });
}

/** Whether an expression is the mm of the task that runs, written out or in a variable that is nothing else. */
function isCurrentMm(fn: FunctionAnalysis, mm: Expression): boolean {
  if (lvalueText(mm) === 'current->mm') return true;
  if (mm.kind !== 'identifier' || fn.ast.parameters.some(({ name }) => name === mm.name)) return false;
  const values = assignedTo(fn, mm.name);
  return values.length > 0 && values.every(value => lvalueText(value) === 'current->mm');
}

/**
 * The parameter, the member or the variable that a looked up address is in as user space gave it, whole or cut to its page; null where
 * that is not to be seen.
 */
function userAddress(fn: FunctionAnalysis, where: Expression): string | null {
  const value = unmasked(where);
  const place = lvalueText(value);
  if (value.kind === 'member')
    return ADDRESS_MEMBER.test(value.name) && !/\bvma\b/.test(place ?? '') ? place : null;
  if (value.kind !== 'identifier') return null;
  const parameter = fn.ast.parameters.find(({ name }) => name === value.name);
  if (parameter !== undefined) {
    return isAddress(parameter.type) || givenByUserSpace(fn).has(value.name) ? value.name : null;
  }
  const values = assignedTo(fn, value.name);
  const given = values.length === 1 && values[0] !== undefined ? unmasked(values[0]) : null;
  return given !== null && given.kind !== 'call' && userAddress(fn, given) !== null ? value.name : null;
}

/** Whether an address is seen to come from user space as it is: from an ioctl(), a `__user` pointer, what was copied in. */
function isRaw(file: FileAnalysis, fn: FunctionAnalysis, node: Expression, depth: number): boolean {
  const value = unmasked(node);
  const base = /^\w+/.exec(lvalueText(value) ?? '')?.[0];
  if (base === undefined) return false;
  const index = fn.ast.parameters.findIndex(({ name }) => name === base);
  if (index >= 0 && /ioctl/.test(fn.item.name)) return true;
  // A pointer too may have lost its tag in a caller that is not seen.
  if (givenByUserSpace(fn).has(base)) return index < 0 || !isStatic(fn) || callersOf(file, fn).length > 0;
  if (value.kind !== 'identifier') return false;
  if (index < 0) {
    const [only, ...others] = assignedTo(fn, base);
    return only !== undefined && others.length === 0 && depth > 0 && isRaw(file, fn, only, depth - 1);
  }
  const callers = depth === 0 ? [] : callersOf(file, fn);
  return (
    callers.length > 0 &&
    callers.every(({ fn: caller, call }) => {
      const given = call.args[index];
      return given !== undefined && isRaw(file, caller, given, depth - 1);
    })
  );
}

/** The variables and members that a value is worked out from. */
function placesBehind(fn: FunctionAnalysis, value: Expression): ReadonlySet<string> {
  const places = new Set(namesBehind(fn, value));
  for (const from of [value, ...[...places].flatMap(name => assignedTo(fn, name))]) {
    walkExpressions(from, inner => {
      const text = inner.kind === 'member' ? lvalueText(inner) : null;
      if (text !== null) places.add(text);
    });
  }
  return places;
}

/** A number that may be an address of user space. */
function isAddress(type: string): boolean {
  return /^(?:const )?(?:unsigned long|u64|__u64|uint64_t|uintptr_t)$/.test(type.trim());
}

/** Without casts, and without the mask that cuts an address to its page. */
function unmasked(node: Expression): Expression {
  const value = valueExpression(node);
  if (value.kind === 'binary' && value.op === '&') return unmasked(value.left);
  const [first] = value.kind === 'call' && ROUNDS.has(calleeName(value) ?? '') ? value.args : [];
  return first === undefined ? value : unmasked(first);
}
