/** Where kernel code may not sleep, and which functions of the family may. */

import { SITE_FUNCTIONS } from './sites.js';

/** A call that begins or ends a section in which nothing may sleep. */
export interface SectionOperation {
  readonly name: string;
  /** `try`: begins one if the result is not zero. */
  readonly does: 'begin' | 'end' | 'try';
  /** What kind of section: an end closes one of its own kind only. */
  readonly section: string;
  /** The argument that names the lock; -1 if there is none. */
  readonly lock: number;
}

function operations(
  section: string,
  lock: number,
  names: {
    readonly begin: readonly string[];
    readonly end: readonly string[];
    readonly try?: readonly string[];
  },
): SectionOperation[] {
  const of = (does: SectionOperation['does'], list: readonly string[]): SectionOperation[] =>
    list.map(name => ({ name, does, section, lock }));
  return [...of('begin', names.begin), ...of('end', names.end), ...of('try', names.try ?? [])];
}

function suffixed(name: string, suffixes: readonly string[]): string[] {
  return suffixes.map(suffix => name + suffix);
}

const LOCKED = ['', '_bh', '_irq', '_irqsave'];
const UNLOCKED = ['', '_bh', '_irq', '_irqrestore'];
const NESTED = ['_nested', '_irqsave_nested', '_nest_lock'];

function spinning(prefix: string): SectionOperation[] {
  return operations('spinlock', 0, {
    begin: suffixed(`${prefix}spin_lock`, [...LOCKED, ...NESTED]),
    end: suffixed(`${prefix}spin_unlock`, UNLOCKED),
    try: suffixed(`${prefix}spin_trylock`, LOCKED),
  });
}

function rwlock(mode: 'read' | 'write'): SectionOperation[] {
  return operations(`${mode} lock`, 0, {
    begin: suffixed(`${mode}_lock`, LOCKED),
    end: suffixed(`${mode}_unlock`, UNLOCKED),
    try: [`${mode}_trylock`],
  });
}

function pair(section: string, begin: string, end: string, lock = -1): SectionOperation[] {
  return operations(section, lock, { begin: [begin], end: [end] });
}

/**
 * The operations over all releases: include/linux/spinlock.h, rwlock.h, rcupdate.h, irqflags.h, bottom_half.h, preempt.h,
 * bit_spinlock.h, sched/task.h, xarray.h, seqlock.h, percpu-defs.h, and kmap_atomic() of highmem.h, which disables preemption.
 */
export const SECTION_OPERATIONS: readonly SectionOperation[] = [
  ...spinning(''),
  ...spinning('raw_'),
  ...rwlock('read'),
  ...rwlock('write'),
  ...pair('RCU read side', 'rcu_read_lock', 'rcu_read_unlock'),
  ...pair('RCU-bh read side', 'rcu_read_lock_bh', 'rcu_read_unlock_bh'),
  ...pair('RCU-sched read side', 'rcu_read_lock_sched', 'rcu_read_unlock_sched'),
  ...pair('interrupts off', 'local_irq_save', 'local_irq_restore'),
  ...pair('interrupts off', 'local_irq_disable', 'local_irq_enable'),
  ...pair('softirqs off', 'local_bh_disable', 'local_bh_enable'),
  ...operations('preemption off', -1, {
    begin: ['preempt_disable', 'preempt_disable_notrace', 'get_cpu'],
    end: ['preempt_enable', 'preempt_enable_no_resched', 'preempt_enable_notrace', 'put_cpu'],
  }),
  ...pair('bit lock', 'bit_spin_lock', 'bit_spin_unlock', 1),
  ...pair('task lock', 'task_lock', 'task_unlock', 0),
  ...pair('atomic mapping', 'kmap_atomic', 'kunmap_atomic'),
  ...operations('array lock', 0, {
    begin: suffixed('xa_lock', ['', '_bh', '_irq', '_irqsave']),
    end: suffixed('xa_unlock', UNLOCKED),
    try: ['xa_trylock'],
  }),
  ...operations('sequence lock', 0, {
    begin: suffixed('write_seqlock', LOCKED),
    end: suffixed('write_sequnlock', UNLOCKED),
  }),
  ...operations('preemption off', -1, {
    begin: ['get_cpu_ptr', 'get_cpu_var'],
    end: ['put_cpu_ptr', 'put_cpu_var'],
  }),
];

/** The classes of guard() and scoped_guard() that do the same (include/linux/spinlock.h, rcupdate.h, irqflags.h). */
export const SECTION_GUARDS: ReadonlySet<string> = new Set([
  ...suffixed('spinlock', LOCKED),
  ...suffixed('raw_spinlock', LOCKED),
  'raw_spinlock_nested',
  ...suffixed('read_lock', ['', '_irq', '_irqsave']),
  ...suffixed('write_lock', ['', '_irq', '_irqsave']),
  'rcu',
  'irq',
  'irqsave',
  'preempt',
  'preempt_notrace',
  'task_lock',
]);

/** A function that may sleep. */
export interface MaySleep {
  readonly name: string;
  /** The argument that says whether it does: with a constant false it does not; -1: it may in any case. */
  readonly unlessFalse: number;
}

/** set_page_dirty_lock() and its callers take the folio lock, which sleeps (mm/page-writeback.c, mm/gup.c). */
const DIRTY_LOCK: readonly MaySleep[] = [
  { name: 'set_page_dirty_lock', unlessFalse: -1 },
  { name: 'folio_mark_dirty_lock', unlessFalse: -1 },
  { name: 'unpin_user_pages_dirty_lock', unlessFalse: 2 },
  { name: 'unpin_user_page_range_dirty_lock', unlessFalse: 2 },
  { name: 'put_user_pages_dirty_lock', unlessFalse: -1 },
];

/**
 * The functions that never sleep: those that get pages and never leave the lockless walk, and lock_vma_under_rcu(), which
 * only tries to take the lock (mm/memory.c since v6.4, mm/mmap_lock.c since v6.16).
 */
const NEVER_SLEEPS = /fast_only$|^__get_user_pages_fast$|^follow_|^lock_vma_under_rcu$/;

/**
 * The functions of the family that may sleep: what gets pages, apart from the lockless functions, what handles a
 * fault, and what takes the folio lock to mark pages dirty.
 */
export const MAY_SLEEP: readonly MaySleep[] = [
  ...[...SITE_FUNCTIONS]
    .filter(([name, kind]) => (kind === 'gup' || kind === 'fault-entry') && !NEVER_SLEEPS.test(name))
    .map(([name]) => ({ name, unlessFalse: -1 })),
  ...DIRTY_LOCK,
];

/** A function that is told what to call where nothing may sleep. */
export interface AtomicCallback {
  readonly name: string;
  /** The argument that is the function to call. */
  readonly argument: number;
  /** How it is called: completes "… runs". */
  readonly runs: string;
}

function callback(name: string, argument: number, runs: string): AtomicCallback {
  return { name, argument, runs };
}

const TIMER = 'as a timer, in interrupt context';
const TASKLET = 'as a tasklet, in interrupt context';
const INTERRUPT = 'as an interrupt handler';
const RCU = 'as an RCU callback, in interrupt context';
const IPI = 'in an interrupt of another CPU';
const URB = 'when an URB completes, in interrupt context';
const FENCE = "when a fence signals, under the fence's spinlock";
const CRYPTO = 'when a cipher is done, with softirqs off';

/**
 * Who calls back in interrupt context: include/linux/rcupdate.h, timer.h, interrupt.h, irq_work.h, smp.h, usb.h, dma-fence.h,
 * wait.h, crypto/skcipher.h. The thread function of a threaded interrupt may sleep. kref_put_lock() of kref.h calls back with its
 * spinlock held, until the function gives it up.
 */
export const ATOMIC_CALLBACKS: readonly AtomicCallback[] = [
  callback('call_rcu', 1, RCU),
  callback('call_rcu_hurry', 1, RCU),
  callback('call_rcu_sched', 1, RCU),
  callback('call_rcu_bh', 1, RCU),
  callback('call_srcu', 2, 'as an SRCU callback, with softirqs off'),
  callback('timer_setup', 1, TIMER),
  callback('setup_timer', 1, TIMER),
  callback('DEFINE_TIMER', 1, TIMER),
  callback('hrtimer_setup', 1, TIMER),
  callback('tasklet_init', 1, TASKLET),
  callback('tasklet_setup', 1, TASKLET),
  callback('DECLARE_TASKLET', 1, TASKLET),
  callback('DECLARE_TASKLET_OLD', 1, TASKLET),
  callback('request_irq', 1, INTERRUPT),
  callback('request_threaded_irq', 1, INTERRUPT),
  callback('devm_request_irq', 2, INTERRUPT),
  callback('devm_request_threaded_irq', 2, INTERRUPT),
  callback('init_irq_work', 1, INTERRUPT),
  callback('smp_call_function', 0, IPI),
  callback('smp_call_function_single', 1, IPI),
  callback('smp_call_function_many', 1, IPI),
  callback('on_each_cpu', 0, IPI),
  callback('usb_fill_bulk_urb', 5, URB),
  callback('usb_fill_int_urb', 5, URB),
  callback('usb_fill_control_urb', 6, URB),
  callback('dma_fence_add_callback', 2, FENCE),
  callback('kref_put_lock', 1, 'with the spinlock of kref_put_lock() held'),
  callback('init_waitqueue_func_entry', 1, 'when a wait queue is woken, under its spinlock'),
  callback('skcipher_request_set_callback', 2, CRYPTO),
  callback('aead_request_set_callback', 2, CRYPTO),
  callback('ahash_request_set_callback', 2, CRYPTO),
];

/**
 * Functions that call the one they are given at once, in the context of their caller, and the argument that it is
 * (include/linux/kref.h, idr.h).
 */
export const CALLS_ARGUMENT: ReadonlyMap<string, number> = new Map([
  ['kref_put', 1],
  ['kref_put_mutex', 1],
  ['idr_for_each', 1],
]);

/** A member of a structure whose function is called where nothing may sleep. */
export interface AtomicMember {
  readonly member: string;
  /** A word without which the file does not mean this structure. */
  readonly withWord: string;
  readonly runs: string;
}

/** include/linux/hrtimer.h, include/linux/blk_types.h, include/linux/dmaengine.h */
export const ATOMIC_MEMBERS: readonly AtomicMember[] = [
  { member: 'function', withWord: 'hrtimer', runs: TIMER },
  { member: 'bi_end_io', withWord: 'bio', runs: 'when a bio completes, which may be in interrupt context' },
  { member: 'callback', withWord: 'dmaengine', runs: 'when a DMA transfer completes, in a tasklet' },
  { member: 'callback_result', withWord: 'dmaengine', runs: 'when a DMA transfer completes, in a tasklet' },
];
