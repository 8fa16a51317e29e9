/*
 * Shapes of the page-fault entries of alpha, nios2, riscv and x86, Linux 6.12: how their flags come
 * together and who holds which lock.
 */
#include <linux/mm.h>

/* arch/alpha/mm/fault.c, do_page_fault */
static void shape_alpha(struct pt_regs *regs, unsigned long address, struct mm_struct *mm, long cause)
{
	unsigned int flags = FAULT_FLAG_DEFAULT;
	struct vm_area_struct *vma;
	vm_fault_t fault;

	if (user_mode(regs))
		flags |= FAULT_FLAG_USER;
retry:
	vma = lock_mm_and_find_vma(mm, address, regs);
	if (!vma)
		return;
	if (cause < 0) {
		if (!(vma->vm_flags & VM_EXEC))
			goto bad;
	} else if (!cause) {
		if (!(vma->vm_flags & (VM_READ | VM_WRITE)))
			goto bad;
	} else {
		if (!(vma->vm_flags & VM_WRITE))
			goto bad;
		flags |= FAULT_FLAG_WRITE;
	}
	fault = handle_mm_fault(vma, address, flags, regs);
	if (fault_signal_pending(fault, regs))
		return;
	if (fault & VM_FAULT_COMPLETED)
		return;
	if (fault & VM_FAULT_RETRY) {
		flags |= FAULT_FLAG_TRIED;
		goto retry;
	}
bad:
	mmap_read_unlock(mm);
}

/* arch/nios2/mm/fault.c, do_page_fault: an assignment where others add */
static void shape_nios2(struct pt_regs *regs, unsigned long address, struct mm_struct *mm, unsigned long cause)
{
	unsigned int flags = FAULT_FLAG_DEFAULT;
	struct vm_area_struct *vma;
	vm_fault_t fault;

	if (user_mode(regs))
		flags |= FAULT_FLAG_USER;
retry:
	vma = lock_mm_and_find_vma(mm, address, regs);
	if (!vma)
		return;
	if (cause == 14) {
		if (!(vma->vm_flags & VM_WRITE))
			goto bad;
		flags = FAULT_FLAG_WRITE;
	}
	fault = handle_mm_fault(vma, address, flags, regs);
	if (fault_signal_pending(fault, regs))
		return;
	if (fault & VM_FAULT_COMPLETED)
		return;
	if (fault & VM_FAULT_RETRY) {
		flags |= FAULT_FLAG_TRIED;
		goto retry;
	}
bad:
	mmap_read_unlock(mm);
}

/* arch/riscv/mm/fault.c, handle_page_fault: without its first attempt under the lock of the area */
static void shape_riscv(struct pt_regs *regs, unsigned long addr, struct mm_struct *mm, unsigned long cause)
{
	unsigned int flags = FAULT_FLAG_DEFAULT;
	struct vm_area_struct *vma;
	vm_fault_t fault;

	if (user_mode(regs))
		flags |= FAULT_FLAG_USER;
	if (cause == EXC_STORE_PAGE_FAULT)
		flags |= FAULT_FLAG_WRITE;
	else if (cause == EXC_INST_PAGE_FAULT)
		flags |= FAULT_FLAG_INSTRUCTION;
retry:
	vma = lock_mm_and_find_vma(mm, addr, regs);
	if (!vma)
		return;
	fault = handle_mm_fault(vma, addr, flags, regs);
	if (fault_signal_pending(fault, regs))
		return;
	if (fault & VM_FAULT_COMPLETED)
		return;
	if (fault & VM_FAULT_RETRY) {
		flags |= FAULT_FLAG_TRIED;
		goto retry;
	}
	mmap_read_unlock(mm);
}

/* arch/x86/mm/fault.c, do_user_addr_fault: both its calls */
static void shape_x86(struct pt_regs *regs, unsigned long error_code, unsigned long address, struct mm_struct *mm)
{
	unsigned int flags = FAULT_FLAG_DEFAULT;
	struct vm_area_struct *vma;
	vm_fault_t fault;

	if (user_mode(regs))
		flags |= FAULT_FLAG_USER;
	if (error_code & X86_PF_WRITE)
		flags |= FAULT_FLAG_WRITE;
	if (error_code & X86_PF_INSTR)
		flags |= FAULT_FLAG_INSTRUCTION;
	if (!(flags & FAULT_FLAG_USER))
		goto lock_mmap;

	vma = lock_vma_under_rcu(mm, address);
	if (!vma)
		goto lock_mmap;
	fault = handle_mm_fault(vma, address, flags | FAULT_FLAG_VMA_LOCK, regs);
	if (!(fault & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)))
		vma_end_read(vma);
	if (!(fault & VM_FAULT_RETRY))
		return;
	if (fault & VM_FAULT_MAJOR)
		flags |= FAULT_FLAG_TRIED;
	if (fault_signal_pending(fault, regs))
		return;
lock_mmap:
retry:
	vma = lock_mm_and_find_vma(mm, address, regs);
	if (!vma)
		return;
	fault = handle_mm_fault(vma, address, flags, regs);
	if (fault_signal_pending(fault, regs))
		return;
	if (fault & VM_FAULT_COMPLETED)
		return;
	if (fault & VM_FAULT_RETRY) {
		flags |= FAULT_FLAG_TRIED;
		goto retry;
	}
	mmap_read_unlock(mm);
}
