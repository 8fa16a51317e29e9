// SPDX-License-Identifier: MIT
/*
 * Fault handlers of a driver that maps its buffers into user space, and a helper that faults in
 * the memory of another process. The API is that of Linux 6.5 and later.
 */
#include <linux/mm.h>
#include <linux/dma-resv.h>
#include <linux/sched/mm.h>

struct demo_object {
	struct dma_resv *resv;
	struct page **pages;
	unsigned long nr_pages;
};

/*
 * Right: waits for the buffer without mmap_lock, and only if the caller allows it. With
 * FAULT_FLAG_RETRY_NOWAIT the lock is kept although the answer is VM_FAULT_RETRY.
 */
static vm_fault_t demo_fault_reserve(struct demo_object *obj, struct vm_fault *vmf)
{
	if (dma_resv_trylock(obj->resv))
		return 0;

	if (fault_flag_allow_retry_first(vmf->flags)) {
		if (!(vmf->flags & FAULT_FLAG_RETRY_NOWAIT)) {
			mmap_read_unlock(vmf->vma->vm_mm);
			if (!dma_resv_lock_interruptible(obj->resv, NULL))
				dma_resv_unlock(obj->resv);
		}
		return VM_FAULT_RETRY;
	}

	if (dma_resv_lock_interruptible(obj->resv, NULL))
		return VM_FAULT_NOPAGE;
	return 0;
}

static vm_fault_t demo_fault(struct vm_fault *vmf)
{
	struct demo_object *obj = vmf->vma->vm_private_data;
	vm_fault_t ret;

	ret = demo_fault_reserve(obj, vmf);
	if (ret)
		return ret;

	if (vmf->pgoff >= obj->nr_pages)
		ret = VM_FAULT_SIGBUS;
	else
		ret = vmf_insert_page(vmf->vma, vmf->address, obj->pages[vmf->pgoff]);
	dma_resv_unlock(obj->resv);
	return ret;
}

static const struct vm_operations_struct demo_vm_ops = {
	.fault = demo_fault,
};

/* Right: everything that is needed of the area is read before the lock can be gone. */
static vm_fault_t demo_file_fault(struct vm_fault *vmf)
{
	struct file *file = vmf->vma->vm_file;
	vm_fault_t ret;

	ret = filemap_fault(vmf);
	if (!(ret & (VM_FAULT_RETRY | VM_FAULT_ERROR)))
		demo_account(file, 1);
	return ret;
}

static const struct vm_operations_struct demo_file_vm_ops = {
	.fault		= demo_file_fault,
	.map_pages	= filemap_map_pages,
};

/* Right: fixup_user_fault() needs mmap_lock and returns with it, even if it was dropped on the way. */
static int demo_fault_in(struct mm_struct *mm, unsigned long address)
{
	bool unlocked = false;
	int ret;

	ret = mmap_read_lock_killable(mm);
	if (ret)
		return ret;
	ret = fixup_user_fault(mm, address, FAULT_FLAG_WRITE, &unlocked);
	mmap_read_unlock(mm);
	return ret;
}

/* Wrong: is the area still there? Nothing keeps it once the lock is dropped. */
static int demo_fault_in_task(struct task_struct *task, unsigned long address)
{
	struct mm_struct *mm = get_task_mm(task);
	struct vm_area_struct *vma;
	int ret = -EFAULT;

	if (!mm)
		return -ESRCH;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, address);
	mmap_read_unlock(mm);

	if (vma)
		ret = fixup_user_fault(mm, address, FAULT_FLAG_WRITE, NULL);
	mmput(mm);
	return ret;
}

/* Wrong: reads one page of another process. How was the page got, and how is it given back? */
static int demo_read_remote(struct mm_struct *mm, unsigned long address, void *to)
{
	struct page *page;
	int locked = 1;
	long got;

	mmap_read_lock(mm);
	got = get_user_pages_remote(mm, address, 1, 0, &page, &locked);
	if (locked)
		mmap_read_unlock(mm);
	if (got != 1)
		return got < 0 ? got : -EFAULT;

	memcpy_from_page(to, page, 0, PAGE_SIZE);
	unpin_user_page(page);
	return 0;
}
