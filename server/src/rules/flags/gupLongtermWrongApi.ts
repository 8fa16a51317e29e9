/** FOLL_LONGTERM in a call that refuses it in this release. */

import { type ResolvedFunction, siteFunction } from '../../../../kernel/src/index.js';
import type { CallSite, FileAnalysis } from '../../analysis/index.js';
import { type Span, spanOf } from '../../syntax/index.js';
import { callersOf } from '../callers.js';
import { defineRule, type Finding } from '../rule.js';
import { functionOf } from './flagLeaves.js';

export const gupLongtermWrongApi = defineRule({
  id: 'gup-longterm-wrong-api',
  severity: 'error',
  releases: [{ since: '5.2' }],
  summary:
    'FOLL_LONGTERM is passed to a function, or with a `locked` pointer, that refuses it in this release.',
  why:
    'A long-term pin has to be a pin: get_user_pages() and its like take FOLL_LONGTERM only up to v5.9, and refuse it afterwards. The *_unlocked() ' +
    'functions and a `locked` pointer could not have it until v6.1, because pages were migrated without dropping the ' +
    'lock in between. The call warns once and returns -EINVAL, every time.',
  remedy:
    'Call a pin_user_pages*() function and give the pages back with unpin_user_pages*(). For releases up to v6.1 take mmap_lock yourself and ' +
    'pass NULL for `locked`, or call pin_user_pages_fast().',
  unreported: 'What the release accepts: FOLL_LONGTERM was refused by other functions in each.',
  examples: [
    {
      release: '6.12',
      bad: `static int hold(unsigned long uaddr, int n, struct page **pages)
{
	return get_user_pages_fast(uaddr, n, FOLL_WRITE | FOLL_LONGTERM, pages);
}
`,
      good: `static int hold(unsigned long uaddr, int n, struct page **pages)
{
	return pin_user_pages_fast(uaddr, n, FOLL_WRITE | FOLL_LONGTERM, pages);
}
`,
    },
  ],
  related: ['gup-internal-flag', 'gup-signature-mismatch'],
  check({ file, profile }) {
    const findings: Finding[] = [];
    for (const site of file.sites) {
      const fn = siteFunction(profile, site.callee);
      if (fn === null || site.flags === null) continue;
      const given = site.flags.may.includes('FOLL_LONGTERM');
      const caller = given ? null : callerWith(file, site);
      if (!given && caller === null) continue;
      const refusal = fn.refuses.find(entry => refusesLongterm(entry, site, fn));
      if (refusal === undefined) continue;
      const always = site.flags.must.includes('FOLL_LONGTERM');
      const returns = refusal.returns === null ? '' : ` and returns ${refusal.returns}`;
      const origin = caller ?? site.flags.origins.get('FOLL_LONGTERM')?.[0] ?? site.span;
      const elsewhere = origin.start < site.callSpan.start || origin.end > site.callSpan.end;
      findings.push({
        span: { start: site.span.start, end: site.span.end },
        message: `${site.callee}() refuses ${refusal.condition} in Linux ${profile.release} (${refusal.how})${returns}${always ? '' : ', where this path passes it'}`,
        related: elsewhere
          ? [
              {
                span: { start: origin.start, end: origin.end },
                message: `FOLL_LONGTERM is ${caller === null ? 'put into the flags' : 'passed by a caller'} here`,
              },
            ]
          : [],
        confidence: always ? 'high' : 'medium',
        fix: null,
        ...(always ? {} : { severity: 'warning' as const }),
      });
    }
    return findings;
  },
});

/** The call by which a function of the file passes FOLL_LONGTERM for the parameter that has the flags of a site; null: none does. */
function callerWith(file: FileAnalysis, site: CallSite): Span | null {
  const name = /^param:(\w+)$/.exec(site.flags?.may.find(flag => flag.includes(':')) ?? '')?.[1];
  const fn = name === undefined ? null : functionOf(file, site);
  if (fn === null) return null;
  const index = fn.ast.parameters.findIndex(parameter => parameter.name === name);
  for (const { fn: caller, call } of callersOf(file, fn)) {
    const argument = call.args[index];
    const value = argument === undefined ? null : caller.flagsBefore(argument, call, 'FOLL');
    const sets = value?.kind === 'sets' ? [...value.sets.values()] : [];
    if (argument !== undefined && sets.length > 0 && sets.every(set => set.includes('FOLL_LONGTERM')))
      return spanOf(argument);
  }
  return null;
}

function refusesLongterm(
  refusal: ResolvedFunction['refuses'][number],
  site: CallSite,
  fn: ResolvedFunction,
): boolean {
  if (refusal.flags?.includes('FOLL_LONGTERM') !== true) return false;
  if (refusal.when === undefined)
    return refusal.condition !== 'FOLL_LONGTERM without FOLL_PIN' || fn.acquires !== 'pin';
  return refusal.when === 'locked-given' && givesLocked(site);
}

/** A pointer that is written as one; anything else may be NULL. */
function givesLocked(site: CallSite): boolean {
  return site.locked !== null && /^&/.test(site.locked.text.trim());
}
