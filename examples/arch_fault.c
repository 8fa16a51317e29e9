// SPDX-License-Identifier: MIT
/*
 * The page-fault entry of an architecture, as of Linux 6.6: lock_mm_and_find_vma(), a first attempt
 * under the lock of the area alone, and VM_FAULT_RETRY or VM_FAULT_COMPLETED, which both say that the
 * lock is gone.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/perf_event.h>

static bool demo_access_error(unsigned int flags, struct vm_area_struct *vma)
{
	if (flags & FAULT_FLAG_WRITE)
		return !(vma->vm_flags & VM_WRITE);
	return !vma_is_accessible(vma);
}

/* Right. */
static void demo_do_page_fault(struct pt_regs *regs, unsigned long address, bool write)
{
	unsigned int flags = FAULT_FLAG_DEFAULT;
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	vm_fault_t fault;

	if (faulthandler_disabled() || !mm)
		goto no_context;

	if (user_mode(regs))
		flags |= FAULT_FLAG_USER;
	if (write)
		flags |= FAULT_FLAG_WRITE;
	perf_sw_event(PERF_COUNT_SW_PAGE_FAULTS, 1, regs, address);

	if (!(flags & FAULT_FLAG_USER))
		goto lock_mmap;

	vma = lock_vma_under_rcu(mm, address);
	if (!vma)
		goto lock_mmap;
	if (demo_access_error(flags, vma)) {
		vma_end_read(vma);
		goto lock_mmap;
	}
	fault = handle_mm_fault(vma, address, flags | FAULT_FLAG_VMA_LOCK, regs);
	if (!(fault & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)))
		vma_end_read(vma);
	if (!(fault & VM_FAULT_RETRY))
		goto done;
	if (fault & VM_FAULT_MAJOR)
		flags |= FAULT_FLAG_TRIED;
	if (fault_signal_pending(fault, regs)) {
		if (!user_mode(regs))
			goto no_context;
		return;
	}

lock_mmap:
retry:
	vma = lock_mm_and_find_vma(mm, address, regs);
	if (!vma) {
		demo_bad_area(regs, address, SEGV_MAPERR);
		return;
	}
	if (demo_access_error(flags, vma)) {
		mmap_read_unlock(mm);
		demo_bad_area(regs, address, SEGV_ACCERR);
		return;
	}

	fault = handle_mm_fault(vma, address, flags, regs);

	if (fault_signal_pending(fault, regs)) {
		if (!user_mode(regs))
			goto no_context;
		return;
	}
	if (fault & VM_FAULT_COMPLETED)
		return;
	if (fault & VM_FAULT_RETRY) {
		flags |= FAULT_FLAG_TRIED;
		goto retry;
	}
	mmap_read_unlock(mm);
done:
	if (fault & VM_FAULT_ERROR)
		demo_fault_error(regs, address, fault);
	return;

no_context:
	demo_no_context(regs, address);
}

/* Wrong: tries again with an area that it no longer holds. */
static void demo_fault_in_kernel(struct mm_struct *mm, unsigned long address)
{
	unsigned int flags = FAULT_FLAG_DEFAULT | FAULT_FLAG_REMOTE;
	struct vm_area_struct *vma;
	vm_fault_t fault;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, address);
	if (!vma) {
		mmap_read_unlock(mm);
		return;
	}

	fault = handle_mm_fault(vma, address, flags, NULL);
	if (fault & VM_FAULT_COMPLETED)
		return;
	if (fault & VM_FAULT_RETRY) {
		flags |= FAULT_FLAG_TRIED;
		handle_mm_fault(vma, address, flags, NULL);
		return;
	}
	mmap_read_unlock(mm);
}
