// SPDX-License-Identifier: MIT
/*
 * A driver that is built for many kernels: it asks LINUX_VERSION_CODE which form a call has. Each branch is
 * read for the releases that it admits, and `--kernel 4.8,5.4..6.12` reads the file for all of these.
 */
#include <linux/mm.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 8, 0)
#define DEMO_HAS_MMAP_LOCK
#endif

static void demo_lock(struct mm_struct *mm)
{
#ifdef DEMO_HAS_MMAP_LOCK
	mmap_read_lock(mm);
#else
	down_read(&mm->mmap_sem);
#endif
}

static void demo_unlock(struct mm_struct *mm)
{
#ifdef DEMO_HAS_MMAP_LOCK
	mmap_read_unlock(mm);
#else
	up_read(&mm->mmap_sem);
#endif
}

/* Right: every branch has the arguments of its kernels. */
static long demo_get(unsigned long uaddr, unsigned long nr, int write, struct page **pages)
{
	long got;

	demo_lock(current->mm);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	got = get_user_pages(uaddr, nr, write ? FOLL_WRITE : 0, pages);
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(4, 9, 0)
	got = get_user_pages(uaddr, nr, write ? FOLL_WRITE : 0, pages, NULL);
#else
	got = get_user_pages(uaddr, nr, write, 0, pages, NULL);
#endif
	demo_unlock(current->mm);
	return got;
}

/* Wrong: there is no branch for 6.5, where `vmas` went. */
static long demo_get_old(unsigned long uaddr, unsigned long nr, int write, struct page **pages)
{
	long got;

	demo_lock(current->mm);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(4, 9, 0)
	got = get_user_pages(uaddr, nr, write ? FOLL_WRITE : 0, pages, NULL);
#else
	got = get_user_pages(uaddr, nr, write, 0, pages, NULL);
#endif
	demo_unlock(current->mm);
	return got;
}
