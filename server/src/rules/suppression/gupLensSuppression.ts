/** Comments that were meant to silence a finding and silence nothing. */

import { defineRule, type Finding } from '../rule.js';
import { suppressionsOf } from './suppressions.js';

/**
 * Reports comments that cannot be taken as they are. `runRules` adds under the same id those that name no rule, and
 * those that nothing is found for: only it knows all findings.
 */
export const gupLensSuppression = defineRule({
  id: 'gup-lens-suppression',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A "gup-lens: ignore" comment gives no reason, cannot be read, or is not needed.',
  why:
    'A finding is silenced by a comment that says why the code is right. Without the reason the next reader cannot tell ' +
    'a judgement from a finding that was in the way, so such a comment silences nothing. One that nothing is found ' +
    'for hides the next finding there.',
  remedy:
    'Write "gup-lens: ignore RULE -- why it is right here" beside the line, on a line of its own above it, or in front of ' +
    'a function for all of it. Take the comment out where it is not needed any more.',
  unreported: 'Comments for code that the release leaves out, or for a rule that is not of this release.',
  examples: [
    {
      bad: `static void drop(unsigned long uaddr)
{
	struct page *page;

	if (pin_user_pages_fast(uaddr, 1, FOLL_WRITE, &page) != 1)
		return;
	demo_pin_to_ref(page);
	put_page(page); /* gup-lens: ignore gup-pin-put-mismatch */
}
`,
      good: `static void drop(unsigned long uaddr)
{
	struct page *page;

	if (pin_user_pages_fast(uaddr, 1, FOLL_WRITE, &page) != 1)
		return;
	demo_pin_to_ref(page);
	/* gup-lens: ignore gup-pin-put-mismatch -- demo_pin_to_ref() made the pin a reference */
	put_page(page);
}
`,
    },
  ],
  check({ file }) {
    return suppressionsOf(file.source).problems.map(
      ({ span, message }): Finding => ({ span, message, related: [], confidence: 'high', fix: null }),
    );
  },
});
