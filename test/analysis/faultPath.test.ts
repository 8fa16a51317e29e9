import { describe, expect, it } from 'vitest';
import { sitesOf } from './snippet.js';

/** A fault handler of an architecture, as they are written since there are per-VMA locks. */
const FAULT_PATH = `static void do_user_fault(struct pt_regs *regs, unsigned long address, bool is_write)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	unsigned int flags = FAULT_FLAG_DEFAULT;
	vm_fault_t fault;

	if (user_mode(regs))
		flags |= FAULT_FLAG_USER;
	if (is_write)
		flags |= FAULT_FLAG_WRITE;

	if (!(flags & FAULT_FLAG_USER))
		goto lock_mmap;

	vma = lock_vma_under_rcu(mm, address);
	if (!vma)
		goto lock_mmap;
	if (unlikely(access_error(is_write, vma))) {
		vma_end_read(vma);
		return;
	}
	fault = handle_mm_fault(vma, address, flags | FAULT_FLAG_VMA_LOCK, regs);
	if (!(fault & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)))
		vma_end_read(vma);
	if (!(fault & VM_FAULT_RETRY))
		goto done;
	if (fault & VM_FAULT_MAJOR)
		flags |= FAULT_FLAG_TRIED;
	if (fault_signal_pending(fault, regs))
		return;

lock_mmap:
retry:
	vma = lock_mm_and_find_vma(mm, address, regs);
	if (unlikely(!vma))
		return;
	if (unlikely(access_error(is_write, vma))) {
		mmap_read_unlock(mm);
		return;
	}
	fault = handle_mm_fault(vma, address, flags, regs);
	if (fault_signal_pending(fault, regs))
		return;
	if (fault & VM_FAULT_COMPLETED)
		return;
	if (unlikely(fault & VM_FAULT_RETRY)) {
		flags |= FAULT_FLAG_TRIED;
		goto retry;
	}
	mmap_read_unlock(mm);
done:
	fixup_user_fault(mm, address, 0, NULL);
}
`;

const DEFAULT = ['FAULT_FLAG_ALLOW_RETRY', 'FAULT_FLAG_KILLABLE', 'FAULT_FLAG_INTERRUPTIBLE'];

describe('a fault handler with a per-VMA lock', () => {
  const [first, second] = sitesOf(FAULT_PATH, 'handle_mm_fault');

  it('holds the per-VMA lock at the first attempt, and mmap_lock for read at the others', () => {
    expect(first?.lock).toMatchObject({
      before: 'vma-lock',
      after: 'held-unless-retry-or-completed',
      evidence: 'local',
    });
    expect(second?.lock).toMatchObject({
      before: 'held-read',
      after: 'held-unless-retry-or-completed',
      evidence: 'local',
    });
  });

  it('holds nothing at the end, on any path', () => {
    expect(sitesOf(FAULT_PATH, 'fixup_user_fault')[0]?.lock.before).toBe('not-held');
  });

  it('takes the lock without holding it, on the first attempt as on every retry', () => {
    expect(sitesOf(FAULT_PATH, 'lock_mm_and_find_vma')[0]?.lock).toMatchObject({
      before: 'not-held',
      evidence: 'contract',
    });
  });

  it('passes USER always under the per-VMA lock, TRIED never', () => {
    const sets = first?.flags?.possible?.map(set => [...set].sort());
    const always = [...DEFAULT, 'FAULT_FLAG_USER', 'FAULT_FLAG_VMA_LOCK'];
    expect(sets).toEqual([[...always].sort(), [...always, 'FAULT_FLAG_WRITE'].sort()]);
    expect(first?.flags?.must).toHaveLength(always.length);
  });

  it('passes each of USER, WRITE and TRIED on some path under mmap_lock', () => {
    expect(second?.flags?.possible).toHaveLength(8);
    expect([...(second?.flags?.must ?? [])].sort()).toEqual([...DEFAULT].sort());
    expect(second?.flags?.from).toBe('conditional');
  });

  it('is not known to have dropped the lock where the release has the architecture drop it', () => {
    // Until 6.5 handle_mm_fault() leaves the per-VMA lock alone, so vma_end_read() has to be called in every case.
    const text = FAULT_PATH.replace(
      'if (!(fault & VM_FAULT_RETRY))',
      'pin_user_pages_unlocked(address, 1, NULL, 0);\n\tif (!(fault & VM_FAULT_RETRY))',
    );
    const at = (release: '6.5' | '6.6'): string | undefined =>
      sitesOf(text, 'pin_user_pages_unlocked', { release })[0]?.lock.before;
    expect(at('6.6')).toBe('not-held');
    expect(at('6.5')).toBe('unknown');
  });
});
