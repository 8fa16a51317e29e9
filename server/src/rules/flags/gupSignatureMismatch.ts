/** Calls that do not fit the functions of the release. */

import {
  FUNCTIONS,
  type FunctionFact,
  isOlder,
  nearestSignature,
  type ParameterFact,
  type Profile,
  parametersSince,
  releasesWith,
  type Signature,
  signatureIn,
  whereElse,
} from '../../../../kernel/src/index.js';
import type { CallSite, FileAnalysis } from '../../analysis/index.js';
import type { Expression } from '../../syntax/ast.js';
import {
  callTokens,
  functionsNamed,
  isForeignAt,
  possibleReleasesAt,
  type SourceFile,
} from '../../syntax/index.js';
import { defineRule, type Finding, type Fix, type RuleContext } from '../rule.js';

export const gupSignatureMismatch = defineRule({
  id: 'gup-signature-mismatch',
  severity: 'error',
  releases: [{ since: '4.8' }],
  summary: 'A call has the arguments of another kernel release, or the function is not in this one.',
  why:
    'The functions of mm/gup.c changed their parameters many times: `write` and `force` became flags in 4.9, the ' +
    'task went in 5.9, `vmas` went in 6.5, and functions came and went in between. A call in the form of another ' +
    'release does not compile, or, where the types happen to fit, passes one argument for another.',
  remedy:
    'Write the call as this release has it. Code for several releases needs a condition on LINUX_VERSION_CODE, or a ' +
    'wrapper of its own with one.',
  unreported:
    'Calls that every release knows, functions that the file or the headers of the tree declare otherwise, and branches for other releases.',
  examples: [
    {
      bad: `static long grab(unsigned long uaddr, struct page **pages)
{
	long got;

	mmap_read_lock(current->mm);
	got = get_user_pages(current, current->mm, uaddr, 1, FOLL_WRITE, pages, NULL);
	mmap_read_unlock(current->mm);
	return got;
}
`,
      good: `static long grab(unsigned long uaddr, struct page **pages)
{
	long got;

	mmap_read_lock(current->mm);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	got = get_user_pages(uaddr, 1, FOLL_WRITE, pages);
#else
	got = get_user_pages(uaddr, 1, FOLL_WRITE, pages, NULL);
#endif
	mmap_read_unlock(current->mm);
	return got;
}
`,
    },
  ],
  check(context) {
    if (context.assumed === true) return [];
    const findings: Finding[] = [];
    for (const site of context.file.sites) {
      const finding = site.kind === 'handler' ? null : findingOf(context, site);
      if (finding !== null) findings.push(finding);
    }
    for (const call of otherCalls(context.file)) {
      const finding = findingOf(context, call);
      if (finding !== null) findings.push(finding);
    }
    return findings;
  },
});

/** A call as this rule looks at it. */
type CheckedCall = Pick<CallSite, 'callee' | 'span' | 'args'>;

/** Functions that are no call sites and yet get pages: they came, went and changed like the others. */
const NO_SITES: ReadonlySet<string> = new Set(
  FUNCTIONS.flatMap(({ kind, acquires, name }) => (kind === 'other' && acquires !== 'none' ? [name] : [])),
);

/** Their calls in functions that could be read. */
function otherCalls(file: FileAnalysis): readonly CheckedCall[] {
  return callTokens(file.source, NO_SITES).flatMap(({ name, span, function: index }) => {
    const item = file.source.functions[index];
    const fn = item?.alternative === null ? file.functionNamed(item.name) : null;
    const call = fn?.callAt(span.start) ?? null;
    return call === null ? [] : [{ callee: name, span, args: call.args }];
  });
}

function findingOf({ file, profile, declared }: RuleContext, site: CheckedCall): Finding | null {
  const { source } = file;
  const fact = FUNCTIONS.find(candidate => candidate.name === site.callee);
  // A function that only mm/ or one file has is not the release's to promise.
  if (fact === undefined || fact.visibility !== 'public') return null;
  if (!isWholeCall(site) || mayFitElsewhere(source, fact, site)) return null;
  const here = signatureIn(fact, profile.release);
  if (here?.parameters.length === site.args.length) return null;
  const inTree = declared?.find(fn => fn.name === site.callee);
  if (inTree !== undefined && (here === null || inTree.parameters.includes(site.args.length))) return null;
  if (isOwn(file, site.callee)) return null;
  const message = here === null ? absent(fact, profile, site) : misfit(fact, here, profile, site);
  if (message === null) return null;
  return {
    span: { start: site.span.start, end: site.span.end },
    message,
    related: [],
    confidence: 'high',
    fix: here === null ? null : fixOf(here, fact, site, source.text),
  };
}

/**
 * Whether a call may be right for a kernel of which the conditions around it leave open which it is: by a macro of a
 * vendor or of a configure script.
 */
function mayFitElsewhere(source: SourceFile, fact: FunctionFact, site: CheckedCall): boolean {
  if (!isForeignAt(source, site.span.start)) return false;
  const releases = possibleReleasesAt(source, site.span.start);
  const fitting = releasesWith(fact, site.args.length);
  return releases === null || releases.some(release => fitting.includes(release));
}

/** Whether the arguments were read; a call without any may as well be one that was not parsed. */
function isWholeCall(site: CheckedCall): boolean {
  return site.args.length > 0 && site.args.every(argument => argument.kind !== 'unknown-expression');
}

/** Whether the file itself defines or declares a function or a macro of that name: its own form is what counts. */
function isOwn(file: FileAnalysis, name: string): boolean {
  const { text } = file.source;
  if (functionsNamed(file.source, name).length > 0) return true;
  if (new RegExp(`^[ \\t]*#[ \\t]*define[ \\t]+${name}\\b`, 'm').test(text)) return true;
  // A declaration begins a line with its type; a call that does so is indented or is assigned.
  return new RegExp(
    `^(?:extern|static|inline|long|int|unsigned|struct|void|vm_fault_t)\\b[^;={}()#]*\\b${name}[ \\t]*\\(`,
    'm',
  ).test(text);
}

/** The call has another number of arguments than the function. */
function misfit(fact: FunctionFact, here: Signature, profile: Profile, site: CheckedCall): string {
  const { name } = fact;
  const other = nearestSignature(fact, site.args.length, profile.release);
  const form = `the form that fits is ${formOf(name, here)}`;
  if (other === null) {
    const wanted = here.parameters.length;
    return `${name}() has ${wanted} ${wanted === 1 ? 'argument' : 'arguments'} in Linux ${profile.release}, not ${site.args.length}: ${form}`;
  }
  const gone = other.parameters.filter(parameter => !has(here, parameter));
  const come = here.parameters.filter(parameter => !has(other, parameter));
  const older = isOlder(other.since, here.since);
  const changes: string[] = [];
  if (gone.length > 0) {
    const when = older
      ? `since v${parametersSince(fact, here, now => !now.some(one => gone.some(lost => lost.name === one.name)))}`
      : `before v${other.since}`;
    changes.push(`has no ${list(gone)} ${when}`);
  }
  if (come.length > 0) {
    const when = older
      ? `since v${parametersSince(fact, here, now => come.every(one => now.some(own => own.name === one.name)))}`
      : `before v${other.since}`;
    changes.push(`has ${list(come)} ${when}`);
  }
  const what = changes.length > 0 ? changes.join(' and ') : 'takes its arguments otherwise';
  return `${name}() ${what}: ${form}`;
}

/** The release has no such function. */
function absent(fact: FunctionFact, profile: Profile, site: CheckedCall): string | null {
  const { goneSince, comesWith } = whereElse(fact, profile.release);
  if (goneSince !== null) {
    return `${fact.name}() is not in the kernel since v${goneSince}${insteadOf(fact, profile, site)}`;
  }
  return comesWith === null ? null : `${fact.name}() is not in the kernel before v${comesWith}`;
}

/** What the tables say took its place, where they do. */
function insteadOf(fact: FunctionFact, profile: Profile, site: CheckedCall): string {
  const named = [...profile.functions.values()].filter(fn => {
    return (
      fn.visibility === 'public' && fn.name !== site.callee && new RegExp(`\\b${fn.name}\\(`).test(fact.notes)
    );
  });
  const forms = named.map(fn => fn.signature);
  return forms.length === 0 ? '' : `: ${forms.length === 1 ? 'there is' : 'there are'} ${forms.join('; ')}`;
}

function has(signature: Signature, parameter: ParameterFact): boolean {
  return signature.parameters.some(own => own.name === parameter.name);
}

function list(parameters: readonly ParameterFact[]): string {
  const names = parameters.map(parameter => `\`${parameter.name}\``);
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

function formOf(name: string, signature: Signature): string {
  return `${name}(${signature.parameters.map(parameter => parameter.name).join(', ')})`;
}

/** A NULL for `vmas` at the end goes with the parameter; nothing else of a call is certain to be meant so. */
function fixOf(here: Signature, fact: FunctionFact, site: CheckedCall, text: string): Fix | null {
  const last = site.args.at(-1);
  const before = site.args.at(-2);
  if (last === undefined || before === undefined || !isNull(last)) return null;
  const rest = here.parameters.map(parameter => parameter.name).join();
  const other = fact.signatures.find(({ parameters }) => {
    const names = parameters.map(parameter => parameter.name);
    return parameters.length === site.args.length && names.pop() === 'vmas' && names.join() === rest;
  });
  if (other === undefined) return null;
  // A parenthesis or a comment between the two would lose its partner or its meaning.
  if (!/^\s*,\s*$/.test(text.slice(before.end, last.start))) return null;
  return {
    title: 'Remove the NULL for vmas',
    edits: [{ span: { start: before.end, end: last.end }, newText: '' }],
  };
}

function isNull(expression: Expression): boolean {
  return expression.kind === 'identifier' && expression.name === 'NULL';
}
