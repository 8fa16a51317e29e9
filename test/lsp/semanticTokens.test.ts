/** Internal flags and calls that may drop the lock, as semantic tokens. */

import { describe, expect, it } from 'vitest';
import type { SemanticTokens } from 'vscode-languageserver/node';
import { start, URI } from './session.js';
import { positionOf, REMOTE } from './snippets.js';

const TEXT = `${REMOTE}
static long demo_kept(struct mm_struct *mm, unsigned long addr, struct page *page)
{
	/* FOLL_PIN */
	return get_user_pages_remote(mm, addr, 1, FOLL_TOUCH | FOLL_WRITE, &page, NULL);
}

static int demo_fixup(struct mm_struct *mm, unsigned long addr)
{
	bool unlocked = false;

	return fixup_user_fault(mm, addr, FAULT_FLAG_WRITE, &unlocked) ?:
	       fixup_user_fault(mm, addr + 1, FAULT_FLAG_WRITE, NULL);
}
`;

/** Each token as its text with its modifiers. */
async function tokens(text: string, settings: unknown = {}, uri = URI): Promise<string[]> {
  const client = await start({ initializationOptions: settings });
  await client.open(uri, text);
  const { data }: SemanticTokens = await client.connection.sendRequest('textDocument/semanticTokens/full', {
    textDocument: { uri },
  });
  const { legend } = client.initializeResult.capabilities.semanticTokensProvider ?? {};
  const lines = text.split('\n');
  const found: string[] = [];
  let [line, character] = [0, 0];
  for (let i = 0; i < data.length; i += 5) {
    const [down = 0, right = 0, length = 0, type = 0, bits = 0] = data.slice(i, i + 5);
    line += down;
    character = down === 0 ? character + right : right;
    const modifiers = legend?.tokenModifiers.filter((_, bit) => (bits & (1 << bit)) !== 0);
    found.push(
      `${line}: ${lines[line]?.slice(character, character + length)} ${legend?.tokenTypes[type]} ${modifiers}`,
    );
  }
  return found;
}

describe('semantic tokens', () => {
  it('mark what is internal to mm/ and what may drop the lock, and nothing else', async () => {
    const line = (what: string): number => positionOf(TEXT, what).line;
    expect(await tokens(TEXT)).toEqual([
      `${line('flags, &page, &locked')}: get_user_pages_remote function mayDropLock`,
      `${line('FOLL_TOUCH')}: FOLL_TOUCH enumMember internal`,
      `${line('&unlocked')}: fixup_user_fault function mayDropLock`,
    ]);
  });

  it('leave the flags alone in mm/, where they belong', async () => {
    const marked = await tokens(TEXT, {}, 'file:///nowhere/mm/gup.c');
    expect(marked).toHaveLength(2);
    expect(marked.join()).not.toContain('FOLL_');
  });

  it('are none where they are switched off', async () => {
    expect(await tokens(TEXT, { gupLens: { semanticTokens: { enable: false } } })).toEqual([]);
  });

  it('are not offered to the extension, which would take the place of clangd', async () => {
    const able = await start({ capabilities: { experimental: { gupLens: { commands: true } } } });
    expect(able.initializeResult.capabilities.semanticTokensProvider).toBeUndefined();
  });
});
