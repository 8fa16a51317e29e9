/* Shapes of KVM, Linux 6.12. */
#include <linux/mm.h>

/* arch/powerpc/kvm/book3s_64_mmu_hv.c, kvmppc_book3s_hv_page_fault */
static int shape_hv_fault(unsigned long hva, struct page **pagep)
{
	if (get_user_page_fast_only(hva, FOLL_WRITE, pagep))
		return 1;
	return 0;
}

/* virt/kvm/kvm_main.c, check_user_page_hwpoison: flags in an int, no array for the pages */
static int shape_page_hwpoison(unsigned long addr)
{
	int rc, flags = FOLL_HWPOISON | FOLL_WRITE;

	rc = get_user_pages(addr, 1, flags, NULL);
	return rc == -EHWPOISON;
}

/* virt/kvm/kvm_main.c, hva_to_pfn_fast */
static bool shape_pfn_fast(unsigned long addr, bool write_fault, bool *writable, kvm_pfn_t *pfn)
{
	struct page *page[1];

	if (!(write_fault || writable))
		return false;
	if (get_user_page_fast_only(addr, FOLL_WRITE, page)) {
		*pfn = page_to_pfn(page[0]);
		return true;
	}
	return false;
}

/* virt/kvm/kvm_main.c, hva_to_pfn_slow: both its calls */
static int shape_pfn_slow(unsigned long addr, bool *async, bool write_fault, bool interruptible, kvm_pfn_t *pfn)
{
	unsigned int flags = FOLL_HWPOISON | FOLL_HONOR_NUMA_FAULT;
	struct page *page;
	int npages;

	might_sleep();
	if (write_fault)
		flags |= FOLL_WRITE;
	if (async)
		flags |= FOLL_NOWAIT;
	if (interruptible)
		flags |= FOLL_INTERRUPTIBLE;
	npages = get_user_pages_unlocked(addr, 1, &page, flags);
	if (npages != 1)
		return npages;
	if (unlikely(!write_fault)) {
		struct page *wpage;

		if (get_user_page_fast_only(addr, FOLL_WRITE, &wpage)) {
			put_page(page);
			page = wpage;
		}
	}
	*pfn = page_to_pfn(page);
	return npages;
}

/* virt/kvm/kvm_main.c, hva_to_pfn_remapped */
static int shape_pfn_remapped(unsigned long addr, bool write_fault)
{
	bool unlocked = false;
	int r;

	r = fixup_user_fault(current->mm, addr, (write_fault ? FAULT_FLAG_WRITE : 0), &unlocked);
	if (unlocked)
		return -EAGAIN;
	return r;
}

/* virt/kvm/kvm_main.c, gfn_to_page_many_atomic */
static int shape_many_atomic(unsigned long addr, struct page **pages, int nr_pages)
{
	return get_user_pages_fast_only(addr, nr_pages, FOLL_WRITE, pages);
}
