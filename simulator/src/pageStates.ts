/** Names of how pages were prepared that mean the same for several kinds of mappings. */

/** States in which pages of one's own were written first. */
export const WRITTEN_STATES = [
  'write_populated',
  'written_then_MADV_DONTNEED',
  'mlocked_written',
  'written_then_forked_child_alive',
  'written_then_forked_child_exited',
  'written_by_parent_caller_is_forked_child',
  'hwpoisoned',
  'written_pkey_access_disabled',
  'written_pkey_write_disabled',
] as const;
