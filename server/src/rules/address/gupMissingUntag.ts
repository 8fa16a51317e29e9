/** A tagged address is looked up among the VMAs as it is. */

import { type Profile, siteFunction } from '../../../../kernel/src/index.js';
import {
  calleeName,
  type FileAnalysis,
  type FunctionAnalysis,
  lvalueText,
  valueExpression,
} from '../../analysis/index.js';
import type { Call, Expression } from '../../syntax/ast.js';
import { callTokens, type Span, spanOf, walkExpressions } from '../../syntax/index.js';
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
/**
 * Beside the functions of the family, those that take the tag off themselves, or whose VMA has to be of the address; and which
 * argument that is.
 */
const TAKE_ADDRESS: ReadonlyMap<string, number> = new Map([
  ['ib_umem_get', 1],
  ['ib_umem_odp_get', 1],
  ['get_vaddr_frames', 0],
  ['vb2_create_framevec', 0],
  ['follow_pfn', 1],
  ['follow_page', 1],
]);
/** Architectures with tags in addresses of user space. */
const HAS_TAGS = /(^|\/)arch\/(?:arm64|riscv|x86)\//;
/** Members that hold an address of user space. */
const ADDRESS_MEMBER = /^(?:u|user|b|v|virt|base|start)?_?(?:addr(?:ess)?|ptr|va|vaddr)$/;
/** Callers of callers are asked this far. */
const CALLERS = 4;
/** Cut an address to its page as a mask does. */
const ROUNDS: ReadonlySet<string> = new Set(['rounddown', 'round_down', 'ALIGN_DOWN', 'PAGE_ALIGN_DOWN']);
const GIVES: ReadonlySet<string> = new Set(['=']);
const UNTAGS: ReadonlySet<string> = new Set(['untagged_addr', 'untagged_addr_remote']);

export const gupMissingUntag = defineRule({
  id: 'gup-missing-untag',
  severity: 'warning',
  releases: [{ since: '5.4' }],
  summary: 'An address of user space is looked up with find_vma() and pinned, and its tag is not taken off.',
  why:
    'Since v5.4 user space of arm64, later of x86 and RISC-V too, may pass pointers with a tag in their upper bits. GUP takes it off, find_vma() does ' +
    'not: it finds no VMA, or the wrong one, for an address that get_user_pages() takes. The call works for some ' +
    'programs and fails for those that use tags. In the mm of another task, for a single page or a *_fast() function, where neither the file shows that user space gave the address, in an ioctl() for example, nor a whole buffer is compared with the end of the VMA, this is ' +
    'advice only: a caller may have taken the tag off.',
  remedy:
    'Call `addr = untagged_addr(addr)` before the lookup; for another process untagged_addr_remote(mm, addr).',
  unreported:
    'Another address space, for which the address was untagged before; a file that takes tags off anywhere; mm/ and kernel/.',
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
    if (path !== undefined && /(^|\/)arch\//.test(path) && !HAS_TAGS.test(path)) return [];
    // Somebody in the file takes tags off: perhaps those who call the others.
    if (callTokens(file.source, UNTAGS).length > 0) return [];
    const findings: Finding[] = [];
    for (const fn of functionsThatLookUp(file)) {
      const takers = takersOf(fn, profile);
      for (const { lookup, address, where, own, raw, ranged } of lookupsOf(file, fn)) {
        // In another process somebody looked it up before, who had to untag it: unless it is looked up only where it was not got.
        const taker = takers.find(
          ({ span, start, remote }) =>
            (remote ? span.start < where.start && followsItself(fn, address) : span.start > where.start) &&
            placesBehind(fn, start).has(address),
        );
        if (taker === undefined) continue;
        findings.push({
          span: { start: lookup.callee.start, end: lookup.callee.end },
          message: `${calleeName(lookup) ?? 'the lookup'}() does not find \`${address}\` where it has a tag, which ${taker.name}() ${/^follow_/.test(taker.name) ? 'does not expect' : 'takes off'}: untag it first`,
          related: [
            ...(where === lookup
              ? []
              : [{ span: spanOf(where.callee), message: `\`${address}\` is given here` }]),
            { span: taker.span, message: `the same address goes to ${taker.name}() here` },
          ],
          confidence: 'medium',
          fix: null,
          ...((raw && (own || taker.ofSameVma)) ||
          ((own || taker.remote) && taker.ofSameVma) ||
          (own && taker.several && ranged)
            ? {}
            : { severity: 'info' as const }),
        });
      }
    }
    return findings;
  },
});

/** The functions that get pages, or hand an address on to somebody who does, where one of the file looks up VMAs. */
function functionsThatLookUp(file: FileAnalysis): readonly FunctionAnalysis[] {
  if (callTokens(file.source, LOOKUPS).length === 0) return [];
  const found = new Set(functionsWithPages(file.functions).map(({ fn }) => fn));
  for (const { function: at } of callTokens(file.source, new Set(TAKE_ADDRESS.keys()))) {
    const fn = file.functionNamed(file.source.functions[at]?.name ?? '');
    if (fn?.complete) found.add(fn);
  }
  return [...found];
}

/** Whether a function walks to the page of an address by itself, for want of one that is got. */
function followsItself(fn: FunctionAnalysis, address: string): boolean {
  return fn.cfg.elements().some(({ element }) => {
    if (element.kind !== 'call' || !/^follow_/.test(calleeName(element.node) ?? '')) return false;
    return element.node.args.some(argument => lvalueText(argument) === address);
  });
}

/** A call that a function gives an address of user space to. */
interface Taker {
  readonly name: string;
  readonly span: Span;
  readonly start: Expression;
  /** It takes the pages of the VMA that was looked up: more than one, under the same lock. */
  readonly ofSameVma: boolean;
  /** It takes more than one page. */
  readonly several: boolean;
  /** It works in an mm that it is given. */
  readonly remote: boolean;
}

function takersOf(fn: FunctionAnalysis, profile: Profile): readonly Taker[] {
  const takers: Taker[] = fn.sites.flatMap(({ kind, callee, args, span }) => {
    const known = kind === 'gup' ? siteFunction(profile, callee) : null;
    if (known === null) return [];
    const remote = known.argument('mm') >= 0;
    const start = args[known.argument('start')];
    const count = args[known.argument('count')];
    // One page is for a fault, or a helper for one, for which somebody has looked before.
    const several = count !== undefined && !(count.kind === 'number' && count.value === 1);
    const ofSameVma = remote || (several && !/_fast(?:_only)?$/.test(known.name));
    return start === undefined ? [] : [{ name: callee, span, start, ofSameVma, several, remote }];
  });
  for (const { args, callee } of callsOf(fn, new Set(TAKE_ADDRESS.keys()))) {
    const name = callee.kind === 'identifier' ? callee.name : '';
    const start = args[TAKE_ADDRESS.get(name) ?? -1];
    if (start !== undefined)
      takers.push({ name, span: spanOf(callee), start, ofSameVma: true, several: true, remote: false });
  }
  return takers;
}

/** A lookup of an address that a function has from user space. */
interface Lookup {
  readonly lookup: Call;
  /** The address in the function. */
  readonly address: string;
  /** The call of the function that looks it up, or that has a helper do it. */
  readonly where: Call;
  /** It is looked up in the mm of the task that runs. */
  readonly own: boolean;
  /** User space is seen to have given it. */
  readonly raw: boolean;
  /** The end of the VMA is asked for, as of who looks whether the whole of a buffer is in it. */
  readonly ranged: boolean;
}

/** The lookups that a function makes, and those that helpers of the file make of what it gives them. */
function lookupsOf(file: FileAnalysis, fn: FunctionAnalysis): readonly Lookup[] {
  const found: Lookup[] = directLookups(fn).map(({ lookup, address, at, own }) => {
    return { lookup, address, where: lookup, own, raw: isRaw(file, fn, at, CALLERS), ranged: asksEnd(fn) };
  });
  const looking = new Set(
    callTokens(file.source, LOOKUPS).flatMap(token => file.source.functions[token.function]?.name ?? []),
  );
  looking.delete(fn.item.name);
  for (const where of callsOf(fn, looking)) {
    const helper = file.functionNamed(calleeName(where) ?? '');
    if (helper === null || !helper.complete) continue;
    const argument = (parameter: string | null): Expression | undefined =>
      where.args[helper.ast.parameters.findIndex(({ name }) => name === parameter)];
    for (const { lookup, address, own: inHelper } of directLookups(helper)) {
      const given = argument(address);
      const [of] = lookup.args;
      const mm = of === undefined ? undefined : argument(lvalueText(of));
      const own = inHelper || (mm !== undefined && isCurrentMm(fn, mm));
      const mine = given === undefined ? null : userAddress(fn, given);
      // Of an mm that is given nothing is known here.
      if (mine === null || given === undefined || !own) continue;
      found.push({
        lookup,
        address: mine,
        where,
        own,
        raw: isRaw(file, fn, given, CALLERS),
        ranged: asksEnd(helper),
      });
    }
  }
  return found;
}

function asksEnd({ file, item }: FunctionAnalysis): boolean {
  return /->\s*vm_end\b/.test(file.text.slice(item.body.start, item.body.end));
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
  // Where it goes on page by page, or is cut to one, it is still the address that it was given at first.
  const values = assignedTo(fn, value.name, GIVES);
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
  // `struct args *args = data;`
  if (value.kind !== 'identifier' && (value.kind !== 'member' || index >= 0)) return false;
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
