/* Conditions of vendors' kernels beside those on the version, with and without a guard, and written the wrong way round. */
#include <linux/mm.h>
#include <linux/version.h>

#ifndef RHEL_RELEASE_CODE
#define RHEL_RELEASE_CODE 0
#endif

/* A number to compare with, and a name for the version. */
#define ZC_KERNEL LINUX_VERSION_CODE
#define ZC_FLAGS_SINCE KERNEL_VERSION(4, 9, 0)

#if KERNEL_VERSION(5, 6, 0) > LINUX_VERSION_CODE
#define ZC_NO_PIN
#endif

int zc_fetch(u8 __user *addr, unsigned int count, int write, struct page **pg)
{
	int ret;

#if defined(ZC_NO_PIN) && ZC_KERNEL < ZC_FLAGS_SINCE
	ret = get_user_pages_unlocked((unsigned long)addr, count, write, 0, pg); /* 4.8: 0, FOLL_WRITE */
#elif defined(ZC_NO_PIN)
	ret = get_user_pages_unlocked((unsigned long)addr, count, pg, write ? FOLL_WRITE : 0); /* 4.9..5.5: 0, FOLL_WRITE */
#elif (LINUX_VERSION_CODE >= (KERNEL_VERSION(5, 6, 0)))
	ret = pin_user_pages_unlocked((unsigned long)addr, count, pg, write ? FOLL_WRITE : 0); /* 5.8..: 0, FOLL_WRITE; wrong in 5.6..5.7 */
#endif
	return ret;
}

int zc_fetch_locked(unsigned long addr, unsigned int count, struct page **pg)
{
	int ret;

	mmap_read_lock(current->mm);
#if (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)) || \
	(defined(RHEL_RELEASE_CODE) && RHEL_RELEASE_CODE >= RHEL_RELEASE_VERSION(9, 4))
	ret = get_user_pages(addr, count, FOLL_WRITE, pg); /* 6.5..: FOLL_WRITE */
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(4, 9, 0)
	ret = get_user_pages(addr, count, FOLL_WRITE, pg, NULL); /* 4.9..6.4: FOLL_WRITE */
#else
	ret = get_user_pages(addr, count, 1, 0, pg, NULL); /* 4.8: FOLL_WRITE */
#endif
	mmap_read_unlock(current->mm);
	return ret;
}

/* Without a guard the vendor's code is 0 elsewhere, and 0 is less than any of its versions. */
int zc_fast(unsigned long addr, unsigned int count, struct page **pg)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 6, 0) && RHEL_RELEASE_CODE < 0x804
	return get_user_pages_fast(addr, count, 1, pg); /* 4.8..5.5: FOLL_WRITE */
#else
	return pin_user_pages_fast(addr, count, FOLL_WRITE, pg); /* 5.6..: FOLL_WRITE */
#endif
}
