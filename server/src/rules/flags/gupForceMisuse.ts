/** FOLL_FORCE outside of debuggers. */

import { PAGE_RELEASE_NAMES, type ResolvedFunction, siteFunction } from '../../../../kernel/src/index.js';
import {
  type CallSite,
  calleeName,
  type FileAnalysis,
  type FunctionAnalysis,
  lvalueText,
} from '../../analysis/index.js';
import { type Expression, spanOf, walk } from '../../syntax/index.js';
import { callersOf } from '../callers.js';
import { defineRule, type Finding, type RuleContext } from '../rule.js';
import { functionOf, whereWritten } from './flagLeaves.js';

/** Where memory is read and written on behalf of a debugger, or the kernel's own code forces on purpose. */
const DEBUGGERS = /(^|\/)(?:mm|kernel|fs|security|virt|arch\/[^/]+\/(?:kernel|mm|kvm))\//;

export const gupForceMisuse = defineRule({
  id: 'gup-force-misuse',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A driver takes its buffer with FOLL_FORCE, which is for debuggers.',
  why:
    'FOLL_FORCE overrides the protection of the mapping: a write reaches a private page that the task may only read, a read one that it ' +
    'may not read at all. That is for ptrace() and /proc/PID/mem, which look at another task and keep nothing. A driver that does it lets a device write where the ' +
    'task itself may not. FOLL_WRITE | FOLL_FORCE was a way to break COW before a long-term read pin; since v6.2 a ' +
    'read pin with FOLL_LONGTERM does that itself.',
  remedy:
    'Leave FOLL_FORCE out, and pass FOLL_WRITE only if pages are written: a buffer that the task may not write is then refused with ' +
    '-EFAULT. A driver for releases before v6.2 that needs stable read-only pins may keep FOLL_WRITE | FOLL_FORCE ' +
    'there, with a comment.',
  unreported:
    'The core kernel, which has debuggers in it; core dumps (FOLL_DUMP); pages of another address space that are looked at and given back; and FOLL_FORCE that the caller passes from outside the file.',
  examples: [
    {
      release: '6.12',
      bad: `static int map(unsigned long uaddr, int n, struct page **pages)
{
	return pin_user_pages_fast(uaddr, n, FOLL_WRITE | FOLL_FORCE | FOLL_LONGTERM, pages);
}
`,
      good: `static int map(unsigned long uaddr, int n, struct page **pages)
{
	return pin_user_pages_fast(uaddr, n, FOLL_WRITE | FOLL_LONGTERM, pages);
}
`,
    },
  ],
  related: ['gup-flag-type', 'Documentation/core-api/pin_user_pages.rst'],
  check(context) {
    if (isForDebuggers(context)) return [];
    const { file, profile } = context;
    const findings: Finding[] = [];
    for (const site of file.sites) {
      if (site.flags?.namespace !== 'FOLL') continue;
      const fn = siteFunction(profile, site.callee);
      if (fn === null || fn.kind !== 'gup' || fn.visibility !== 'public') continue;
      if (isOfDebugger(site, fn) || site.flags.may.includes('FOLL_DUMP')) continue;
      findings.push(
        ...forcedByCallers(context, site, fn.argument('flags')),
        ...forcedInMember(context, site),
      );
      const how = howForced(site.flags, site.flags.from === 'const');
      if (how === null || (how === 'without-write' && isReadOnTheSpot(file, site))) continue;
      const brought = site.flags.origins.get('FOLL_FORCE')?.[0];
      const origin = brought === undefined ? site.span : whereWritten(file, 'FOLL_FORCE', brought);
      const written = origin.start < site.callSpan.start || origin.end > site.callSpan.end;
      // Before v6.2 nothing else made a read-only pin of a private mapping keep its page.
      const breaksCow = how === 'instead-of-write' && !profile.switches.unshareAnyPage;
      findings.push({
        span: { start: origin.start, end: origin.end },
        message: messageFor(how, site.callee, profile.release, breaksCow),
        related: written ? [{ span: site.span, message: `passed to ${site.callee}() here` }] : [],
        confidence: how === 'with-write' ? 'high' : 'medium',
        fix: null,
        ...(breaksCow ? { severity: 'info' as const } : {}),
      });
    }
    return findings;
  },
});

/** Another process's memory: a debugger, or something that acts as one. None of them keeps its pages, or looks at its own task. */
function isOfDebugger(site: CallSite, fn: ResolvedFunction): boolean {
  const mm = site.args[fn.argument('mm')];
  if (mm === undefined) return false;
  return lvalueText(mm) !== 'current->mm' && site.flags?.must.includes('FOLL_LONGTERM') !== true;
}

/** The flags of a call, or those that a wrapper of it is given. */
type PassedFlags = Pick<NonNullable<CallSite['flags']>, 'must' | 'may' | 'possible'>;
type HowForced = 'with-write' | 'maybe-write' | 'without-write' | 'instead-of-write';

/**
 * With FOLL_WRITE in every set; with it in some; without it in every set that has FOLL_FORCE, which are all or those of reading; or only
 * where the caller does not ask to write. Null: FOLL_FORCE is not passed, or by the caller's choice.
 */
function howForced(flags: PassedFlags, isConstant: boolean): HowForced | null {
  if (!flags.may.includes('FOLL_FORCE')) return null;
  if (flags.must.includes('FOLL_FORCE')) {
    if (flags.must.includes('FOLL_WRITE')) return 'with-write';
    if (flags.may.includes('FOLL_WRITE') && flags.possible !== null) return 'maybe-write';
    if (!flags.may.includes('FOLL_WRITE') && isConstant) return 'without-write';
  }
  if (flags.must.includes('FOLL_WRITE')) return 'instead-of-write';
  if (!flags.may.includes('FOLL_WRITE')) return null;
  // Each way asks for one of the two: force is for those that only read.
  const isOneOfTwo = flags.possible?.every(set => set.includes('FOLL_FORCE') !== set.includes('FOLL_WRITE'));
  return isOneOfTwo === true ? 'without-write' : null;
}

/** Whether the kernel reads the page itself and gives it back, as uprobes does with code that may not be readable. */
function isReadOnTheSpot(file: FileAnalysis, site: CallSite): boolean {
  const calls = functionOf(file, site)?.cfg.elements() ?? [];
  const names = calls.flatMap(({ element }) =>
    element.kind === 'call' ? (calleeName(element.node) ?? []) : [],
  );
  const reads = names.some(name =>
    /(?:^|_)(?:copy_from_page|memcpy_from_page|copy_highpage)$|^kmap(?:_\w+)?$/.test(name),
  );
  return reads && names.some(name => PAGE_RELEASE_NAMES.has(name));
}

/** The calls of a wrapper of the file that force the buffer, where the wrapper passes on the flags that it is given. */
function forcedByCallers(
  { file, profile }: RuleContext,
  site: CallSite,
  argument: number,
): readonly Finding[] {
  const fn = functionOf(file, site);
  const flags = site.args[argument];
  if (fn === null || flags?.kind !== 'identifier' || !site.flags?.may.includes(`param:${flags.name}`))
    return [];
  const index = fn.ast.parameters.findIndex(({ name }) => name === flags.name);
  return callersOf(file, fn).flatMap(({ fn: caller, call }) => {
    const given = call.args[index];
    const value = given === undefined ? null : caller.flagsBefore(given, call, 'FOLL');
    const sets = value?.kind === 'sets' ? [...value.sets.values()].map(set => [...set]) : [];
    const may = [...new Set(sets.flat())];
    if (given === undefined || may.some(flag => flag.includes(':'))) return [];
    const must = may.filter(flag => sets.every(set => set.includes(flag)));
    const how = howForced({ may, must, possible: sets }, true);
    if (how === null || (how === 'instead-of-write' && !profile.switches.unshareAnyPage)) return [];
    return [
      {
        span: spanOf(given),
        message: messageFor(how, site.callee, profile.release, false),
        related: [{ span: site.span, message: `${fn.item.name}() passes it to ${site.callee}() here` }],
        confidence: 'medium' as const,
        fix: null,
      },
    ];
  });
}

/** Where functions of the file put FOLL_FORCE into the member that a call takes its flags from. */
function forcedInMember({ file, profile }: RuleContext, site: CallSite): readonly Finding[] {
  const member = site.flags?.may.flatMap(
    flag => /^(?:param|field):.*(?:->|\.)(\w+)$/.exec(flag)?.[1] ?? [],
  )[0];
  const { source } = file;
  if (member === undefined || !source.text.includes('FOLL_FORCE')) return [];
  const stores = source.functions.flatMap(({ name, body, alternative }) => {
    const text = source.text.slice(body.start, body.end);
    const isOne = alternative === null && text.includes(member) && text.includes('FOLL_');
    const fn = isOne ? file.functionNamed(name) : null;
    return fn === null ? [] : flagsPutInto(fn, member);
  });
  const writes = stores.some(({ flags }) => flags.has('FOLL_WRITE'));
  return stores.flatMap(({ flags, isWhole }) => {
    const forced = flags.get('FOLL_FORCE');
    if (forced === undefined) return [];
    const how = isWhole && flags.has('FOLL_WRITE') ? 'with-write' : writes ? 'maybe-write' : 'without-write';
    if (how === 'without-write' && isReadOnTheSpot(file, site)) return [];
    // Whether it is there with FOLL_WRITE only, for stable pages of a read-only buffer, cannot be told from here.
    if (how === 'maybe-write' && !profile.switches.unshareAnyPage) return [];
    return [
      {
        span: spanOf(forced),
        message: messageFor(how, site.callee, profile.release, false),
        related: [{ span: site.span, message: `\`${member}\` is passed to ${site.callee}() here` }],
        confidence: 'medium' as const,
        fix: null,
      },
    ];
  });
}

/** What one assignment puts into a member, by name; `isWhole`: it replaces what was there. */
interface FlagStore {
  readonly flags: ReadonlyMap<string, Expression>;
  readonly isWhole: boolean;
}

function flagsPutInto(fn: FunctionAnalysis, member: string): readonly FlagStore[] {
  return [...fn.cfg.elements()].flatMap(({ element }) => {
    if (element.kind !== 'assignment') return [];
    const { left, op, right } = element.node;
    if (left.kind !== 'member' || left.name !== member || (op !== '=' && op !== '|=')) return [];
    const flags = new Map<string, Expression>();
    walk(right, node => {
      if (node.kind === 'identifier' && /^FOLL_[A-Z]/.test(node.name)) flags.set(node.name, node);
    });
    return [{ flags, isWhole: op === '=' }];
  });
}

function messageFor(how: HowForced, callee: string, release: string, breaksCow: boolean): string {
  if (how === 'without-write') {
    return `FOLL_FORCE without FOLL_WRITE lets ${callee}() read what the mapping forbids to read: it is for debuggers, a buffer needs none of it`;
  }
  if (how === 'with-write') {
    return `FOLL_FORCE lets ${callee}() write to private pages that the task itself may only read: it is for debuggers, a buffer needs FOLL_WRITE alone`;
  }
  if (how === 'maybe-write') {
    return `FOLL_FORCE is passed to ${callee}() for reading and for writing: it gets past what the mapping forbids the task, which is for debuggers; a buffer needs FOLL_WRITE at most`;
  }
  return breaksCow
    ? `FOLL_FORCE with FOLL_WRITE makes ${callee}() break COW for a buffer that is only read; needed in Linux ${release}, not since 6.2, where a FOLL_LONGTERM read pin does so itself`
    : `FOLL_FORCE with FOLL_WRITE stands in for a read pin: in Linux ${release} ${callee}() with FOLL_LONGTERM alone breaks COW itself, and the buffer need not be forced`;
}

function isForDebuggers({ path }: RuleContext): boolean {
  return path !== undefined && DEBUGGERS.test(`/${path}`) && !/(^|\/)drivers\//.test(path);
}
