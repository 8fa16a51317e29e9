/** Flags that only mm/ may pass, and those that the function refuses. */

import {
  type Profile,
  type Refusal,
  type ResolvedFunction,
  siteFunction,
} from '../../../../kernel/src/index.js';
import type { CallSite, FileAnalysis } from '../../analysis/index.js';
import type { Expression } from '../../syntax/ast.js';
import { isStatic, spanOf } from '../../syntax/index.js';
import { defineRule, type Finding, type Fix, type RuleContext } from '../rule.js';
import { functionOf, whereWritten } from './flagLeaves.js';

export const gupInternalFlag = defineRule({
  id: 'gup-internal-flag',
  severity: 'error',
  releases: [{ since: '4.9' }],
  summary:
    'A caller outside mm/ passes a FOLL_ flag that only mm/ may pass, or that the function always refuses.',
  why:
    'Some FOLL_ flags say how the functions of mm/gup.c call each other: which kind of count to take, whether the ' +
    'lock may be dropped, whether to sleep at all. The wrappers set them. A caller that passes one is refused, with ' +
    'a warning in the log, or gets a count that it does not know how to give back. FOLL_GET is refused by functions that pin, and ' +
    'the *_fast() functions since v5.3 by a mask of what they can do without the lock.',
  remedy:
    'Leave the flag out. For a pin call pin_user_pages*() instead of passing FOLL_PIN; for another process call ' +
    'the *_remote() function; to avoid sleeping call the *_fast_only() function; to let the lock be dropped pass ' +
    'a pointer to `locked`. What a *_fast() function refuses the *_unlocked() function may take.',
  unreported: 'The code of mm/ itself, a flag that is only asked for, and flags of a parameter.',
  examples: [
    {
      bad: `static long peek(unsigned long uaddr, struct page **pages, int nr)
{
	return get_user_pages_fast(uaddr, nr, FOLL_PIN | FOLL_WRITE, pages);
}
`,
      good: `static long peek(unsigned long uaddr, struct page **pages, int nr)
{
	return pin_user_pages_fast(uaddr, nr, FOLL_WRITE, pages);
}
`,
    },
  ],
  related: ['gup-pin-put-mismatch', 'Documentation/core-api/pin_user_pages.rst'],
  check(context) {
    if (isOfMm(context)) return [];
    const { file, profile } = context;
    const findings: Finding[] = [];
    for (const site of file.sites) {
      if (site.flags === null || site.flags.namespace !== 'FOLL') continue;
      const fn = siteFunction(profile, site.callee);
      // Functions that only mm/ can call are the business of mm/.
      if (fn === null || fn.visibility !== 'public' || isInFamily(file, site, profile)) continue;
      for (const flag of site.flags.may) {
        const known = profile.flags.get(flag);
        if (known?.internal === true || (known !== undefined && refusalOf(fn, flag) !== null))
          findings.push(findingOf(site, fn, flag, profile, file));
      }
    }
    return findings;
  },
});

/** The kernel's own mm/: by its path, or by the header that only mm/ has. */
function isOfMm({ path, file }: RuleContext): boolean {
  if (path !== undefined && /(^|\/)mm\/[^/]+$/.test(path) && !/(^|\/)arch\/[^/]+\/mm\/[^/]+$/.test(path))
    return true;
  return /^[ \t]*#[ \t]*include[ \t]*"(\.\.\/)*(mm\/)?internal\.h"/m.test(file.source.text);
}

/** Whether the function around a call is one of the family itself: pin_user_pages_unlocked() adds FOLL_PIN, wherever it is read. */
function isInFamily(file: FileAnalysis, site: CallSite, profile: Profile): boolean {
  const around = functionOf(file, site)?.item;
  return (
    around !== undefined &&
    profile.functions.get(around.name)?.kind === 'gup' &&
    !isStatic(file.source, around)
  );
}

/** What the callee does about a flag, whatever else it is given; of FOLL_LONGTERM another rule speaks. */
function refusalOf(fn: ResolvedFunction, flag: string): Refusal | null {
  if (flag === 'FOLL_LONGTERM') return null;
  const refused = fn.refuses.find(({ flags, outside, when }) => {
    return when === undefined && (flags?.includes(flag) === true || outside?.includes(flag) === false);
  });
  return refused ?? null;
}

function findingOf(
  site: CallSite,
  fn: ResolvedFunction,
  flag: string,
  profile: Profile,
  file: FileAnalysis,
): Finding {
  const always = site.flags?.must.includes(flag) === true;
  const origins = site.flags?.origins.get(flag) ?? [];
  const span = origins[0] === undefined ? site.span : whereWritten(file, flag, origins[0]);
  const elsewhere = span.start < site.callSpan.start || span.end > site.callSpan.end;
  const only = profile.flags.get(flag)?.internal === true ? 'for mm/ only' : `not for ${fn.name}()`;
  return {
    span: { start: span.start, end: span.end },
    message: `${flag} is ${only}${always ? '' : ', and some paths pass it'}: ${consequence(fn, flag, profile)}`,
    related: elsewhere ? [{ span: site.span, message: `passed to ${site.callee}() here` }] : [],
    confidence: always ? 'high' : 'medium',
    fix: fixOf(site, fn, flag, file.source.text),
    ...(always ? {} : { severity: 'warning' as const }),
  };
}

/** What the callee does with the flag in this release. */
function consequence(fn: ResolvedFunction, flag: string, profile: Profile): string {
  const refusal = refusalOf(fn, flag) ?? fn.refuses.find(entry => entry.flags?.includes(flag) === true);
  if (refusal !== undefined) {
    const returns = refusal.returns === null ? '' : ` and returns ${refusal.returns}`;
    return `in Linux ${profile.release} ${fn.name}() refuses it (${refusal.how})${returns}`;
  }
  if (fn.adds.some(added => added.flags.includes(flag) && added.when === undefined)) {
    return `in Linux ${profile.release} ${fn.name}() sets it itself`;
  }
  return `in Linux ${profile.release} nothing checks it in ${fn.name}(), and what it does there is not for callers`;
}

/** Where the flag is written in the call and taking it out is certainly right. */
function fixOf(site: CallSite, fn: ResolvedFunction, flag: string, text: string): Fix | null {
  // Without FOLL_PIN the call would take references where the author wants pins: which one is meant can't be told.
  const implied = fn.adds.some(added => added.flags.includes(flag) && added.when === undefined);
  if (flag === 'FOLL_PIN' && !implied) return null;
  const argument = site.args[fn.argument('flags')];
  if (argument === undefined) return null;
  const edit = withoutFlag(argument, flag);
  // A parenthesis inside would lose its partner.
  if (edit === null || /[()]/.test(text.slice(edit.span.start, edit.span.end))) return null;
  return { title: `Remove ${flag}`, edits: [edit] };
}

/** The edit that takes one operand out of a chain of `|`; null unless the flag is there exactly once. */
function withoutFlag(argument: Expression, flag: string): Fix['edits'][number] | null {
  if (argument.kind === 'identifier') {
    return argument.name === flag ? { span: spanOf(argument), newText: '0' } : null;
  }
  if (argument.kind !== 'binary' || argument.op !== '|') return null;
  if (isFlag(argument.right, flag)) {
    return { span: { start: argument.left.end, end: argument.right.end }, newText: '' };
  }
  if (isFlag(argument.left, flag)) {
    return { span: { start: argument.left.start, end: argument.right.start }, newText: '' };
  }
  return withoutFlag(argument.left, flag) ?? withoutFlag(argument.right, flag);
}

function isFlag(expression: Expression, flag: string): boolean {
  return expression.kind === 'identifier' && expression.name === flag;
}
