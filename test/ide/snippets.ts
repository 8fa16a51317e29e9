/** C for the tests of the façade. `¦` marks a place. */

/** The shape of hva_to_pfn_slow(): flags that only some paths add. */
export const CONDITIONAL = `
static int demo_slow(unsigned long addr, bool *async, bool write_fault, bool interruptible)
{
	unsigned int flags = FOLL_HWPOISON | FOLL_HONOR_NUMA_FAULT;
	struct page *page;

	if (write_fault)
		flags |= FOLL_WRITE;
	if (async)
		flags |= FOLL_NOWAIT;
	return get_user_¦pages_unlocked(addr, 1, &page, flags);
}
`;

/** Held for reading, and NULL for `locked`. */
export const HELD = `
static long demo_held(struct mm_struct *mm, unsigned long addr, struct page **pages)
{
	long ret;

	mmap_read_lock(mm);
	ret = pin_user_¦pages_remote(mm, addr, 1, FOLL_WRITE | FOLL_LONGTERM, pages, NULL);
	mmap_read_unlock(mm);
	return ret;
}
`;

/** What a caller gave, passed on. */
export const PASSED_ON = `
static long demo_passed(unsigned long addr, unsigned int gup_flags, struct page **pages)
{
	return get_user_¦pages(addr, 1, gup_flags, pages);
}
`;

/** An architecture's fault handler, in short. */
export const FAULT_ENTRY = `
static void demo_fault(struct pt_regs *regs, unsigned long address, struct vm_area_struct *vma, bool write)
{
	unsigned int flags = FAULT_FLAG_DEFAULT;
	vm_fault_t fault;

	if (write)
		flags |= FAULT_FLAG_WRITE;
	fault = handle_mm_¦fault(vma, address, flags, regs);
}
`;

/** Got as a reference, released as a pin: wrong. */
export const MISMATCH = `
static int demo_mismatch(unsigned long addr)
{
	struct page *page;

	if (pin_user_pages_fast(addr, 1, FOLL_WRITE, &page) != 1)
		return -EFAULT;
	¦put_page(page);
	return 0;
}
`;

/** A lock that the call may let go of, and says so by `locked`. */
export const LOCKED = `
static long demo_locked(struct mm_struct *mm, unsigned long addr, struct page **pages, bool write)
{
	unsigned int flags = 0;
	int locked = 1;
	long ret;

	if (write)
		flags |= FOLL_WRITE;
	mmap_read_lock(mm);
	ret = get_user_¦pages_remote(mm, addr, 1, flags, pages, &locked);
	if (locked)
		mmap_read_unlock(mm);
	return ret;
}
`;

/** A lock that is taken again where the fault let go of it. */
export const FIXUP = `
static int demo_fixup(struct mm_struct *mm, unsigned long addr)
{
	bool unlocked = false;
	int ret;

	mmap_read_lock(mm);
	ret = fixup_user_¦fault(mm, addr, FAULT_FLAG_WRITE, &unlocked);
	mmap_read_unlock(mm);
	return ret;
}
`;
