/* One call in all its forms, newest first, with what comes before the oldest known release as the last else. */
#include <linux/mm.h>
#include <linux/version.h>

static void seg_lock(struct mm_struct *mm)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5,8,0)
	down_read(&mm->mmap_sem);
#else
	mmap_read_lock(mm);
#endif
}

static void seg_unlock(struct mm_struct *mm)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5,8,0)
	up_read(&mm->mmap_sem);
#else
	mmap_read_unlock(mm);
#endif
}

static int seg_pin_page(struct task_struct *task, struct mm_struct *mm, unsigned long vaddr, unsigned long *pfn)
{
	struct page *page;
	int ret;

	seg_lock(mm);
	/* The oldest form wants an integer, and FOLL_WRITE happens to be one that is true. */
#if   LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	ret = get_user_pages_remote(mm, vaddr, 1, FOLL_WRITE, &page, NULL); /* 6.5..: FOLL_WRITE */
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 9, 0)
	ret = get_user_pages_remote(mm, vaddr, 1, FOLL_WRITE, &page, NULL, NULL); /* 5.9..6.4: FOLL_WRITE */
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(4, 10, 0)
	ret = get_user_pages_remote(task, mm, vaddr, 1, FOLL_WRITE, &page, NULL, NULL); /* 4.10..5.8: FOLL_WRITE */
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(4, 9, 0)
	ret = get_user_pages_remote(task, mm, vaddr, 1, FOLL_WRITE, &page, NULL); /* 4.9: FOLL_WRITE */
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(4, 8, 0)
	ret = get_user_pages_remote(task, mm, vaddr, 1, FOLL_WRITE, 0, &page, NULL); /* 4.8: FOLL_WRITE */
#else
	ret = get_user_pages(task, mm, vaddr, 1, FOLL_WRITE, 0, &page, NULL);
#endif
	seg_unlock(mm);
	if (ret == 1)
		*pfn = page_to_pfn(page);
	return ret;
}

/* Wrong from 5.9 on: nobody wrote the branch. */
static int seg_pin_old(struct task_struct *task, struct mm_struct *mm, unsigned long vaddr, struct page **page)
{
	int ret;

	seg_lock(mm);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(4, 10, 0)
	ret = get_user_pages_remote(task, mm, vaddr, 1, 0, page, NULL, NULL); /* 4.10..5.8: 0; wrong in 5.9.. */
#else
	ret = get_user_pages_remote(task, mm, vaddr, 1, 0, page, NULL); /* 4.9: 0; wrong in 4.8 */
#endif
	seg_unlock(mm);
	return ret;
}
