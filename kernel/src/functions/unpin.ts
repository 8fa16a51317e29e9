/** What gives pins back, and the placeholders that came before. */

import type { FunctionFact } from '../facts.js';
import type { Release } from '../release.js';
import { prototype, type Signature } from './prototype.js';

const NO_LOCK = 'irrelevant';

function release(
  name: string,
  signatures: readonly Signature[],
  until: Release | null,
  notes: string,
  where = `mm/gup.c ${name}`,
): FunctionFact {
  const since = signatures[0]?.since ?? '4.8';
  const range = until === null ? { since } : { since, until };
  const sleeps = name.includes('dirty_lock');
  return {
    name,
    kind: 'unpin',
    visibility: 'public',
    signatures,
    flagsNamespace: null,
    adds: [],
    refuses: [],
    lock: [
      {
        ...range,
        before: NO_LOCK,
        after: NO_LOCK,
        ...(sleeps ? { note: 'Takes the page or folio lock: may sleep.' } : {}),
      },
    ],
    acquires: 'none',
    releasedBy: [],
    returns: [],
    notes,
    evidence: [{ where }],
  };
}

export const UNPIN_FUNCTIONS: readonly FunctionFact[] = [
  release(
    'unpin_user_page',
    [prototype('5.6', null, 'void unpin_user_page(struct page *page)')],
    null,
    'In 5.6 an inline around put_page(); a real unpin since 5.7. Since 5.19 CONFIG_DEBUG_VM checks that an anonymous page is exclusive.',
  ),
  release(
    'unpin_user_pages',
    [prototype('5.6', null, 'void unpin_user_pages(struct page **pages, unsigned long npages)')],
    null,
    'Warns if an errno is passed as the count (since 5.10).',
  ),
  release(
    'unpin_user_pages_dirty_lock',
    [
      prototype(
        '5.6',
        null,
        'void unpin_user_pages_dirty_lock(struct page **pages, unsigned long npages, bool make_dirty)',
      ),
    ],
    null,
    'With make_dirty false it only unpins.',
  ),
  release(
    'unpin_user_page_range_dirty_lock',
    [
      prototype(
        '5.13',
        null,
        'void unpin_user_page_range_dirty_lock(struct page *page, unsigned long npages, bool make_dirty)',
      ),
    ],
    null,
    'For a physically contiguous range. Not in 5.12.9, in the mm/gup.c of d1e153fea2a8 (5.13).',
  ),
  release('unpin_folio', [prototype('6.11', null, 'void unpin_folio(struct folio *folio)')], null, ''),
  release(
    'unpin_folios',
    [prototype('6.11', null, 'void unpin_folios(struct folio **folios, unsigned long nfolios)')],
    null,
    '',
  ),
  release(
    'unpin_user_folio',
    [
      prototype(
        '6.12',
        '6.12',
        'void unpin_user_folio(struct folio *folio, unsigned long npages)',
        'uncertain',
      ),
      prototype('6.13', null, 'void unpin_user_folio(struct folio *folio, unsigned long npages)'),
    ],
    null,
    'Gives back npages pins of one folio. In 6.12.117, where it may be a backport, and in 6.13.2.',
  ),
  release(
    'put_user_page',
    [prototype('5.2', '5.5', 'void put_user_page(struct page *page)')],
    '5.5',
    'The placeholder for unpin_user_page(): put_page().',
    'include/linux/mm.h put_user_page',
  ),
  release(
    'put_user_pages',
    [prototype('5.2', '5.5', 'void put_user_pages(struct page **pages, unsigned long npages)')],
    '5.5',
    'The placeholder for unpin_user_pages().',
  ),
  release(
    'put_user_pages_dirty_lock',
    [
      prototype('5.2', '5.3', 'void put_user_pages_dirty_lock(struct page **pages, unsigned long npages)'),
      prototype(
        '5.4',
        '5.5',
        'void put_user_pages_dirty_lock(struct page **pages, unsigned long npages, bool make_dirty)',
      ),
    ],
    '5.5',
    'make_dirty since 5.4.',
  ),
];
