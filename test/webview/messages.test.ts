/** What may cross the border between the extension and the panel. */

import { describe, expect, it } from 'vitest';
import { isFromPanel, isPanelState, isToPanel } from '../../client/webview/messages.js';

const location = { uri: 'file:///linux/mm/gup.c', line: 3, character: 8 };
const call = { scenario: { fn: 'get_user_pages' }, title: 'get_user_pages in f', location };

describe('messages', () => {
  it('to the panel are calls to show, and litmus tests to explore', () => {
    expect(isToPanel({ type: 'show', call })).toBe(true);
    expect(isToPanel({ type: 'show', call: { ...call, location: null, scenario: null } })).toBe(true);
    expect(isToPanel({ type: 'explore', name: 'gup-fast-fork' })).toBe(true);
    expect(isToPanel({ type: 'explore', name: 7 })).toBe(false);
    for (const wrong of [null, 'show', {}, { type: 'show' }, { type: 'show', call: { ...call, title: 1 } }]) {
      expect(isToPanel(wrong)).toBe(false);
    }
  });

  it('from the panel are few, and checked field by field', () => {
    expect(isFromPanel({ type: 'ready' })).toBe(true);
    expect(isFromPanel({ type: 'showCall', location })).toBe(true);
    expect(isFromPanel({ type: 'copy', what: 'scenario', text: '{}' })).toBe(true);
    for (const wrong of [
      undefined,
      { type: 'run' },
      { type: 'showCall', location: { ...location, line: 1.5 } },
      { type: 'showCall', location: null },
      { type: 'copy', what: 'everything', text: '' },
      { type: 'copy', what: 'scenario' },
    ]) {
      expect(isFromPanel(wrong)).toBe(false);
    }
  });

  it('kept over a reload are checked too', () => {
    const state = { call, scenario: {}, selectedStep: 2, compareWith: null, part: 'races', races: null };
    expect(isPanelState(state)).toBe(true);
    expect(isPanelState({ ...state, part: 'none' })).toBe(false);
    const { scenario: _, ...without } = state;
    expect(isPanelState(without)).toBe(false);
    expect(isPanelState(undefined)).toBe(false);
  });
});
