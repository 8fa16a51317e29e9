/** Kernel functions that take over pages they are given: into a structure, or for good. */

/** Keep the pages, the page frame numbers or the physical addresses that they are given, in a structure. */
const KEEPERS: readonly RegExp[] = [
  // include/linux/scatterlist.h
  /^(?:sg_(?:set_page|set_folio|assign_page|alloc_append_table_from_pages)|_*sg_alloc_table_from_pages\w*)$/,
  // include/linux/bio.h, include/linux/bvec.h
  /^(?:bio_add_\w*page\w*|bio_add_folio\w*|bvec_set_(?:page|folio)|iov_iter_bvec)$/,
  // include/linux/skbuff.h
  /^(?:_*skb_fill_page_desc\w*|skb_frag_\w+|skb_add_rx_frag\w*|skb_splice_from_iter)$/,
  // include/linux/list.h, include/linux/xarray.h, include/linux/maple_tree.h, include/linux/radix-tree.h
  /^(?:_*list_add\w*|_*xa_(?:store|insert|alloc)\w*|mtree_(?:store|insert|alloc)\w*|radix_tree_insert)$/,
  // include/linux/iommu.h, include/linux/vhost_iotlb.h: the mapping is found again by its address
  /^(?:iommu_map\w*|vhost_iotlb_add_range\w*)$/,
];

/** Whether a function keeps the pages that it is given, so that somebody else has to release them. */
export function keepsPages(name: string): boolean {
  return KEEPERS.some(pattern => pattern.test(name));
}

/** A function that takes over the caller's reference if one of its arguments names a flag. */
export interface PageConsumer {
  readonly name: string;
  /** The argument that is the page, or its frame number. */
  readonly argument: number;
  readonly flag: string;
}

/** mm/memory-failure.c: with MF_COUNT_INCREASED the reference was taken for it, and it drops it. */
export const PAGE_CONSUMERS: readonly PageConsumer[] = [
  { name: 'memory_failure', argument: 0, flag: 'MF_COUNT_INCREASED' },
  { name: 'soft_offline_page', argument: 0, flag: 'MF_COUNT_INCREASED' },
];

/** Functions whose result stands for the page or the frame that they are given: it can be turned back. */
const CONVERSION =
  /^(?:page_to_(?:pfn|phys|virt)|page_address|page_folio|folio_(?:page|address|pfn|nth_page|file_page)|nth_page|compound_head|kmap\w*|vmap|vm_map_ram|lowmem_page_address|__?[vp]a|pfn_to_\w+|virt_to_\w+|phys_to_\w+|PFN_PHYS|PHYS_PFN|__phys_to_pfn|__pfn_to_phys|lower_32_bits|upper_32_bits|cpu_to_[bl]e\d+)$/;

/** Whether what a function returns still stands for the page or the frame that it is given. */
export function convertsPage(name: string): boolean {
  return CONVERSION.test(name);
}
