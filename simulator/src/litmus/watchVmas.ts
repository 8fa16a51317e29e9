/** Whether a task looks at a mapping without a lock that keeps it: neither mmap_lock nor the lock of the vma. */

import { hasTask, type Mm, modeHeld, type Vma } from '../state/index.js';

/**
 * Fields that may be looked at without the lock: those by which it is taken and dropped, and the borders, which a search for the
 * vma of an address finds in the tree of the mm.
 */
const UNLOCKED_FIELDS: ReadonlySet<string | symbol> = new Set([
  'lockReaders',
  'writeLocked',
  'detached',
  'start',
  'end',
]);

/**
 * Steps in which the model asks a vma for what the kernel or the processor has elsewhere: protection keys and rights to execute
 * are in the entry, what a memfd has in its file; a monitor that acts in the waiter's place is another task.
 */
const KNOWS_IT_ELSEWHERE: ReadonlySet<string> = new Set([
  'cpu',
  'do_user_addr_fault',
  'futex_atomic_op_inuser',
  'gup_fast_pmd_leaf',
  'gup_fast_pte_range',
  'memfd_alloc_folio',
  'memfd_pin_folios',
  'monitor',
]);

/** Steps of the search for a vma under RCU, which looks again once it has the lock. */
const UNDER_RCU: ReadonlySet<string> = new Set(['lock_vma_under_rcu', 'vma_start_read']);

/** Whether a step of the routine may look at a vma without its lock. */
export function mayLookUnlocked(routine: string): boolean {
  return KNOWS_IT_ELSEWHERE.has(routine) || UNDER_RCU.has(routine);
}

/**
 * The mm, as a task sees it that works on it. `unlocked` is called whenever the task reads or writes a field of one of its
 * vmas without a lock.
 */
export function watchVmas(mm: Mm, task: number, unlocked: (vma: Vma) => void): Mm {
  const shown = new Map<Vma, Vma>();
  const kept = new Map<unknown, Vma>();
  const isHeld = (vma: Vma): boolean =>
    modeHeld(mm.mmapLock, task) !== 'none' || hasTask(vma.lockReaders, task);
  const show = (vma: Vma): Vma => {
    const known = shown.get(vma);
    if (known !== undefined) return known;
    const proxy = new Proxy(vma, {
      get(target, field) {
        if (!UNLOCKED_FIELDS.has(field) && !isHeld(target)) unlocked(target);
        return Reflect.get(target, field) as unknown;
      },
      set(target, field, value) {
        if (!UNLOCKED_FIELDS.has(field) && !isHeld(target)) unlocked(target);
        return Reflect.set(target, field, value);
      },
    });
    shown.set(vma, proxy);
    kept.set(proxy, vma);
    return proxy;
  };
  const isPlace = (key: string | symbol): boolean => typeof key === 'string' && /^\d+$/.test(key);
  const vmas = new Proxy(mm.vmas, {
    get(target, key) {
      const value = Reflect.get(target, key) as unknown;
      return isPlace(key) && value !== undefined ? show(value as Vma) : value;
    },
    set: (target, key, value) => Reflect.set(target, key, kept.get(value) ?? value),
  });
  return new Proxy(mm, {
    get: (target, field) => (field === 'vmas' ? vmas : Reflect.get(target, field)) as unknown,
    set: (target, field, value) => Reflect.set(target, field, value),
  });
}
