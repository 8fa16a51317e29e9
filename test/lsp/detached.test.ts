/** What is kept for long shares nothing with what it was made of. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detached } from '../../server/src/lsp/detached.js';

describe('detached data', () => {
  it('is the same, and none of it is the same object', () => {
    const names = new Set(['demo_pin_user_buffer', 'x']);
    const given = { names, by: new Map([['demo_pin_user_buffer', [1, null, 'take']]]), flag: true };
    const copy = detached(given);
    expect(copy).toEqual(given);
    expect(copy.names).not.toBe(names);
    expect(copy.by.get('demo_pin_user_buffer')).not.toBe(given.by.get('demo_pin_user_buffer'));
  });

  it('is the same for any plain data', () => {
    fc.assert(
      fc.property(fc.object({ withMap: true, withSet: true, withNullPrototype: false }), given => {
        expect(detached(given)).toEqual(given);
      }),
    );
  });
});
