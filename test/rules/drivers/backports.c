/* The comparisons of the linux-backports project, and the driver's own in terms of them. */
#include <linux/mm.h>
#include <linux/version.h>

#ifndef LINUX_VERSION_IS_GEQ
#define LINUX_VERSION_IS_GEQ(x1, x2, x3) (LINUX_VERSION_CODE >= KERNEL_VERSION(x1, x2, x3))
#endif
#define CAM_VMAS_GONE LINUX_VERSION_IS_GEQ(6, 5, 0)
#define CAM_BEFORE(a, b) (!LINUX_VERSION_IS_GEQ(a, b, 0))

static long cam_pin(unsigned long addr, unsigned long nr, struct page **pages)
{
	long got;

	mmap_read_lock(current->mm);
#if LINUX_VERSION_IN_RANGE(5,6,0, 6,5,0)
	got = pin_user_pages(addr, nr, FOLL_WRITE | FOLL_LONGTERM, pages, NULL); /* 5.6..6.4: FOLL_LONGTERM+FOLL_WRITE */
#elif LINUX_VERSION_IS_LESS(4,9,0)
	got = get_user_pages(addr, nr, 1, 0, pages, NULL); /* 4.8: FOLL_WRITE */
#elif CAM_VMAS_GONE
	got = pin_user_pages(addr, nr, FOLL_WRITE | FOLL_LONGTERM, pages); /* 6.5..: FOLL_LONGTERM+FOLL_WRITE */
#else
	got = get_user_pages(addr, nr, FOLL_WRITE, pages, NULL); /* 4.9..5.5: FOLL_WRITE */
#endif
	mmap_read_unlock(current->mm);
	return got;
}

static long cam_old(unsigned long addr, unsigned long nr, struct page **pages)
{
#if CAM_BEFORE(4, 9)
	return get_user_pages_unlocked(addr, nr, 1, 0, pages); /* 4.8: FOLL_WRITE */
#else
	return get_user_pages_unlocked(addr, nr, pages, FOLL_WRITE); /* 4.9..: FOLL_WRITE */
#endif
}
