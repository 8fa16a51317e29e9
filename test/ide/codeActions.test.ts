import { describe, expect, it } from 'vitest';
import type { CodeAction } from '../../server/src/ide/index.js';
import { FILE, open } from './host.js';
import { MISMATCH } from './snippets.js';

function actionsAt(marked: string): { actions: CodeAction[]; text: string; offset: number } {
  const { analysis, text, offset } = open(marked);
  return { actions: analysis.codeActions(FILE, { start: offset, end: offset }), text, offset };
}

/** The text with the edits of the only action that suppresses, and with a reason where it says that one belongs. */
function suppressed(marked: string, reason: string): string {
  const { actions, text } = actionsAt(marked);
  const [action, ...more] = actions.filter(({ kind }) => kind === 'suppress');
  if (action?.kind !== 'suppress' || more.length > 0) throw new Error('not one action that suppresses');
  const [edit] = action.edits;
  if (edit === undefined) throw new Error('no edit');
  const edited = text.slice(0, edit.span.start) + edit.newText + text.slice(edit.span.end);
  const lines = edited.split('\n');
  const { line, character } = action.reason;
  const there = lines[line] ?? '';
  lines[line] = there.slice(0, character) + reason + there.slice(character);
  return lines.join('\n');
}

describe('code actions', () => {
  it('fix, suppress and explain, and nothing where nothing is found', () => {
    expect(actionsAt(MISMATCH).actions.map(({ kind, title }) => [kind, title])).toEqual([
      ['fix', expect.stringContaining('unpin_user_page')],
      ['suppress', 'Suppress gup-pin-put-mismatch here with a reason'],
      ['explain', 'Explain gup-pin-put-mismatch'],
    ]);
    expect(actionsAt(MISMATCH.replace('¦', '').replace('return 0', '¦return 0')).actions).toEqual([]);
  });

  it('put the documented comment above the line, which silences nothing without a reason', () => {
    const without = suppressed(MISMATCH, '');
    expect(without).toContain('\t/* gup-lens: ignore gup-pin-put-mismatch --  */\n\tput_page(page);\n');
    const rules = (text: string): string[] =>
      open(text)
        .analysis.diagnostics(FILE)
        .map(({ rule }) => rule);
    expect(rules(without).sort()).toEqual(['gup-lens-suppression', 'gup-pin-put-mismatch']);
    const written = suppressed(MISMATCH, 'the driver made it a reference');
    expect(rules(written)).toEqual([]);
    const { analysis } = open(written);
    expect(analysis.suppressed(FILE).map(({ suppression }) => suppression?.reason)).toEqual([
      'the driver made it a reference',
    ]);
  });

  it('keep the line ends of the file', () => {
    expect(suppressed(MISMATCH.replaceAll('\n', '\r\n'), 'x')).toContain('-- x */\r\n\tput_page(page);\r\n');
  });

  it('say it where the comment would speak of a whole function', () => {
    const oneLine = 'void demo(struct page **p) { pin_user_pages_fast(0, 1, 0, p); ¦put_page(*p); }\n';
    const { actions } = actionsAt(oneLine);
    expect(actions.filter(({ kind }) => kind === 'suppress').map(({ title }) => title)).toContain(
      'Suppress gup-pin-put-mismatch in demo() with a reason',
    );
  });

  it('offer no comment where none can stand', () => {
    const kinds = (marked: string): string[] => actionsAt(marked).actions.map(({ kind }) => kind);
    expect(kinds(MISMATCH.replace('\t¦put_page', '\t/* a\n\t */ ¦put_page'))).toEqual(['fix', 'explain']);
    expect(kinds('/* gup-lens: ¦ignore gup-pin-put-mismatch */\nint x;\n')).toEqual(['explain']);
  });
});
