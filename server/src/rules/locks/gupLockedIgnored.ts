/** `*locked` is not looked at: the lock that the callee dropped is released again. */

import { siteFunction } from '../../../../kernel/src/index.js';
import { calleeName, type FunctionAnalysis, FunctionResult } from '../../analysis/index.js';
import type { Call } from '../../syntax/ast.js';
import { guarded, lvalueAsWritten } from '../fixes.js';
import { defineRule, type Finding, type Fix } from '../rule.js';
import { MMAP_UNLOCKS, releasesWithoutLock } from './lockBalance.js';

export const gupLockedIgnored = defineRule({
  id: 'gup-locked-ignored',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A release of mmap_lock without a look at the `locked` that the call was given.',
  why:
    'A call that is given `locked` may drop mmap_lock to wait for a page, and says so by setting it to 0. A caller that ' +
    'releases the lock anyway releases it twice; the lock then lets writers in beside a reader.',
  remedy:
    'Set locked to 1 before the call, and release the lock only `if (locked)`. Where the lock has to be kept pass NULL.',
  examples: [
    {
      release: '6.12',
      bad: `static long peek(struct mm_struct *mm, unsigned long address, struct page **page)
{
	int locked = 1;
	long got;

	mmap_read_lock(mm);
	got = get_user_pages_remote(mm, address, 1, FOLL_WRITE, page, &locked);
	mmap_read_unlock(mm);
	return got;
}
`,
      good: `static long peek(struct mm_struct *mm, unsigned long address, struct page **page)
{
	int locked = 1;
	long got;

	mmap_read_lock(mm);
	got = get_user_pages_remote(mm, address, 1, FOLL_WRITE, page, &locked);
	if (locked)
		mmap_read_unlock(mm);
	return got;
}
`,
    },
  ],
  related: ['mmap-lock-unbalanced', 'gup-mmap-lock-missing'],
  check({ file }) {
    return file.functions.flatMap(fn => kept.of(fn, () => findingsIn(fn)));
  },
});

const kept = new FunctionResult<readonly Finding[]>();

function findingsIn(fn: FunctionAnalysis): readonly Finding[] {
  return releasesWithoutLock(fn, MMAP_UNLOCKS).flatMap(({ call, dropped }) => {
    const by = calleeName(dropped) ?? '';
    if (siteFunction(fn.profile, by)?.lock.after !== 'depends-on-locked') return [];
    return [
      {
        span: { start: call.callee.start, end: call.callee.end },
        message: `${by}() may have dropped mmap_lock, as its \`locked\` argument tells, and it is released here all the same`,
        related: [
          {
            span: { start: dropped.callee.start, end: dropped.callee.end },
            message: 'may drop the lock and set *locked to 0',
          },
        ],
        confidence: 'high' as const,
        fix: fixOf(fn, call, dropped),
      },
    ];
  });
}

/** What `locked` says is asked before the release. */
function fixOf(fn: FunctionAnalysis, release: Call, dropped: Call): Fix | null {
  const index = siteFunction(fn.profile, calleeName(dropped) ?? '')?.argument('locked') ?? -1;
  const given = dropped.args[index];
  if (given?.kind === 'identifier') return guarded(fn, release, `*${given.name}`);
  const variable = given?.kind === 'unary' && given.op === '&' ? lvalueAsWritten(fn, given.operand) : null;
  return variable === null ? null : guarded(fn, release, variable);
}
