// SPDX-License-Identifier: MIT
/*
 * A driver that lets a device read and write buffers of user space.
 * The API is that of Linux 6.5 and later.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/dma-mapping.h>

struct demo_buffer {
	struct device *dev;
	struct page **pages;
	unsigned int nr_pages;
	bool writable;
	struct sg_table sgt;
};

/* Right: a device keeps the pages, so they are pinned, for long, and given back as pins. */
static int demo_buffer_pin(struct demo_buffer *buf, unsigned long uaddr, unsigned int nr)
{
	unsigned int gup_flags = FOLL_LONGTERM;
	int pinned;

	if (buf->writable)
		gup_flags |= FOLL_WRITE;

	pinned = pin_user_pages_fast(uaddr, nr, gup_flags, buf->pages);
	if (pinned < 0)
		return pinned;
	if (pinned != nr) {
		unpin_user_pages(buf->pages, pinned);
		return -EFAULT;
	}
	buf->nr_pages = nr;
	return 0;
}

static void demo_buffer_unpin(struct demo_buffer *buf)
{
	unpin_user_pages_dirty_lock(buf->pages, buf->nr_pages, buf->writable);
	buf->nr_pages = 0;
}

/* Wrong: what happens to the pins when the mapping for the device fails? */
static int demo_buffer_map(struct demo_buffer *buf, unsigned long uaddr, unsigned int nr)
{
	unsigned int i;
	int ret;

	ret = demo_buffer_pin(buf, uaddr, nr);
	if (ret)
		return ret;

	ret = sg_alloc_table_from_pages(&buf->sgt, buf->pages, nr, 0,
					(unsigned long)nr << PAGE_SHIFT, GFP_KERNEL);
	if (!ret)
		return 0;

	for (i = 0; i < nr; i++)
		put_page(buf->pages[i]);
	return ret;
}

/* Right: the same with the pages given back as they were got. */
static int demo_buffer_map_checked(struct demo_buffer *buf, unsigned long uaddr, unsigned int nr)
{
	int ret;

	ret = demo_buffer_pin(buf, uaddr, nr);
	if (ret)
		return ret;

	ret = sg_alloc_table_from_pages(&buf->sgt, buf->pages, nr, 0,
					(unsigned long)nr << PAGE_SHIFT, GFP_KERNEL);
	if (ret)
		demo_buffer_unpin(buf);
	return ret;
}

/* Wrong: a single page, a doorbell that the device writes to. */
static int demo_doorbell_ring(struct demo_buffer *buf, unsigned long uaddr, u32 value)
{
	struct page *page;
	u32 *kaddr;

	if (pin_user_pages_fast(uaddr, 1, FOLL_WRITE, &page) != 1)
		return -EFAULT;

	kaddr = kmap_local_page(page);
	WRITE_ONCE(kaddr[offset_in_page(uaddr) / sizeof(*kaddr)], value);
	kunmap_local(kaddr);

	set_page_dirty_lock(page);
	put_page(page);
	return 0;
}

/* Wrong: is this flag for drivers? */
static long demo_peek(unsigned long uaddr, struct page **pages, unsigned int nr)
{
	return get_user_pages_fast(uaddr, nr, FOLL_PIN | FOLL_WRITE, pages);
}

/* Wrong: the function called takes mmap_lock itself. */
static long demo_prefault(struct demo_buffer *buf, unsigned long uaddr, unsigned int nr)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	long got = -EFAULT;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, untagged_addr(uaddr));
	if (vma && !(vma->vm_flags & VM_PFNMAP))
		got = pin_user_pages_unlocked(uaddr, nr, buf->pages, FOLL_WRITE);
	mmap_read_unlock(mm);
	return got;
}

/* Right: look at the area under the lock, pin without it. */
static long demo_prefault_checked(struct demo_buffer *buf, unsigned long uaddr, unsigned int nr)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	bool usable;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, untagged_addr(uaddr));
	usable = vma && !(vma->vm_flags & VM_PFNMAP);
	mmap_read_unlock(mm);

	if (!usable)
		return -EFAULT;
	return pin_user_pages_unlocked(uaddr, nr, buf->pages, FOLL_WRITE);
}
