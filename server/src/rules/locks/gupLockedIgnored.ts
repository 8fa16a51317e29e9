/** `*locked` is not looked at: the lock that the callee dropped is released again. */

import { siteFunction } from '../../../../kernel/src/index.js';
import {
  calleeName,
  type Facts,
  type FunctionAnalysis,
  FunctionResult,
  lockedVariable,
  NON_ZERO,
  signFact,
  solveTagged,
  withFact,
  ZERO,
} from '../../analysis/index.js';
import type { Call } from '../../syntax/ast.js';
import { spanOf } from '../../syntax/index.js';
import { guarded, lvalueAsWritten } from '../fixes.js';
import { isNeverRead } from '../neverRead.js';
import { defineRule, type Finding, type Fix } from '../rule.js';
import { leadsTo } from '../waysBetween.js';
import { releasesIn, releasesWithoutLock } from './lockBalance.js';
import { MMAP_UNLOCKS } from './lockNames.js';

export const gupLockedIgnored = defineRule({
  id: 'gup-locked-ignored',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A release of mmap_lock, or another call, without a look at the `locked` that a call was given.',
  why:
    'A call that is given `locked` may drop mmap_lock to wait for a page, and says so by setting it to 0. A caller that ' +
    'releases the lock anyway releases it twice; the lock then lets writers in beside a reader.',
  remedy:
    'Set locked to 1 before the call, and release the lock only `if (locked)`. Where the lock has to be kept pass NULL.',
  unreported:
    'NULL for `locked`, a pointer that the caller gave, a lock that is taken again, and a loop that sets the variable each time.',
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
  return [...releasedAnyway(fn), ...calledAgain(fn)];
}

function releasedAnyway(fn: FunctionAnalysis): readonly Finding[] {
  const known = releasesWithoutLock(fn, MMAP_UNLOCKS).flatMap(({ call, dropped }) =>
    siteFunction(fn.profile, calleeName(dropped) ?? '')?.lock.after === 'depends-on-locked'
      ? [{ call, dropped }]
      : [],
  );
  const unread = releasesBehindUnread(fn).filter(({ call }) => !known.some(one => one.call === call));
  return [...known, ...unread].map(({ call, dropped }) => ({
    span: spanOf(call.callee),
    message: `${calleeName(dropped)}() may have dropped mmap_lock, as its \`locked\` argument tells, and it is released here all the same`,
    related: [{ span: spanOf(dropped.callee), message: 'may drop the lock and set *locked to 0' }],
    confidence: 'high' as const,
    fix: fixOf(fn, call, dropped),
  }));
}

/** Releases behind a call whose `locked` nobody ever reads: even where the mm has another name it is the lock that is meant. */
function releasesBehindUnread(
  fn: FunctionAnalysis,
): readonly { readonly call: Call; readonly dropped: Call }[] {
  if (!fn.complete || fn.lockedMms.size !== 1) return [];
  const calls = fn.cfg.elements().flatMap(({ element }) => (element.kind === 'call' ? [element.node] : []));
  return calls.flatMap(dropped => {
    const callee = siteFunction(fn.profile, calleeName(dropped) ?? '');
    if (callee?.visibility !== 'public' || callee.lock.after !== 'depends-on-locked') return [];
    const variable = lockedVariable(dropped.args[callee.argument('locked')]);
    if (variable === null || !isNeverRead(fn, variable) || !fn.mayDropLock(dropped)) return [];
    const release = releasesIn(fn, MMAP_UNLOCKS).find(({ call }) => isBehind(fn, call, dropped));
    return release === undefined ? [] : [{ call: release.call, dropped }];
  });
}

/** Whether some way leads from one call to another. */
function isBehind({ cfg }: FunctionAnalysis, call: Call, first: Call): boolean {
  const [from, to] = [cfg.positionOf(first), cfg.positionOf(call)];
  return from !== null && to !== null && leadsTo(cfg, from, to);
}

/** What `locked` says is asked before the release. */
function fixOf(fn: FunctionAnalysis, release: Call, dropped: Call): Fix | null {
  const index = siteFunction(fn.profile, calleeName(dropped) ?? '')?.argument('locked') ?? -1;
  const given = dropped.args[index];
  if (given?.kind === 'identifier') return guarded(fn, release, `*${given.name}`);
  const variable = given?.kind === 'unary' && given.op === '&' ? lvalueAsWritten(fn, given.operand) : null;
  return variable === null ? null : guarded(fn, release, variable);
}

/**
 * Calls with *locked 0: who is outside of mm/ has to set it to 1 and hold the lock (mm/gup.c: `BUG_ON(*locked != 1)`, since 6.3
 * a warning in is_valid_gup_args()).
 */
function calledAgain(fn: FunctionAnalysis): readonly Finding[] {
  if (!fn.complete) return [];
  const given = fn.cfg.elements().flatMap(({ element }) => {
    const variable = element.kind === 'call' ? variableGiven(fn, element.node) : null;
    return element.kind === 'call' && variable !== null ? [{ call: element.node, variable }] : [];
  });
  const again = given.filter(({ call, variable }) =>
    given.some(first => first.variable === variable && isBehind(fn, call, first.call)),
  );
  return [...new Set(again.map(({ variable }) => variable))].flatMap(variable => {
    const gone = droppedBefore(
      fn,
      variable,
      given.filter(one => one.variable === variable).map(({ call }) => call),
    );
    return again.flatMap(({ call }): Finding[] => {
      const dropped = gone(call);
      if (dropped === null) return [];
      const [name, by] = [calleeName(call) ?? '', calleeName(dropped) ?? ''];
      const before = dropped === call ? 'the time before' : `by ${by}() before`;
      return [
        {
          span: spanOf(call.callee),
          message: `${name}() is called with *locked 0 where the lock was dropped ${before}: hold it, and set it to 1 first`,
          related: [{ span: spanOf(dropped.callee), message: 'may drop the lock and set *locked to 0' }],
          confidence: 'high',
          fix: null,
        },
      ];
    });
  });
}

/** The variable that a call tells by what became of the lock; null: it does not, or is given none. */
function variableGiven(fn: FunctionAnalysis, call: Call): string | null {
  const callee = siteFunction(fn.profile, calleeName(call) ?? '');
  if (callee?.visibility !== 'public' || callee.lock.after !== 'depends-on-locked') return null;
  const variable = lockedVariable(call.args[callee.argument('locked')]);
  // Through a pointer the caller may have set it to 1 or not.
  return variable !== null && /^\w+$/.test(variable) && variable !== 'NULL' ? variable : null;
}

/** Answers of a call which other call, with the same variable, dropped the lock on some way that leads to it; null: none did. */
function droppedBefore(
  fn: FunctionAnalysis,
  variable: string,
  calls: readonly Call[],
): (call: Call) => Call | null {
  const solution = solveTagged<{ readonly dropped: number }>(fn.cfg, fn.profile, {
    entry: { dropped: -1 },
    facts: [variable],
    element: (element, path) => {
      if (element.kind !== 'call' || !calls.includes(element.node)) return [path];
      const told = (signs: number): Facts => withFact(path.facts, variable, signFact(signs));
      return [
        { tag: { dropped: -1 }, facts: told(NON_ZERO) },
        { tag: { dropped: element.node.start }, facts: told(ZERO) },
      ];
    },
  });
  return call => {
    const at = fn.cfg.positionOf(call);
    if (at === null || !solution.complete) return null;
    const way = solution
      .before(at)
      .find(({ tag, facts }) => tag.dropped >= 0 && facts.get(variable)?.signs === ZERO);
    return calls.find(({ start }) => start === way?.tag.dropped) ?? null;
  };
}
