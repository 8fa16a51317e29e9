/** What changed in how transparent huge pages are split and copied. */

import { behaviour, range, uncertain } from './behaviour.js';

export const LARGE_FOLIO_SWITCHES = {
  splitKeepsDirty: behaviour(
    'Splitting a dirty huge entry makes the small ones dirty; before, only the folio was marked.',
    [range('6.2')],
    'mm/huge_memory.c __split_huge_pmd_locked',
  ),
  doubleMap: behaviour(
    'While a huge entry and small ones map a page (PG_double_map), each page counts one mapping more.',
    [range('4.8', '6.1')],
    'mm/huge_memory.c __split_huge_pmd_locked, TestSetPageDoubleMap',
  ),
  hugeCowCopiesWhole: behaviour(
    'A write to a huge page that is not ours alone allocates another huge page; since, the entry is split and a small page copied.',
    [range('4.8', '5.7')],
    'mm/huge_memory.c do_huge_pmd_wp_page',
  ),
  wpLeavesLargeFolio: behaviour(
    'A write to a page of a large folio mapped by small entries copies it, even if nobody else refers to the folio.',
    [range('6.9', '6.14')],
    'mm/memory.c wp_can_reuse_anon_folio',
  ),
  wpReusesLargeFolio: uncertain(
    'Such a write reuses the page if all references to the folio are mappings of this address space (not in 6.14, in 7.1.3).',
    [range('6.15')],
    'mm/memory.c __wp_can_reuse_large_anon_folio',
  ),
  anonLargeFolios: behaviour(
    'Anonymous memory may be allocated in large folios smaller than a huge page (transparent_hugepage/hugepages-64kB and so on), which entries of PTE level map.',
    [range('6.8')],
    'mm/memory.c alloc_anon_folio',
    '19eaf44954df',
  ),
  ext4LargeFolios: behaviour(
    'ext4 keeps regular files in large folios: those of a write() are as large as what was written (not in 6.14, in 6.17).',
    [range('6.16')],
    'fs/ext4/inode.c ext4_set_inode_mapping_order, mm/filemap.c __filemap_get_folio',
  ),
  finishFaultMapsFolio: behaviour(
    'A fault that ->fault answers with a page of a large folio of a file maps the whole folio, if the mapping and the file have room for it and nothing is mapped there; before, tmpfs aside, the page alone (not in 6.17, in 6.18.2).',
    [range('6.18')],
    'mm/memory.c finish_fault',
  ),
};
