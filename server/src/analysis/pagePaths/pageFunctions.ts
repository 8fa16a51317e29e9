/** What kernel functions do with a page, or an array of pages, that they are given. */

import { PAGE_RELEASES, type PageRelease } from '../../../../kernel/src/index.js';

/** What gives pages back, by name. */
export const RELEASE_BY_NAME: ReadonlyMap<string, PageRelease> = new Map(
  PAGE_RELEASES.map(release => [release.name, release]),
);

/** Look at pages, or at what holds them, and neither keep nor release them. */
export const KEEPS_NOTHING =
  /^(?:kmap\w*|kunmap\w*|page_\w+|folio_(?:address|pfn|size|nr_pages|test_\w+|mark_\w+|lock|unlock|trylock|file_\w+|maybe_\w+|is_\w+)|Page[A-Z_]\w*|SetPage\w+|ClearPage\w+|set_page_dirty\w*|lock_page\w*|unlock_page|trylock_page|flush_\w+|mem(?:cpy|set|cmp|move)\w*|copy_\w+|clear_\w+|vmap|vm_map_ram|vunmap|dma_\w+|pci_map_page|is_\w+|IS_ERR\w*|PTR_ERR\w*|ERR_PTR|WARN\w*|pr_\w+|dev_(?:err|warn|notice|info|v?dbg|alert|crit|emerg|name|printk)\w*|printk|dump_page|trace_\w+|drm_clflush_\w+|compound_\w+|thp_\w+|virt_to_\w+|mutex_\w+|init_\w+|INIT_\w+|spin_\w+|refcount_set|kref_init|atomic\w*|check_(?:add|sub|mul|shl)_overflow|capable|can_do_mlock|mmgrab|mmdrop|set_memory_\w+|might_\w+|sizeof|min|max|put_user|get_user|unmap_(?!and_put)\w+|phys_to_\w+|pfn_to_\w+|pfn_valid|mark_page_accessed|ClearPageReserved|access_ok|swap|unlikely|likely|cond_resched|sort|outer_\w+|__cpuc_\w+|set_bit|clear_bit|untagged_addr|sg_init_table|sg_alloc_table|struct_size\w*|flex_array_size|offsetof\w*|sizeof_field|array_size|size_(?:add|mul|sub)|BUG_ON|lockdep_assert\w*|print_hex_dump\w*|[A-Z]+(?:_DEV)?_(?:ERR(?:OR)?|WARN(?:ING)?|INFO|DBG|DEBUG\w*)|\w+_log_\w+|ib_dma_\w+|\w*account\w*|\w+_(?:is|has|can|may)_\w+|\w+_(?:allowed|valid|aligned|contained|supported)|__pa|__va|PFN_PHYS|PHYS_PFN)$/;

/** Copy memory: of an array of pages, the pages have another name as well. */
export const COPIES = /^mem(?:cpy|move)$/;

/** Take back the address at which a page was mapped: who has it can do nothing with it any more. */
export const UNMAPS = /^kunmap(?:_local|_atomic|_high)?$/;

/** Put all pages into a table, and say with an error that they did not. */
export const KEPT_ON_SUCCESS = /^sg_alloc_(?:append_)?table_from_pages(?:_segment)?$/;

/** Put a page into an entry of a table. */
export const PUTS_IN_TABLE = /^sg_set_(?:page|folio)$/;

/** Free such a table, and not the pages in it. */
export const FREES_TABLE = /^sg_free_(?:append_)?table(?:_chained)?$/;

/** Take over the page that they are given, one of many in a loop. */
export const TAKES_OVER = /^(?:bio_add_\w*page\w*|bio_add_folio\w*|\w*skb_fill_page_desc\w*)$/;

/** Free memory. */
export const FREES = /^(?:k|kv|v|kz)free(?:_sensitive|_array)?$|^free_pages?$|^drm_free_large$/;

/** Functions of which nothing is known but that their name says that they free what they are given. */
export const FREES_BY_NAME = /(?:^|_)(?:free|dealloc|destroy)(?:_|$)/;

/** The same, that they undo what was made of it: then they may release pages that are in it. */
export const UNDOES_BY_NAME =
  /(?:^|_)(?:release|put|free|clean|cleanup|clear|destroy|dealloc|unpin|unlock|unmap|unbind|unregister|undo|drop|fini|exit|close|remove|delete|del|deinit|teardown|abort|cancel|kill|reset|stop|finish|complete|done|end|kref_put|unwind|rollback|revert)(?:_|$)/;

/** Uses of a page that need it to be there. */
export const USES =
  /^(?:kmap\w*|vmap|page_address|page_to_\w+|set_page_dirty\w*|SetPage\w+|lock_page\w*|flush_dcache_(?:page|folio)|sg_set_page|sg_alloc_table_from_pages\w*|dma_map_page\w*|page_folio|folio_\w+|get_page|copy_\w*page\w*|bvec_set_page|bio_add_page)$/;

/** Allocate memory that is zero. */
export const ZEROES = /^(?:devm_)?(?:k|kv|v|kvm)(?:z|c)alloc(?:_node|_array|_obj|_objs|_flex)?$/;

/** Functions of which nothing is known but that their name says that they release pages. */
export const SAYS_RELEASE = /(?:^|_)(?:put|unpin|release|drop)_(?:\w+_)?pages?(?:_\w+)?$/;

/** Results that are, for reference counting, the page they are given. */
export const SAME_PAGE =
  /^(?:page_folio|compound_head|folio_page|nth_page|READ_ONCE|likely|unlikely|virt_to_page|pfn_to_page|virt_to_folio|pfn_folio|sg_page|ERR_CAST|WRITE_ONCE)$/;

/** Results that are an address or a frame number of the page, or lead to one. */
export const DERIVED =
  /^(?:kmap\w*|vmap|vm_map_ram|page_address|page_to_\w+|folio_address|folio_pfn|lowmem_page_address|page_to_pfn_t|pfn_to_pfn_t|phys_to_virt|virt_to_phys|__va|__pa|PFN_PHYS|pfn_to_\w+)$/;

/** Return the address at which the kernel sees a page: what is there is none. */
export const ADDRESSES = /^(?:kmap\w*|page_address|folio_address|vmap|vm_map_ram)$/;

/** Those of which kunmap() and its like take the address back. */
export const MAPS = /^kmap(?:_local_\w+|_atomic\w*|_high\w*)?$/;
