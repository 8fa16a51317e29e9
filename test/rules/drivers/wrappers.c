/* The forms of the calls are hidden behind macros, which take what all releases have in common. */
#include <linux/mm.h>
#include <linux/version.h>
#include "config.h"

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define drv_gup_remote(mm, start, nr, flags, pages) \
	get_user_pages_remote(mm, start, nr, flags, pages, NULL)
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 9, 0)
#define drv_gup_remote(mm, start, nr, flags, pages) \
	get_user_pages_remote(mm, start, nr, flags, pages, NULL, NULL)
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(4, 10, 0)
#define drv_gup_remote(mm, start, nr, flags, pages) \
	get_user_pages_remote(current, mm, start, nr, flags, pages, NULL, NULL)
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(4, 9, 0)
#define drv_gup_remote(mm, start, nr, flags, pages) \
	get_user_pages_remote(current, mm, start, nr, flags, pages, NULL)
#else
#define drv_gup_remote(mm, start, nr, flags, pages) \
	get_user_pages_remote(current, mm, start, nr, !!((flags) & FOLL_WRITE), \
			      !!((flags) & FOLL_FORCE), pages, NULL)
#endif

/* The new form for old kernels, under its own name. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(4, 9, 0)
#define get_user_pages(start, nr, gup_flags, pages) \
	get_user_pages(start, nr, (gup_flags) & FOLL_WRITE, (gup_flags) & FOLL_FORCE, pages, NULL)
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define get_user_pages(start, nr, gup_flags, pages) get_user_pages(start, nr, gup_flags, pages, NULL)
#endif

#if KERNEL_VERSION(5, 6, 0) > LINUX_VERSION_CODE
#define pin_user_pages_fast get_user_pages_fast
#define unpin_user_page put_page
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 8, 0)
#define drv_lock(mm) down_read(&(mm)->mmap_sem)
#define drv_unlock(mm) up_read(&(mm)->mmap_sem)
#else
#define drv_lock mmap_read_lock
#define drv_unlock mmap_read_unlock
#endif

/* Nobody wrote the form of 6.5. */
#define drv_gup_old(start, nr, flags, pages) get_user_pages_remote(current->mm, start, nr, flags, pages, NULL, NULL)
#define drv_gup_older(start, pages) drv_gup_old(start, 1, FOLL_FORCE, pages)

#ifdef DRV_GUP_HAS_LOCKED
#define drv_gup_found(mm, pages) get_user_pages_remote(mm, 0, 1, 0, pages, NULL)
#else
#define drv_gup_found(mm, pages) get_user_pages_remote(mm, 0, 1, 0, pages, NULL, NULL)
#endif

static long drv_remote(struct mm_struct *mm, unsigned long start, int write, struct page **pages)
{
	long got;

	drv_lock(mm);
	got = drv_gup_remote(mm, start, 1, write ? FOLL_WRITE | FOLL_FORCE : FOLL_FORCE, pages); /* 4.8: 0, FOLL_FORCE, FOLL_FORCE+FOLL_WRITE, FOLL_WRITE; 4.9..: FOLL_FORCE, FOLL_FORCE+FOLL_WRITE */
	drv_unlock(mm);
	return got;
}

static long drv_own(unsigned long start, unsigned long nr, struct page **pages)
{
	long got;

	drv_lock(current->mm);
	got = get_user_pages(start, nr, FOLL_WRITE, pages); /* any: FOLL_WRITE */
	drv_unlock(current->mm);
	return got;
}

static int drv_fast(unsigned long start, struct page **page)
{
	int got;

	got = pin_user_pages_fast(start, 1, FOLL_WRITE, page); /* any: FOLL_WRITE */
	if (got != 1)
		return -EFAULT;
	unpin_user_page(*page); /* any: */
	return 0;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 9, 0)
static long drv_old(unsigned long start, struct page **pages)
{
	drv_gup_old(start, 1, FOLL_WRITE, pages); /* 5.9..: FOLL_WRITE; wrong in 6.5.. */
	return drv_gup_older(start, pages); /* 5.9..: FOLL_FORCE; wrong in 6.5.. */
}
#endif

/* Which of the two it is nobody can tell, so nothing is said of it. */
static long drv_found(struct mm_struct *mm, struct page **pages)
{
	return drv_gup_found(mm, pages);
}
