/** mmap_lock is released where it is not held any more. */

import { expandFlags, siteFunction } from '../../../../kernel/src/index.js';
import {
  calleeName,
  type FileAnalysis,
  type FunctionAnalysis,
  FunctionResult,
  faultFlowOf,
  type LockPath,
  valueExpression,
} from '../../analysis/index.js';
import type { Call, Span } from '../../syntax/ast.js';
import { spanOf } from '../../syntax/index.js';
import { defineRule, type Finding } from '../rule.js';
import { certainWay } from './certainWay.js';
import { releasesIn, releasesOfOtherMode, releasesWithoutLock } from './lockBalance.js';
import { LOCKING, mayLockElsewhere } from './lockEvidence.js';
import { lockingFunctions } from './lockingFunctions.js';
import { MAY_GIVE_UP, MMAP_OR_NULL, MMAP_TRIES, MMAP_UNLOCKS, VMA_UNLOCKS } from './lockNames.js';
import { lockOnEntry } from './lockOnEntry.js';

export const mmapLockUnbalanced = defineRule({
  id: 'mmap-lock-unbalanced',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A release of mmap_lock where it is not held on some way, or is held in the other mode.',
  why:
    'The count of readers is one short: a writer gets in while another reader is still at work, and VMAs and page tables ' +
    'are freed under it.',
  remedy:
    'Release the lock once on each way, as it was taken. mmap_read_lock_killable() may fail: look at its result. A helper that ' +
    'releases the lock in its failures leaves nothing to release to its caller. handle_mm_fault() with FAULT_FLAG_ALLOW_RETRY has released it where the result has ' +
    'VM_FAULT_RETRY or, since 6.0, VM_FAULT_COMPLETED.',
  unreported:
    'A variable that says whether, or in which mode, the lock is held; a helper whose results say it by number; a function that may not return.',
  examples: [
    {
      bad: `static int touch(struct mm_struct *mm, unsigned long address)
{
	int ret = -EFAULT;

	mmap_read_lock(mm);
	if (!vma_lookup(mm, address)) {
		mmap_read_unlock(mm);
		goto out;
	}
	ret = fixup_user_fault(mm, address, FAULT_FLAG_WRITE, NULL);
out:
	mmap_read_unlock(mm);
	return ret;
}
`,
      good: `static int touch(struct mm_struct *mm, unsigned long address)
{
	int ret = -EFAULT;

	mmap_read_lock(mm);
	if (!vma_lookup(mm, address))
		goto out;
	ret = fixup_user_fault(mm, address, FAULT_FLAG_WRITE, NULL);
out:
	mmap_read_unlock(mm);
	return ret;
}
`,
    },
  ],
  related: ['fault-completed-unhandled', 'gup-locked-ignored'],
  check({ file }) {
    return lockingFunctions(file).flatMap(fn => [
      ...kept.of(fn, () => unbalancedIn(fn)).flatMap(one => (isSo(one, file) ? [one.finding] : [])),
      ...neverTaken(fn),
    ]);
  },
});

/** A finding, and the function of this file on whose word alone it is that the lock is gone; null: on nobody's. */
interface Unbalanced {
  readonly finding: Finding;
  readonly helper: string | null;
}

/** Whether that function certainly comes back without the lock on some way, whatever the conditions in it mean. */
function isSo({ helper }: Unbalanced, file: FileAnalysis): boolean {
  if (helper === null) return true;
  const fn = file.functionNamed(helper);
  if (fn?.complete !== true || releasesOnDemand(fn)) return false;
  const isGone = (path: LockPath): boolean => path.mode === 'none' && path.source === 'local';
  return [...fn.lockedMms].some(
    mm =>
      fn.cfg
        .elements()
        .some(
          ({ element }) => element.kind === 'return' && certainWay(fn, mm, element.node, isGone) !== null,
        ) || fn.lockAtExit(mm).every(isGone),
  );
}

/** Whether a function releases mmap_lock where its caller asks for that by a parameter, as do_vmi_munmap() does (v6.5). */
function releasesOnDemand(fn: FunctionAnalysis): boolean {
  const given = new Set(fn.ast.parameters.map(parameter => parameter.name));
  return fn.cfg.blocks.some(
    ({ in: edges, elements }) =>
      edges.some(
        ({ label }) =>
          label.kind === 'branch' && label.condition.kind === 'identifier' && given.has(label.condition.name),
      ) &&
      elements.some(element => element.kind === 'call' && MMAP_UNLOCKS.has(calleeName(element.node) ?? '')),
  );
}

/** Releases that some way reaches as it came into a function which the kernel calls without the lock. */
function neverTaken(fn: FunctionAnalysis): Finding[] {
  const releases = keptAsOnEntry.of(fn, () => releasesAsOnEntry(fn));
  const entry = releases.length === 0 ? null : lockOnEntry(fn);
  if (entry === null || entry.held) return [];
  const { name } = fn.item;
  return releases.map(span =>
    finding(
      span,
      `mmap_lock is released here also where nothing has taken it: ${name}() is called ${entry.why}`,
      [{ span: entry.span, message: `${name}() is called ${entry.why}` }],
      false,
    ),
  );
}

/** The names of the releases that a way certainly reaches on which nothing in the function has taken the lock. */
function releasesAsOnEntry(fn: FunctionAnalysis): readonly Span[] {
  if (!fn.complete) return [];
  const isAsOnEntry = (path: LockPath): boolean => path.mode === 'caller';
  return releasesIn(fn, MMAP_UNLOCKS).flatMap(({ call, mm }) => {
    if (!fn.lockBefore(call, mm).some(isAsOnEntry) || mayLockElsewhere(fn, mm)) return [];
    return certainWay(fn, mm, call, isAsOnEntry) === null ? [] : [spanOf(call.callee)];
  });
}

const keptAsOnEntry = new FunctionResult<readonly Span[]>();
const kept = new FunctionResult<readonly Unbalanced[]>();

function unbalancedIn(fn: FunctionAnalysis): readonly Unbalanced[] {
  const gone = releasesWithoutLock(fn, MMAP_UNLOCKS).flatMap(({ call, dropped, always }) => {
    const by = calleeName(dropped) ?? '';
    const words = wordsFor(fn, call, by);
    if (words === null) return [];
    const related = [{ span: spanOf(dropped.callee), message: words.related }];
    const said = finding(spanOf(call.callee), words.message, related, always);
    return [
      {
        finding: mayNotAllowRetry(fn, dropped) ? { ...said, severity: 'info' as const } : said,
        helper: fn.isInFile(by) ? by : null,
      },
    ];
  });
  const otherMode = releasesOfOtherMode(fn).map(({ call, held, taken, always }) => ({
    finding: finding(
      spanOf(call.callee),
      `mmap_lock is held for ${held} here${always ? '' : ' on some way'}, and ${calleeName(call)}() releases it as held for ${held === 'read' ? 'write' : 'read'}`,
      [{ span: taken, message: 'taken here' }],
      always,
    ),
    helper: null,
  }));
  const notGot = releasesAfterFailedTry(fn).map(({ call, tried }) => ({
    finding: finding(
      spanOf(call.callee),
      `mmap_lock is released here also where ${calleeName(tried)}() has not got it`,
      [{ span: spanOf(tried.callee), message: 'may fail' }],
      false,
    ),
    helper: null,
  }));
  return [...gone, ...otherMode, ...notGot];
}

/** Whether a fault gets flags of a caller that is not seen, which may leave FAULT_FLAG_ALLOW_RETRY out: then it keeps the lock. */
function mayNotAllowRetry(fn: FunctionAnalysis, fault: Call): boolean {
  const flags = fn.sites.find(({ span }) => span.start === fault.callee.start)?.flags;
  if (flags?.namespace !== 'FAULT_FLAG' || !flags.may.some(flag => flag.startsWith('param:'))) return false;
  return !expandFlags(fn.profile, flags.may).includes('FAULT_FLAG_ALLOW_RETRY');
}

function finding(span: Span, message: string, related: Finding['related'], always: boolean): Finding {
  return {
    span,
    message,
    related,
    confidence: 'high',
    fix: null,
    ...(always ? { severity: 'error' as const } : {}),
  };
}

/** The releases that the failure of a try leads straight to, where nothing takes the lock in between. */
function releasesAfterFailedTry(
  fn: FunctionAnalysis,
): readonly { readonly call: Call; readonly tried: Call }[] {
  if (!fn.complete) return [];
  const releases = releasesIn(fn, MMAP_UNLOCKS);
  return fn.cfg.order.flatMap(id =>
    (fn.cfg.blocks[id]?.out ?? []).flatMap(({ label, to }) => {
      const tried = label.kind === 'branch' && !label.truth ? valueExpression(label.condition) : null;
      if (tried?.kind !== 'call' || !MMAP_TRIES.has(calleeName(tried) ?? '')) return [];
      const call = firstLockCall(fn, to);
      const released = releases.find(one => one.call === call);
      const [argument] = tried.args;
      const mm = argument === undefined ? null : (fn.aliases.mmOfLock(argument) ?? fn.aliases.mm(argument));
      return released === undefined || released.mm !== mm ? [] : [{ call: released.call, tried }];
    }),
  );
}

/** The lock operation that comes first behind the start of a block, whatever happens; null if that depends. */
function firstLockCall(fn: FunctionAnalysis, start: number): Call | null {
  const seen = new Set<number>();
  for (let id = start; !seen.has(id); ) {
    seen.add(id);
    const block = fn.cfg.blocks[id];
    for (const element of block?.elements ?? []) {
      if (element.kind === 'unknown' || element.kind === 'guard-exit') return null;
      if (element.kind === 'call' && !isHarmless(fn, calleeName(element.node) ?? '')) return element.node;
    }
    const [next, ...others] = block?.out ?? [];
    if (next === undefined || others.length > 0) return null;
    id = next.to;
  }
  return null;
}

/** Whether a function has nothing to do with the lock, by its name. */
function isHarmless(fn: FunctionAnalysis, name: string): boolean {
  return !LOCKING.has(name) && !/mmap_?(?:lock|sem)|mm_(?:un)?lock/.test(name) && !fn.isInFile(name);
}

/** What is said of a release behind a call that left the lock free; null: nothing here, or another rule speaks of it. */
function wordsFor(
  fn: FunctionAnalysis,
  call: Call,
  by: string,
): { readonly message: string; readonly related: string } | null {
  if (MMAP_UNLOCKS.has(by))
    return { message: 'mmap_lock is released here a second time', related: `released by ${by}() before` };
  if (VMA_UNLOCKS.has(by)) {
    return {
      message: 'mmap_lock is released here, and only the lock of the VMA was held on some way',
      related: 'that is released here already, and mmap_lock was never taken',
    };
  }
  if (MAY_GIVE_UP.has(by))
    return { message: `mmap_lock is released here also where ${by}() has not got it`, related: 'may fail' };
  if (MMAP_OR_NULL.has(by)) {
    const message = `mmap_lock is released here also where ${by}() returned NULL, which leaves it free`;
    return { message, related: 'with NULL the lock is gone' };
  }
  const isTabled = siteFunction(fn.profile, by) !== null;
  if (isTabled ? !retried(fn, call, by) : !fn.isInFile(by)) return null;
  return {
    message: isTabled
      ? `with VM_FAULT_RETRY ${by}() has released mmap_lock, and it is released here again`
      : `${by}() may have released mmap_lock, and it is released here again`,
    related: `released by ${by}() before`,
  };
}

/** Whether it is VM_FAULT_RETRY that comes here: of VM_FAULT_COMPLETED another rule speaks. */
function retried(fn: FunctionAnalysis, call: Call, by: string): boolean {
  if (by !== 'handle_mm_fault') return false;
  return (
    faultFlowOf(fn)
      ?.before(call)
      .some(({ tag }) => tag.outcome === 'retry' && !tag.relocked) === true
  );
}
