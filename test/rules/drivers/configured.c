/* What the functions look like is found out by a script that compiles them, and told by macros. */
#include <linux/mm.h>
#include "config.h"

#if defined(ACME_GUP_HAS_TASK)
static inline long acme_gup(unsigned long start, unsigned long nr, int write, struct page **pages)
{
#if defined(ACME_GUP_HAS_WRITE_AND_FORCE)
	return get_user_pages(current, current->mm, start, nr, write, 0, pages, NULL); /* any: */
#else
	return get_user_pages(current, current->mm, start, nr, write ? FOLL_WRITE : 0, pages, NULL); /* any: */
#endif
}
#else
static inline long acme_gup(unsigned long start, unsigned long nr, int write, struct page **pages)
{
#if defined(ACME_GUP_HAS_VMAS)
	return get_user_pages(start, nr, write ? FOLL_WRITE : 0, pages, NULL); /* any: */
#else
	return get_user_pages(start, nr, write ? FOLL_WRITE : 0, pages); /* any: */
#endif
}
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 9, 0)
static long acme_remote(struct mm_struct *mm, unsigned long start, struct page **pages)
{
#ifdef ACME_REMOTE_HAS_VMAS
	return get_user_pages_remote(mm, start, 1, 0, pages, NULL, NULL); /* 5.9..: */
#elif defined(ACME_REMOTE_HAS_TASK)
	return get_user_pages_remote(current, mm, start, 1, 0, pages, NULL, NULL); /* 5.9..: ; wrong in 5.9.. */
#else
	return get_user_pages_remote(mm, start, 1, 0, pages, NULL); /* 5.9..: */
#endif
}
#endif

/* A vendor's kernel of the number 5.14 has the form of 6.5. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 14, 0) && LINUX_VERSION_CODE < KERNEL_VERSION(5, 15, 0) && defined(RHEL_RELEASE_CODE)
static long acme_rhel(unsigned long start, struct page **pages)
{
	return get_user_pages(start, 1, FOLL_WRITE, pages); /* 5.14: */
}
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
static long acme_dead(unsigned long start, struct page **pages)
{
#if 0
	return get_user_pages(start, 1, FOLL_WRITE, pages, NULL); /* 6.5..: */
#endif
	return 0;
}
#endif
