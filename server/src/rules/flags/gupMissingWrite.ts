/** Pages that are written to, got without FOLL_WRITE. */

import { siteFunction } from '../../../../kernel/src/index.js';
import type { CallSite, FileAnalysis, FunctionAnalysis } from '../../analysis/index.js';
import {
  calleeName,
  constantTruth,
  lvalueText,
  valueExpression,
  variableName,
} from '../../analysis/index.js';
import { type Call, type Expression, spanOf } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
import { callersOf } from '../callers.js';
import { pageRoot } from '../pageWrites.js';
import { defineRule, type Finding } from '../rule.js';
import { tracedReleases } from '../tracedReleases.js';
import { type Choice, oneOfInto, writesBy } from '../writeChoice.js';
import { functionOf } from './flagLeaves.js';
import {
  alternativesOf,
  FROM_DEVICE,
  isExcluded,
  isForReading,
  type Known,
  knownWhere,
  TO_DEVICE,
  variablesOf,
} from './writeDirection.js';
import { type Evidence, MARKS_DIRTY, writtenIn, writtenThroughMember } from './writtenAfter.js';

const DIRTY_RELEASE = /_dirty_lock$/;
/** A name that says whether pages are written to. */
const SAYS_WRITE = /(?:^|_)(?:writ\w*|rw|to_user|from_device)(?:_|$)/i;

const SAID_OF_PAGES = /(?:^|_)(?:writ\w*|to_user|from_device)$/i;

export const gupMissingWrite = defineRule({
  id: 'gup-missing-write',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'Pages are got for reading where they are written to or marked dirty afterwards.',
  why:
    'Without FOLL_WRITE nobody checks that the task may write to the mapping, and a page shared after fork() or with ' +
    'the page cache is not copied first: the write reaches the zero page, other processes, or a file that the task may ' +
    'only read. What the task itself sees may be another page.',
  remedy:
    'Pass FOLL_WRITE where the pages are written to, by the kernel or by a device. Up to v4.8 the integer `write` comes ' +
    'before `force`. A device writes for DMA_FROM_DEVICE, and a request for READ. If nobody writes, do not mark the pages dirty.',
  unreported:
    'Flags of the caller, a variable that has another page by then, and a write to what may be another page.',
  examples: [
    {
      release: '6.12',
      bad: `static int stamp(unsigned long uaddr, const void *data, size_t len)
{
	struct page *page;

	if (get_user_pages_fast(uaddr, 1, 0, &page) != 1)
		return -EFAULT;
	memcpy_to_page(page, offset_in_page(uaddr), data, len);
	set_page_dirty_lock(page);
	put_page(page);
	return 0;
}
`,
      good: `static int stamp(unsigned long uaddr, const void *data, size_t len)
{
	struct page *page;

	if (get_user_pages_fast(uaddr, 1, FOLL_WRITE, &page) != 1)
		return -EFAULT;
	memcpy_to_page(page, offset_in_page(uaddr), data, len);
	set_page_dirty_lock(page);
	put_page(page);
	return 0;
}
`,
    },
  ],
  related: ['gup-missing-dirty', 'gup-write-param-ignored', 'gup-flag-type'],
  check({ file, profile }) {
    const findings: Finding[] = [];
    const readOnly = new Map<number, CallSite>();
    for (const site of file.sites) {
      const callee = siteFunction(profile, site.callee);
      if (callee === null || callee.kind !== 'gup' || callee.acquires === 'none' || !isReadOnly(site))
        continue;
      readOnly.set(site.span.start, site);
      const swapped = swappedForce(site, callee.argument('write'), callee.argument('force'));
      if (swapped !== null) findings.push(findingOf(site, swapped));
    }
    findings.push(...wrongWayRound(file));
    if (readOnly.size === 0) return findings;
    for (const { release, fn, sites, elsewhere } of tracedReleases(file)) {
      const [site] = sites;
      // What another file got may be what is dirty.
      if (site === undefined || elsewhere.length > 0) continue;
      if (!sites.every(got => readOnly.has(got.span.start))) continue;
      const holder = file.functionNamed(fn.name);
      const dirties = holder === null ? [] : dirtyChoices(holder, release.call, release.callee);
      const chosen = dirties.find(({ choice }) => saysWritten(choice))?.call;
      const call = marksDirty(release.call, release.callee) ? release.call : chosen;
      if (call === undefined) continue;
      const message = `${calleeName(call) ?? ''}() marks the pages dirty`;
      findings.push(findingOf(site, { span: spanOf(call.callee), message }));
    }
    for (const site of readOnly.values()) {
      const fn = functionOf(file, site);
      const evidence =
        fn === null
          ? null
          : (writtenIn(file, fn, site, siteFunction(profile, site.callee)?.argument('pages') ?? -1) ??
            writtenThroughMember(file, fn, site, readOnly));
      if (evidence !== null) findings.push(findingOf(site, evidence));
    }
    return findings;
  },
});

/** Calls that ask for FOLL_WRITE where the pages are only read, and do not where they are written to. */
function wrongWayRound(file: FileAnalysis): readonly Finding[] {
  const findings = new Map<CallSite, Finding>();
  const chosen = new Map<CallSite, { readonly fn: FunctionAnalysis; readonly choices: readonly Choice[] }>();
  for (const site of file.sites) {
    const fn = site.kind === 'gup' ? functionOf(file, site) : null;
    const choices = fn === null ? [] : choicesOf(file, fn, site);
    const [first] = choices;
    if (fn === null || first === undefined) continue;
    chosen.set(site, { fn, choices });
    if (!choices.every(choice => isForReading(fn, choice))) continue;
    const message = 'this is for a transfer that only reads them';
    findings.set(site, wrongFinding(site, { span: spanOf(first.condition), message }));
  }
  if (chosen.size === 0) return [];
  for (const traced of tracedReleases(file)) {
    const { sites, elsewhere, release, fn } = traced;
    const holder = file.functionNamed(fn.name);
    if (holder === null || elsewhere.length > 0 || !sites.every(site => chosen.has(site))) continue;
    for (const { call, choice } of dirtyChoices(holder, release.call, release.callee)) {
      const known = knownWhere(choice);
      for (const site of sites) {
        const got = chosen.get(site);
        if (got === undefined || findings.has(site) || !sameVariables(file, known, holder, got.fn)) continue;
        if (!got.choices.every(one => isExcluded(got.fn, one, known))) continue;
        const message = `${calleeName(call) ?? ''}() marks the pages dirty just where they were not`;
        findings.set(site, wrongFinding(site, { span: spanOf(call.callee), message }));
      }
    }
  }
  for (const [site, { fn, choices }] of chosen) {
    const pages = site.args[siteFunction(file.profile, site.callee)?.argument('pages') ?? -1];
    const root = pages === undefined ? null : pageRoot(pages);
    if (findings.has(site) || root === null) continue;
    for (const { call, choice } of dirtiedBy(fn, root)) {
      const known = knownWhere(choice);
      if (call.start < site.callSpan.end || !choices.every(one => isExcluded(fn, one, known))) continue;
      const message = `${calleeName(call) ?? ''}() marks the pages dirty just where they were not`;
      findings.set(site, wrongFinding(site, { span: spanOf(call.callee), message }));
    }
  }
  return [...findings.values()];
}

/** All that a call hangs on for FOLL_WRITE; none if it asks always, never, or by what is not known. */
function choicesOf(file: FileAnalysis, fn: FunctionAnalysis, site: CallSite): readonly Choice[] {
  const write = site.args[siteFunction(file.profile, site.callee)?.argument('write') ?? -1];
  if (write !== undefined) return constantTruth(write) === null ? [{ condition: write, truth: true }] : [];
  const { flags } = site;
  if (flags?.namespace !== 'FOLL' || flags.possible === null || flags.may.some(flag => flag.includes(':'))) {
    return [];
  }
  if (!flags.may.includes('FOLL_WRITE') || flags.must.includes('FOLL_WRITE')) return [];
  const choices = writesBy(fn, site);
  return choices.flatMap(choice => (choices.includes(null) ? [] : (choice ?? [])));
}

/** Where a function marks the pages of a release dirty by a choice: the release itself, or a call before it. */
function dirtyChoices(
  holder: FunctionAnalysis,
  release: Call,
  callee: string,
): readonly { readonly call: Call; readonly choice: Choice }[] {
  const [page, , dirty] = release.args;
  if (DIRTY_RELEASE.test(callee)) {
    return (dirty === undefined ? [] : whereTrue(holder, dirty)).map(choice => ({ call: release, choice }));
  }
  const root = page === undefined ? null : pageRoot(page);
  return root === null ? [] : dirtiedBy(holder, root);
}

/** The calls of a function that mark the pages of a place dirty by a choice. */
function dirtiedBy(
  holder: FunctionAnalysis,
  root: string,
): readonly { readonly call: Call; readonly choice: Choice }[] {
  if (!holder.complete) return [];
  return [...holder.cfg.elements()].flatMap(({ element, at }) => {
    if (element.kind !== 'call' || !MARKS_DIRTY.test(calleeName(element.node) ?? '')) return [];
    const [marked] = element.node.args;
    if (marked === undefined || pageRoot(marked) !== root) return [];
    return oneOfInto(holder, at.block).map(choice => ({ call: element.node, choice }));
  });
}

/** The choices of which each makes an argument true: its own, or that by which a variable gets `true`. */
function whereTrue(fn: FunctionAnalysis, argument: Expression): readonly Choice[] {
  const name = variableName(argument);
  const values = name === null ? [] : assignedTo(fn, name);
  if (values.length < 2) return alternativesOf({ condition: values[0] ?? argument, truth: true });
  return [...fn.cfg.elements()].flatMap(({ element, at }) => {
    if (element.kind !== 'assignment' || lvalueText(element.node.left) !== name) return [];
    return constantTruth(element.node.right) === true ? oneOfInto(fn, at.block) : [];
  });
}

/** Whether the parameters that something is known of are the same in two functions: one gives its own to the other. */
function sameVariables(
  file: FileAnalysis,
  known: Known,
  holder: FunctionAnalysis,
  getter: FunctionAnalysis,
): boolean {
  if (holder.item.name === getter.item.name) return true;
  return variablesOf(known, getter).every(name => {
    // A constant that both compare with says the same to both.
    if (known.get(name)?.constant != null) return true;
    const index = getter.ast.parameters.findIndex(parameter => parameter.name === name);
    return callersOf(file, getter).some(({ fn, call }) => {
      const argument = call.args[index];
      return fn.item.name === holder.item.name && argument !== undefined && variableName(argument) === name;
    });
  });
}

function wrongFinding(site: CallSite, evidence: Evidence): Finding {
  return {
    span: { start: site.span.start, end: site.span.end },
    message: `${site.callee}() asks for pages to write to the wrong way round: ${evidence.message}`,
    related: [evidence],
    confidence: 'medium',
    fix: null,
  };
}

/** FOLL_WRITE is in no set that can reach the call. */
function isReadOnly({ flags }: CallSite): boolean {
  if (flags?.namespace !== 'FOLL' || flags.possible === null || flags.possible.length === 0) return false;
  return !flags.possible.flat().some(flag => flag === 'FOLL_WRITE' || flag.includes(':'));
}

/** Up to v4.8: `write` is a constant 0, and what says whether to write stands where `force` is. */
function swappedForce(site: CallSite, write: number, force: number): Evidence | null {
  const first = site.args[write];
  const second = site.args[force];
  if (write < 0 || first === undefined || second === undefined) return null;
  const value = valueExpression(second);
  const name = value.kind === 'identifier' ? value.name : value.kind === 'member' ? value.name : '';
  if (!SAYS_WRITE.test(name)) return null;
  return {
    span: { start: second.start, end: second.end },
    message: `${name} is passed as \`force\`, behind a \`write\` of 0`,
  };
}

/** Whether a choice is one for writing to the pages, by its name or by the direction of a transfer. */
function saysWritten({ condition, truth }: Choice): boolean {
  const value = valueExpression(condition);
  if (value.kind === 'identifier' || value.kind === 'member') return truth && SAID_OF_PAGES.test(value.name);
  if (value.kind !== 'binary' || (value.op !== '==' && value.op !== '!=')) return false;
  const sides = [value.left, value.right].map(side => variableName(side) ?? '');
  const equal = truth === (value.op === '==');
  // What is not only read may be written to.
  return equal ? sides.some(name => FROM_DEVICE.test(name)) : sides.some(name => TO_DEVICE.test(name));
}

function marksDirty({ args }: Call, callee: string): boolean {
  const [, , dirty] = args;
  return DIRTY_RELEASE.test(callee) && dirty !== undefined && constantTruth(valueExpression(dirty)) === true;
}

function findingOf(site: CallSite, evidence: Evidence): Finding {
  return {
    span: { start: site.span.start, end: site.span.end },
    message: `${site.callee}() gets the pages without ${site.flags?.text.includes(',') ? '`write`' : 'FOLL_WRITE'}, and they are written to: ${evidence.message}`,
    related: [evidence],
    confidence: 'medium',
    fix: null,
  };
}
