/** A function that may sleep is called where nothing may. */

import { atomicContextOf, type SleepingCall } from '../../analysis/index.js';
import { defineRule, type Finding } from '../rule.js';
import { type AssertedSpinlock, assertedSpinlocks } from './assertedSpinlocks.js';
import { type AtomicCaller, atomicCallers } from './atomicCallers.js';

export const gupAtomicContext = defineRule({
  id: 'gup-atomic-context',
  severity: 'error',
  releases: [{ since: '4.8' }],
  summary: 'Pages are got, or marked dirty under their lock, where the code may not sleep.',
  why:
    'The functions get_user_pages*() and pin_user_pages*() take mmap_lock and wait for I/O; set_page_dirty_lock() and ' +
    'unpin_user_pages_dirty_lock() wait for the lock of each folio. Under a spinlock, inside rcu_read_lock(), with ' +
    'interrupts off or in an interrupt handler nobody may wait: the scheduler complains ("scheduling while atomic"), ' +
    'and the CPU that has to let the lock go may be the one that spins.',
  remedy:
    'Get the pages before the lock is taken, and release them after it is dropped: move the objects to a list of ' +
    'your own under the lock. From a callback in interrupt context queue a work item. Where the pages only have to be ' +
    'looked at, the *_fast_only() functions do not sleep. unpin_user_pages() does not sleep either, but then nobody ' +
    'marks the pages dirty: set_page_dirty() without the lock is right only where the file mapping cannot go away.',
  unreported:
    'A lock that is held on some of the ways to the call only; functions that ask for their context; callbacks of which it is not known where they run; and what a caller in another file holds, unless an assertion or an annotation says that it is a spinlock of this file.',
  examples: [
    {
      bad: `static void purge(struct queue *q)
{
	struct tx *tx, *next;
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	list_for_each_entry_safe(tx, next, &q->done, node) {
		list_del(&tx->node);
		unpin_user_pages_dirty_lock(tx->pages, tx->nr, tx->to_user);
	}
	spin_unlock_irqrestore(&q->lock, flags);
}
`,
      good: `static void purge(struct queue *q)
{
	struct tx *tx, *next;
	unsigned long flags;
	LIST_HEAD(done);

	spin_lock_irqsave(&q->lock, flags);
	list_splice_init(&q->done, &done);
	spin_unlock_irqrestore(&q->lock, flags);
	list_for_each_entry_safe(tx, next, &done, node) {
		list_del(&tx->node);
		unpin_user_pages_dirty_lock(tx->pages, tx->nr, tx->to_user);
	}
}
`,
    },
  ],
  related: ['Documentation/core-api/pin_user_pages.rst', 'Documentation/locking/spinlocks.rst'],
  check({ file }) {
    const context = atomicContextOf(file);
    const findings: Finding[] = [];
    for (const name of context.suspects()) {
      for (const call of context.sleepingCalls(name)) {
        if (call.sections.length > 0) findings.push(inSection(call));
      }
    }
    for (const caller of atomicCallers(file.source)) {
      if (!context.reaches(caller.function)) continue;
      const calls = context.sleepingCalls(caller.function).filter(call => call.inCallersSection);
      findings.push(...calls.map(call => inCallback(call, caller)));
    }
    for (const asserted of assertedSpinlocks(file.source, name => context.reaches(name))) {
      const calls = context.sleepingCalls(asserted.function).filter(call => call.inCallersSection);
      findings.push(...calls.map(call => underAsserted(call, asserted)));
    }
    return findings;
  },
});

function inSection(call: SleepingCall): Finding {
  const by = call.sections[0]?.by ?? '';
  return {
    span: call.span,
    message: `${sleeps(call)}, but ${by.endsWith(')') ? by : `${by}()`} is in force here: nothing may sleep`,
    related: [
      ...call.sections.flatMap(({ by, span }) =>
        by === null || span === null ? [] : [{ span, message: `nothing may sleep from here on: ${by}` }],
      ),
      ...sleepsThere(call),
    ],
    confidence: 'high',
    fix: null,
    ...(call.inside === null ? {} : { severity: 'warning' as const }),
  };
}

function inCallback(call: SleepingCall, caller: AtomicCaller): Finding {
  return {
    span: call.span,
    message: `${sleeps(call)}, but ${caller.function}() runs ${caller.runs}: nothing may sleep there`,
    related: [{ span: caller.span, message: `${caller.function}() is installed here` }, ...sleepsThere(call)],
    confidence: 'medium',
    fix: null,
    severity: 'warning',
  };
}

function underAsserted(call: SleepingCall, { lock, by, span }: AssertedSpinlock): Finding {
  return {
    span: call.span,
    message: `${sleeps(call)}, but the spinlock \`${lock}\` is held here, as ${by}() says: nothing may sleep`,
    related: [{ span, message: 'said here' }, ...sleepsThere(call)],
    confidence: 'medium',
    fix: null,
    severity: 'warning',
  };
}

function sleeps({ callee, inside }: SleepingCall): string {
  return inside === null ? `${callee}() may sleep` : `${callee}() may sleep, as it calls ${inside.callee}()`;
}

function sleepsThere({ inside }: SleepingCall): Finding['related'] {
  return inside === null ? [] : [{ span: inside.span, message: `${inside.callee}() may sleep here` }];
}
