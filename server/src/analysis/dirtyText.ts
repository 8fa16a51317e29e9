/** What a text says of dirty pages, read or not. */

/** The log of guest frames that user space reads (KVM_GET_DIRTY_LOG): no page is marked by it. */
const GUEST_LOG = /\b(?:kvm_vcpu_)?mark_page_dirty(?:_in_slot)?\b/g;

/**
 * Whether code marks pages dirty somehow, or keeps account of it: comments, `…_dirty_lock(…, false)` and KVM's log of
 * guest frames do not count.
 */
export function speaksOfDirty(text: string): boolean {
  if (!/dirty/i.test(text)) return false;
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '').replace(GUEST_LOG, '');
  // From the beginning of a word: else it is looked for anew behind every letter of every word.
  return /dirty/i.test(code.replace(/\b\w*_dirty_lock\b[^;]*\bfalse\s*\)/g, ''));
}
