/* The version asked for in C: every kernel compiles all of it and reaches one part. */
#include <linux/mm.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 6, 0)
#define RING_HAS_PIN 1
#else
#define RING_HAS_PIN 0
#endif
#define RING_AT_LEAST(a, b) (LINUX_VERSION_CODE >= KERNEL_VERSION(a, b, 0))

static int ring_chain(unsigned long addr, struct page **pages)
{
	if (LINUX_VERSION_CODE >= KERNEL_VERSION(5, 6, 0)) {
		return pin_user_pages_fast(addr, 1, FOLL_WRITE, pages); /* 5.6..: FOLL_WRITE */
	} else if (LINUX_VERSION_CODE >= KERNEL_VERSION(5, 2, 0)) {
		return get_user_pages_fast(addr, 1, FOLL_WRITE | FOLL_LONGTERM, pages); /* 5.2..5.5: FOLL_LONGTERM+FOLL_WRITE */
	} else {
		return get_user_pages_fast(addr, 1, 1, pages); /* 4.8..5.1: FOLL_WRITE */
	}
}

static int ring_early(unsigned long addr, struct page **pages)
{
	if (RING_HAS_PIN)
		return pin_user_pages_fast(addr, 1, 0, pages); /* 5.6..: 0 */
	return get_user_pages_fast(addr, 1, 0, pages); /* 4.8..5.5: 0 */
}

static int ring_flags(unsigned long addr, struct page **pages)
{
	unsigned int flags = RING_AT_LEAST(5, 2) ? FOLL_WRITE | FOLL_LONGTERM : 1;

	if (!RING_AT_LEAST(4, 9))
		flags = 0;
	return get_user_pages_fast(addr, 1, flags, pages); /* 4.8: 0; 4.9..5.1: FOLL_WRITE; 5.2..: FOLL_LONGTERM+FOLL_WRITE */
}

/* What is asked beside the version stays open, as does what a label leads to. */
static int ring_open(unsigned long addr, struct page **pages, int fast)
{
	if (fast && LINUX_VERSION_CODE >= KERNEL_VERSION(5, 6, 0))
		return pin_user_pages_fast(addr, 1, FOLL_WRITE, pages); /* 5.6..: FOLL_WRITE */
	if (fast)
		goto slow;
	if (LINUX_VERSION_CODE < KERNEL_VERSION(5, 6, 0))
		return 0;
	addr &= PAGE_MASK;
slow:
	return get_user_pages_fast(addr, 1, 1, pages); /* 4.8..: FOLL_WRITE */
}
