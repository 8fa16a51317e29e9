/** The page cache of a tmpfs file or of shared anonymous memory, as `page_state` prepares it. */

import { NotModelled } from './notModelled.js';
import { FOLIO, type State } from './state.js';

/** States of shmem pages the model knows. */
export const SHMEM_STATES: ReadonlySet<string> = new Set([
  'unpopulated',
  'file_hole_not_cached',
  'file_cached_not_mapped',
  'beyond_eof',
  'read_populated',
  'write_populated',
]);

/** Puts into the page cache what is in it before the call; entries of the page table must be there already. */
export function fillPageCache(state: State, pageState: string, shared: boolean): void {
  state.pageCache = state.ptes.map(pte => {
    const mapped = state.folios[pte.folio];
    if (mapped !== undefined && (mapped.bits & FOLIO.SHMEM) !== 0) return pte.folio;
    if (pageState === 'file_cached_not_mapped') {
      const bits = FOLIO.SHMEM | FOLIO.DIRTY | (state.movable ? FOLIO.MOVABLE_ZONE : 0);
      return state.folios.push({ bits, ref: 2, map: 0, batch: state.foreignMm ? 'unknown' : 'this-cpu' }) - 1;
    }
    if (mapped === undefined && pageState.endsWith('_populated')) {
      throw new NotModelled(`shmem pages ${pageState} that are not mapped`);
    }
    if (mapped !== undefined && shared) throw new NotModelled('a private page in a shared mapping');
    return -1;
  });
}
