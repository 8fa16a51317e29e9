/** Pages held for as long as an object lives, without FOLL_LONGTERM. */

import { type Profile, siteFunction } from '../../../../kernel/src/index.js';
import type { CallSite, FileAnalysis, FlagValue, FunctionAnalysis } from '../../analysis/index.js';
import { lvalueText, valueExpression, variableName } from '../../analysis/index.js';
import type { Call, Span } from '../../syntax/index.js';
import { callersOf } from '../callers.js';
import { defineRule, type Finding } from '../rule.js';
import { functionOf, parameterOf } from './flagLeaves.js';
import { chargedFor } from './leftInOwner.js';
import { type Keeper, keeperOf, translationOf } from './longtermKeepers.js';
import { passedOn, RETURNED_FRAME } from './passedOn.js';

/** Helpers of helpers are followed this far. */
const DEEPEST = 3;

/** A call that gets pages, or that calls a helper which does, seen from the function that holds it. */
interface Step {
  readonly fn: FunctionAnalysis;
  readonly call: Call;
  /** The lvalue that has the pages behind the call; `return`: what this function returns. */
  readonly holder: string;
  readonly flags: Flags;
  /** The call that brought the flags; null while they are a parameter. */
  readonly writtenAt: Span | null;
  /** Not a mere reference beside which there are pins. */
  readonly isPin: boolean;
  /** What says in this release that pages are kept for long. */
  readonly longterm: Longterm;
}

/** The flag of a pin, the flag that references had before there were pins, or the function for such references that it was made of. */
type Longterm = 'pin' | 'reference' | 'get_user_pages_longterm()';

/** `plain`: without FOLL_LONGTERM for certain; `parameter`: what the caller passes there. */
type Flags = { readonly kind: 'plain' } | { readonly kind: 'parameter'; readonly name: string };

const PLAIN: Flags = { kind: 'plain' };

export const gupMissingLongterm = defineRule({
  id: 'gup-missing-longterm',
  severity: 'warning',
  releases: [{ since: '4.15' }],
  summary: 'Pages are got without FOLL_LONGTERM, or not pinned at all, and kept in an object that lives on.',
  why:
    'A pin that may last for long has to say so. Without FOLL_LONGTERM the pages stay where they are: in ZONE_MOVABLE ' +
    'and CMA areas, which can then be neither unplugged nor allocated from. And nobody checks that the mapping may be ' +
    'pinned at all: on a DAX file system truncation waits for the pin, without end if the task never lets go.',
  remedy:
    'Add FOLL_LONGTERM, to a pin_user_pages*() call, if the pins last until the task gives the buffer back. It makes the call fail for DAX mappings, ' +
    'and since v6.5 a pin for writing fails for shared file mappings whose file system tracks dirty pages: check that ' +
    'the users do not pass such memory before you add it. Up to v6.1 it cannot be combined with a `locked` pointer. ' +
    'Before v5.6 there are no pins: pass it to get_user_pages(), and up to v5.1 call get_user_pages_longterm() instead. ' +
    'If the pins are over when a transfer is, leave it out and say so in a comment.',
  unreported:
    'Transfers: a name that speaks of a request, a job or a queue, a function that waits for the end or has the pages given back itself, FOLL_WRITE by a direction, or a release in what is called when a device is done. References whose object is in no list and not charged for, flags of a caller outside the file, files with an MMU notifier. Before v5.6: the lockless functions, and all but memory registered for remote access, what is in a list, and what a task is charged for.',
  examples: [
    {
      release: '6.12',
      bad: `static int region_add(struct ctx *ctx, unsigned long uaddr, int n)
{
	struct region *region;
	int got;

	region = alloc_region(n);
	if (!region)
		return -ENOMEM;
	got = pin_user_pages_fast(uaddr, n, FOLL_WRITE, region->pages);
	if (got != n) {
		if (got > 0)
			unpin_user_pages(region->pages, got);
		free_region(region);
		return got < 0 ? got : -EFAULT;
	}
	list_add_tail(&region->node, &ctx->regions);
	return 0;
}
`,
      good: `static int region_add(struct ctx *ctx, unsigned long uaddr, int n)
{
	struct region *region;
	int got;

	region = alloc_region(n);
	if (!region)
		return -ENOMEM;
	got = pin_user_pages_fast(uaddr, n, FOLL_WRITE | FOLL_LONGTERM, region->pages);
	if (got != n) {
		if (got > 0)
			unpin_user_pages(region->pages, got);
		free_region(region);
		return got < 0 ? got : -EFAULT;
	}
	list_add_tail(&region->node, &ctx->regions);
	return 0;
}
`,
    },
  ],
  related: ['gup-longterm-wrong-api', 'Documentation/core-api/pin_user_pages.rst'],
  check({ file, profile }) {
    const findings: Finding[] = [];
    for (const site of file.sites) {
      const callee = siteFunction(profile, site.callee);
      if (callee?.kind !== 'gup' || callee.acquires === 'none') continue;
      const longterm = longtermOf(profile);
      // Up to v5.1 nothing stands for the lockless functions, and up to v5.5 few drivers use FOLL_LONGTERM with them.
      if (longterm !== 'pin' && /_longterm$|_fast$/.test(site.callee)) continue;
      const isPin = callee.acquires === 'pin' || longterm !== 'pin';
      const first = firstStep(file, site);
      if (first !== null) findings.push(...follow(file, { ...first, isPin, longterm }, site, DEEPEST));
    }
    return findings;
  },
});

function longtermOf({ functions, flags }: Profile): Longterm {
  if (functions.get('pin_user_pages') !== undefined) return 'pin';
  return flags.get('FOLL_LONGTERM') === undefined ? 'get_user_pages_longterm()' : 'reference';
}

function firstStep(file: FileAnalysis, site: CallSite): Omit<Step, 'isPin' | 'longterm'> | null {
  const fn = functionOf(file, site);
  const call = fn?.callAt(site.span.start) ?? null;
  const { kind } = site.release;
  if (fn === null || call === null || kind === 'none') return null;
  const known = kind === 'stored' || kind === 'returned' || kind === 'out-param';
  const where = known ? site.release.where : null;
  // An array that stays in the function, or is only known to be given to another, may be what a scatterlist was filled from.
  const isPlace = where !== null && !where.endsWith('()');
  const array = arrayGiven(call, siteFunction(file.profile, site.callee)?.argument('pages') ?? -1);
  // What is returned may be an address in the page.
  const asFrame = where === 'return' && array !== null && passedOn(fn, array).includes(RETURNED_FRAME);
  const holder = asFrame ? RETURNED_FRAME : isPlace ? where : array;
  if (holder === null) return null;
  const possible = site.flags?.possible ?? null;
  const flags = possible === null ? null : flagsOf(possible);
  if (flags === null) return null;
  const writtenAt = flags.kind === 'plain' ? { start: site.span.start, end: site.span.end } : null;
  return { fn, call, holder, flags, writtenAt };
}

/** The variable that an argument of a call is, or has the address of; null if it is something else. */
function arrayGiven({ args }: Call, index: number): string | null {
  const argument = args[index];
  const value = argument === undefined ? null : valueExpression(argument);
  if (value === null) return null;
  return variableName(value.kind === 'unary' && value.op === '&' ? value.operand : value);
}

/** The flags of a call by its possible sets; null if one may be FOLL_LONGTERM, or is not known. */
function flagsOf(possible: readonly (readonly string[])[]): Flags | null {
  const all = new Set(possible.flat());
  if (possible.length === 0 || all.has('FOLL_LONGTERM')) return null;
  const symbolic = [...all].filter(flag => flag.includes(':'));
  const [only] = symbolic;
  if (only === undefined) return PLAIN;
  const name = /^param:(\w+)$/.exec(only)?.[1];
  return symbolic.length > 1 || name === undefined ? null : { kind: 'parameter', name };
}

function setsOf(value: FlagValue): readonly (readonly string[])[] {
  return value.kind === 'sets' ? [...value.sets.values()] : [];
}

/** Whether the object is kept in this function, or in those that call it. */
function follow(file: FileAnalysis, step: Step, site: CallSite, depth: number): Finding[] {
  const { fn, writtenAt, isPin, longterm } = step;
  const isEnough = (keeper: Keeper | null): keeper is Keeper => {
    if (keeper === null || keeper.sure === true) return keeper !== null;
    return longterm === 'pin' ? isPin : keeper.isRegistration === true;
  };
  const holders = [step.holder, ...passedOn(fn, step.holder)];
  for (const holder of holders) {
    const root = rootName(holder);
    const keeper = writtenAt === null || holder === root ? null : keeperOf(file, fn, root, { site, holder });
    if (writtenAt !== null && isEnough(keeper))
      return [findingOf(writtenAt, site, keeper, root, isPin ? longterm : null)];
    const table = writtenAt === null || holder !== root ? null : arrayKeeper(file, fn, root);
    if (writtenAt !== null && isEnough(table))
      return [findingOf(writtenAt, site, table, root, isPin ? longterm : null)];
  }
  if (depth === 0) return [];
  return callersOf(file, fn).flatMap(caller => {
    for (const holder of holders) {
      const next = callerStep(caller.fn, caller.call, { ...step, holder });
      const found = next === null ? [] : follow(file, next, site, depth - 1);
      if (found.length > 0) return found;
    }
    return [];
  });
}

/** What keeps the pages of a variable that is no member: tables in which their frames are, or the task that is charged for them. */
function arrayKeeper(file: FileAnalysis, fn: FunctionAnalysis, name: string): Keeper | null {
  return translationOf(file, fn, name) ?? (parameterOf(fn, name) === null ? null : chargedFor(fn));
}

function rootName(holder: string): string {
  return /[A-Za-z_]\w*/.exec(holder)?.[0] ?? '';
}

/** The same pages and flags seen from a caller; null if they cannot be followed there. */
function callerStep(fn: FunctionAnalysis, call: Call, below: Step): Step | null {
  const { parameters } = below.fn.ast;
  const indexOf = (name: string): number => parameters.findIndex(parameter => parameter.name === name);
  const holder = holderInCaller(fn, call, below.holder, indexOf);
  if (holder === null) return null;
  if (below.flags.kind === 'plain') return { ...below, fn, call, holder };
  const argument = call.args[indexOf(below.flags.name)];
  if (argument === undefined) return null;
  const flags = flagsOf(setsOf(fn.flagsBefore(argument, call, 'FOLL')));
  if (flags === null) return null;
  const { start, end } = call.callee;
  return { ...below, fn, call, holder, flags, writtenAt: flags.kind === 'plain' ? { start, end } : null };
}

function holderInCaller(
  fn: FunctionAnalysis,
  call: Call,
  holder: string,
  indexOf: (name: string) => number,
): string | null {
  if (holder === 'return') {
    for (const { element } of fn.cfg.elements()) {
      if (element.kind === 'assignment' && valueExpression(element.node.right) === call)
        return lvalueText(element.node.left);
      if (element.kind !== 'declare' || element.node.init === null) continue;
      if (valueExpression(element.node.init) === call) return element.node.name;
    }
    return null;
  }
  const root = rootName(holder);
  const argument = call.args[indexOf(root)];
  if (argument === undefined) return null;
  const value = valueExpression(argument);
  const given = lvalueText(value.kind === 'unary' && value.op === '&' ? value.operand : value);
  // What is behind the parameter is behind the argument.
  return given === null ? null : holder === root || holder === `*${root}` ? given : `${given}->`;
}

/** @param longterm null: a reference where there are pins */
function findingOf(
  span: Span,
  site: CallSite,
  keeper: Keeper,
  root: string,
  longterm: Longterm | null,
): Finding {
  const object = root === rootName(RETURNED_FRAME) ? `what ${site.function}() returns` : root;
  const elsewhere = site.span.start !== span.start;
  const isPin = longterm === 'pin';
  const kept = `the pages that ${site.callee}() ${isPin ? 'pins' : 'gets'} are kept in ${object}, which lives on after the call`;
  const missing =
    longterm === null
      ? ': that takes a pin with FOLL_LONGTERM'
      : longterm === 'get_user_pages_longterm()'
        ? `: that takes ${longterm}`
        : ', but FOLL_LONGTERM is not passed';
  return {
    span,
    message: kept + missing,
    related: [
      ...(elsewhere
        ? [{ span: site.span, message: `${site.callee}() ${isPin ? 'pins' : 'gets them'} here` }]
        : []),
      { span: keeper.span, message: `${object} is kept by ${keeper.by}` },
    ],
    confidence: 'medium',
    fix: null,
  };
}
