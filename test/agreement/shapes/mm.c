/* Shapes of mm/ and of uprobes, Linux 6.12. */
#include <linux/mm.h>

/* kernel/events/uprobes.c, __update_ref_ctr */
static int shape_ref_ctr(struct mm_struct *mm, unsigned long vaddr, struct page **page)
{
	int ret;

	ret = get_user_pages_remote(mm, vaddr, 1, FOLL_WRITE, page, NULL);
	if (unlikely(ret <= 0))
		return ret == 0 ? -EBUSY : ret;
	return 0;
}

/* kernel/events/uprobes.c, uprobe_write_opcode */
static int shape_write_opcode(struct mm_struct *mm, unsigned long vaddr, bool is_register)
{
	unsigned int gup_flags = FOLL_FORCE;
	struct vm_area_struct *vma;
	struct page *old_page;
	int ret;

retry:
	if (is_register)
		gup_flags |= FOLL_SPLIT_PMD;
	old_page = get_user_page_vma_remote(mm, vaddr, gup_flags, &vma);
	if (IS_ERR(old_page))
		return PTR_ERR(old_page);
	ret = shape_replace(vma, vaddr, old_page);
	put_page(old_page);
	if (unlikely(ret == -EAGAIN))
		goto retry;
	return ret;
}

/* kernel/events/uprobes.c, is_trap_at_addr */
static int shape_is_trap(struct mm_struct *mm, unsigned long vaddr, struct page **page)
{
	int result;

	result = get_user_pages(vaddr, 1, FOLL_FORCE, page);
	if (result < 0)
		return result;
	return 0;
}

/* mm/rmap.c, make_device_exclusive_range */
static int shape_exclusive_range(struct mm_struct *mm, unsigned long start, unsigned long end, struct page **pages)
{
	long npages = (end - start) >> PAGE_SHIFT;

	npages = get_user_pages_remote(mm, start, npages, FOLL_GET | FOLL_WRITE | FOLL_SPLIT_PMD, pages, NULL);
	return npages;
}

/* mm/gup.c, __get_user_pages: the call of faultin_page */
static long shape_walk(struct mm_struct *mm, unsigned long start, unsigned long nr_pages, unsigned int gup_flags,
		       struct page **pages, int *locked)
{
	struct vm_area_struct *vma = NULL;
	struct page *page;
	long ret;

retry:
	page = follow_page_mask(vma, start, gup_flags, NULL);
	if (!page || PTR_ERR(page) == -EMLINK) {
		ret = faultin_page(vma, start, gup_flags, PTR_ERR(page) == -EMLINK, locked);
		switch (ret) {
		case 0:
			goto retry;
		case -EBUSY:
		case -EAGAIN:
			ret = 0;
			fallthrough;
		case -EFAULT:
		case -ENOMEM:
		case -EHWPOISON:
			return ret;
		}
	}
	return 1;
}

/* mm/gup.c, __get_user_pages_locked */
static long shape_locked(struct mm_struct *mm, unsigned long start, unsigned long nr_pages, struct page **pages,
			 int *locked, unsigned int flags)
{
	bool must_unlock = false;
	long ret;

	if (!nr_pages)
		return 0;
	if (!*locked) {
		if (mmap_read_lock_killable(mm))
			return -EAGAIN;
		must_unlock = true;
		*locked = 1;
	} else
		mmap_assert_locked(mm);
	if (pages && !(flags & FOLL_PIN))
		flags |= FOLL_GET;
	ret = __get_user_pages(mm, start, nr_pages, flags, pages, locked);
	if (must_unlock && *locked) {
		mmap_read_unlock(mm);
		*locked = 0;
	}
	return ret;
}

/* mm/gup.c, get_user_pages_unlocked */
long shape_unlocked(unsigned long start, unsigned long nr_pages, struct page **pages, unsigned int gup_flags)
{
	int locked = 0;

	if (!is_valid_gup_args(pages, NULL, &gup_flags, FOLL_TOUCH | FOLL_UNLOCKABLE))
		return -EINVAL;
	return __get_user_pages_locked(current->mm, start, nr_pages, pages, &locked, gup_flags);
}

/* mm/gup.c, pin_user_pages_remote */
long shape_pin_remote(struct mm_struct *mm, unsigned long start, unsigned long nr_pages, unsigned int gup_flags,
		      struct page **pages, int *locked)
{
	int local_locked = 1;

	if (!is_valid_gup_args(pages, locked, &gup_flags, FOLL_PIN | FOLL_TOUCH | FOLL_REMOTE))
		return 0;
	return __gup_longterm_locked(mm, start, nr_pages, pages, locked ? locked : &local_locked, gup_flags);
}
