/* Shapes of drivers that pin memory of user space, Linux 6.12. */
#include <linux/mm.h>

/* arch/powerpc/kvm/book3s_64_mmu_hv.c, kvmppc_pin_guest_page */
static void *shape_powerpc_guest_page(unsigned long hva)
{
	struct page *pages[1];
	int npages;

	npages = get_user_pages_fast(hva, 1, FOLL_WRITE, pages);
	if (npages < 1)
		return NULL;
	return page_address(pages[0]);
}

/* arch/s390/kvm/pci.c, kvm_s390_pci_aif_enable */
static int shape_s390_aif(unsigned long hva, struct page **aibv)
{
	int npages;

	npages = pin_user_pages_fast(hva, 1, FOLL_WRITE | FOLL_LONGTERM, aibv);
	if (npages < 1)
		return -EIO;
	return 0;
}

/* drivers/fpga/dfl-afu-dma-region.c, afu_dma_pin_pages */
static int shape_afu_pin(struct shape_region *region, int npages)
{
	int pinned;

	pinned = pin_user_pages_fast(region->user_addr, npages, FOLL_WRITE, region->pages);
	if (pinned < 0)
		return pinned;
	if (pinned != npages) {
		unpin_user_pages(region->pages, pinned);
		return -EFAULT;
	}
	return 0;
}

/* drivers/gpu/drm/exynos/exynos_drm_g2d.c, g2d_userptr_get_dma_addr */
static int shape_g2d_userptr(struct shape_region *region, unsigned long start, int npages)
{
	int ret;

	ret = pin_user_pages_fast(start, npages, FOLL_WRITE | FOLL_LONGTERM, region->pages);
	if (ret != npages) {
		if (ret < 0)
			return ret;
		unpin_user_pages(region->pages, ret);
		return -EFAULT;
	}
	return 0;
}

/* drivers/gpu/drm/vmwgfx/vmwgfx_msg.c, vmw_mksstat_add_ioctl */
static int shape_vmw_mksstat(unsigned long stat, size_t num_pages, struct page **pages)
{
	int nr_pinned;

	nr_pinned = pin_user_pages_fast(stat, num_pages, FOLL_LONGTERM, pages);
	if (num_pages != nr_pinned) {
		if (nr_pinned > 0)
			unpin_user_pages(pages, nr_pinned);
		return -ENOMEM;
	}
	return 0;
}

/* drivers/infiniband/core/umem.c, ib_umem_get */
static int shape_umem_get(struct shape_umem *umem, unsigned long base, unsigned long npages, struct page **list)
{
	unsigned int gup_flags = FOLL_LONGTERM;
	int pinned;

	if (umem->writable)
		gup_flags |= FOLL_WRITE;
	while (npages) {
		cond_resched();
		pinned = pin_user_pages_fast(base, min_t(unsigned long, npages, 512), gup_flags, list);
		if (pinned < 0)
			return pinned;
		base += pinned * PAGE_SIZE;
		npages -= pinned;
	}
	return 0;
}

/* drivers/infiniband/hw/mthca/mthca_memfree.c, mthca_map_user_db */
static int shape_user_db(unsigned long uaddr, struct page *pages[1])
{
	int ret;

	ret = pin_user_pages_fast(uaddr & PAGE_MASK, 1, FOLL_WRITE | FOLL_LONGTERM, pages);
	if (ret < 0)
		return ret;
	return 0;
}

/* drivers/infiniband/hw/usnic/usnic_uiom.c, usnic_uiom_get_pages */
static int shape_uiom_pages(unsigned long base, unsigned long npages, int writable, struct page **list)
{
	unsigned int gup_flags = FOLL_LONGTERM;
	struct mm_struct *mm = current->mm;
	int ret;

	if (writable)
		gup_flags |= FOLL_WRITE;
	mmap_read_lock(mm);
	ret = pin_user_pages(base, npages, gup_flags, list);
	mmap_read_unlock(mm);
	return ret;
}

/* drivers/iommu/iommufd/pages.c, pfn_reader_user_pin: flags that were stored before */
static long shape_reader_pin(struct shape_reader *user, unsigned long uptr, unsigned long npages)
{
	return pin_user_pages_fast(uptr, npages, user->gup_flags, user->upages);
}

/* drivers/iommu/iommufd/pages.c, iopt_pages_rw_page */
static int shape_rw_page(struct mm_struct *mm, unsigned long uptr, unsigned int flags, struct page **page)
{
	int rc;

	mmap_read_lock(mm);
	rc = pin_user_pages_remote(mm, uptr, 1, (flags & SHAPE_ACCESS_RW_WRITE) ? FOLL_WRITE : 0, page, NULL);
	mmap_read_unlock(mm);
	if (rc != 1) {
		if (WARN_ON(rc >= 0))
			return -EINVAL;
		return rc;
	}
	return 0;
}

/* drivers/media/common/videobuf2/frame_vector.c, get_vaddr_frames */
static int shape_vaddr_frames(unsigned long start, unsigned int nr_frames, bool write, struct page **pages)
{
	unsigned int gup_flags = FOLL_LONGTERM;

	if (write)
		gup_flags |= FOLL_WRITE;
	start = untagged_addr(start);
	return pin_user_pages_fast(start, nr_frames, gup_flags, pages);
}

/* drivers/media/pci/ivtv/ivtv-yuv.c, ivtv_yuv_prep_user_dma */
static int shape_yuv_dma(unsigned long uaddr, int page_count, struct page **map)
{
	int uv_pages;

	uv_pages = pin_user_pages_unlocked(uaddr, page_count, map, 0);
	if (uv_pages != page_count) {
		if (uv_pages >= 0)
			unpin_user_pages(map, uv_pages);
		return -EFAULT;
	}
	return 0;
}

/* drivers/virt/acrn/hsm.c, acrn_dev_ioctl */
static int shape_acrn_monitor(unsigned long param, struct page **page)
{
	int ret;

	ret = pin_user_pages_fast(param, 1, FOLL_WRITE | FOLL_LONGTERM, page);
	if (unlikely(ret != 1))
		return -ENOMEM;
	return 0;
}

/* drivers/xen/gntdev.c, gntdev_get_page */
static int shape_gntdev_page(struct shape_batch *batch, void __user *virt, bool writeable)
{
	struct page *page;
	int ret;

	ret = pin_user_pages_fast((unsigned long)virt, 1, writeable ? FOLL_WRITE : 0, &page);
	if (ret < 0)
		return ret;
	batch->pages[batch->nr_pages++] = page;
	return 0;
}

/* mm/gup_test.c, __gup_test_ioctl: the lock is taken for some commands only */
static int shape_gup_test(unsigned int cmd, struct shape_gup_test *gup, unsigned long addr, struct page **pages)
{
	bool needs_mmap_lock = cmd != SHAPE_FAST;
	int nr = 0;

	if (needs_mmap_lock && mmap_read_lock_killable(current->mm))
		return -EINTR;
	switch (cmd) {
	case SHAPE_FAST:
		nr = 0;
		break;
	case SHAPE_PIN:
		nr = pin_user_pages(addr, 1, gup->gup_flags, pages);
		break;
	}
	if (needs_mmap_lock)
		mmap_read_unlock(current->mm);
	return nr;
}

/* net/xdp/xdp_umem.c, xdp_umem_pin_pages */
static int shape_xdp_pin(struct shape_xdp *umem, unsigned long address)
{
	unsigned int gup_flags = FOLL_WRITE;
	long npgs;

	mmap_read_lock(current->mm);
	npgs = pin_user_pages(address, umem->npgs, gup_flags | FOLL_LONGTERM, &umem->pgs[0]);
	mmap_read_unlock(current->mm);
	if (npgs != umem->npgs)
		return -ENOMEM;
	return 0;
}
