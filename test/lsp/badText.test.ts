/** Texts that are no whole C in UTF-8: what cannot be read has no answer, and all around it keeps its own. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type CodeAction,
  type CodeLens,
  type Diagnostic,
  type Hover,
  type InlayHint,
  TextDocumentEdit,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { EditedDocument } from './editedDocument.js';
import { start, tree, URI, whole } from './session.js';
import { sitesOf } from './sites.js';
import { PIN_PUT, positionOf, REMOTE } from './snippets.js';

const RULE = 'gup-pin-put-mismatch';

/** Another function with the mistake of {@link PIN_PUT}. */
const SECOND = `
static int demo_second(unsigned long addr)
{
	struct page *page;

	if (pin_user_pages_fast(addr, 1, FOLL_WRITE, &page) != 1)
		return -EFAULT;
	put_page(page);
	return 0;
}
`;

const rulesAndLines = (diagnostics: readonly Diagnostic[]): (readonly [unknown, number])[] =>
  diagnostics.map(({ code, range }) => [code, range.start.line] as const);

describe('a function being typed', () => {
  it('leaves the finding before it alone at each key, and has its own once it is there', async () => {
    const client = await start();
    const edited = await EditedDocument.open(client, URI, PIN_PUT);
    const first = [RULE, positionOf(PIN_PUT, 'put_page').line] as const;
    for (const key of SECOND) {
      await edited.replace(edited.text.length, edited.text.length, key);
      expect(rulesAndLines(await client.pull(URI)), edited.text.slice(-40)).toContainEqual(first);
    }
    const both = [first, [RULE, positionOf(PIN_PUT + SECOND, 'demo_second').line + 6]];
    expect(rulesAndLines(await client.pull(URI))).toEqual(both);
    expect(client.errors).toEqual([]);
  });

  it('leaves the finding after it alone at each key', async () => {
    const client = await start();
    const edited = await EditedDocument.open(client, URI, PIN_PUT);
    const typed = REMOTE.slice(REMOTE.indexOf('static'));
    const at = PIN_PUT.indexOf('static');
    let missed = '';
    for (const [count, key] of [...typed].entries()) {
      await edited.replace(at + count, at + count, key);
      const line = positionOf(edited.text, 'put_page(page);\n\treturn 0').line;
      const found = rulesAndLines(await client.pull(URI));
      if (!found.some(([rule, where]) => rule === RULE && where === line))
        missed = edited.text.slice(0, at + count + 1);
    }
    expect(missed).toBe('');
    expect(rulesAndLines(await client.pull(URI))).toHaveLength(1);
    expect(client.errors).toEqual([]);
  });
});

const CONFLICT = `
static long demo_conflict(struct mm_struct *mm, unsigned long addr, struct page **pages)
{
	int locked = 1;
	long ret;

	mmap_read_lock(mm);
<<<<<<< HEAD
	ret = get_user_pages_remote(mm, addr, 1, FOLL_WRITE, pages, &locked);
	if (locked)
		mmap_read_unlock(mm);
||||||| base
	ret = get_user_pages_remote(mm, addr, 1, FOLL_WRITE, pages, NULL);
=======
	ret = pin_user_pages_remote(mm, addr, 1, FOLL_WRITE, pages, NULL);
	mmap_read_unlock(mm);
>>>>>>> topic
	return ret;
}
`;

/** Both sides open a block, which is closed once. */
const UNBALANCED = `
static long demo_block(struct mm_struct *mm, unsigned long addr, struct page **pages)
{
<<<<<<< HEAD
	if (addr) {
=======
	if (pages) {
>>>>>>> topic
		mmap_read_lock(mm);
		pin_user_pages_remote(mm, addr, 1, FOLL_WRITE, pages, NULL);
	}
	return 0;
}
`;

describe('merge conflict markers', () => {
  const about = { textDocument: { uri: URI } };

  for (const [where, name, conflict] of [
    ['in a function', 'demo_conflict', CONFLICT],
    ['that leave braces open', 'demo_block', UNBALANCED],
  ] as const) {
    it(`${where} give no finding there, and take none from the functions around`, async () => {
      const client = await start();
      const text = PIN_PUT + conflict + SECOND;
      await client.open(URI, text);
      const lines = text.split('\n').flatMap((line, at) => (line === '\tput_page(page);' ? [at] : []));
      expect(rulesAndLines(await client.pull(URI))).toEqual(lines.map(line => [RULE, line]));
      const all = await sitesOf(client, { uri: URI });
      expect(new Set(all.notAnalysed.map(({ function: of }) => of))).toEqual(new Set([name]));
      const hover: Hover | null = await client.connection.sendRequest('textDocument/hover', {
        ...about,
        position: positionOf(text, 'pin_user_pages_remote', 2),
      });
      expect(JSON.stringify(hover)).toContain('pin_user_pages_remote');
      expect(JSON.stringify(hover)).not.toMatch(/held for|not held here/);
      await client.connection.sendRequest('textDocument/inlayHint', { ...about, range: whole });
      await client.connection.sendRequest('textDocument/codeLens', about);
      await client.connection.sendRequest('textDocument/semanticTokens/full', about);
      await client.connection.sendRequest('textDocument/documentLink', about);
      expect(client.errors).toEqual([]);
    });
  }

  it('between functions take nothing from either', async () => {
    const client = await start();
    await client.open(URI, `${PIN_PUT}<<<<<<< HEAD\n${SECOND}=======\n>>>>>>> topic\n`);
    expect((await client.pull(URI)).map(({ code }) => code)).toEqual([RULE, RULE]);
  });

  it('that are resolved leave a function with all its answers', async () => {
    const client = await start();
    const edited = await EditedDocument.open(client, URI, PIN_PUT + CONFLICT);
    const hover = async (): Promise<string> => {
      const position = positionOf(edited.text, 'get_user_pages_remote', 2);
      const found: Hover | null = await client.connection.sendRequest('textDocument/hover', {
        ...about,
        position,
      });
      return JSON.stringify(found?.contents ?? null);
    };
    expect(await hover()).not.toContain('| you pass | `WRITE` |');
    await edited.replace(edited.text.indexOf('|||||||'), edited.text.indexOf('\treturn ret;\n}'), '');
    await edited.replace(edited.text.indexOf('<<<<<<<'), edited.text.indexOf('\tret = get_user'), '');
    expect(await hover()).toContain('| you pass | `WRITE` |');
    expect(await client.pull(URI)).toHaveLength(1);
  });
});

describe('a generated header of 100,000 lines', () => {
  const LINES = 100_000;
  const registers = Array.from(
    { length: LINES },
    (_, at) => `#define REG_${at}_MASK 0x${at.toString(16)}UL\n`,
  );
  const text = registers.join('') + PIN_PUT;

  it('is answered when open, and follows edits', async () => {
    const made = tree('6.12.3');
    const client = await start();
    const uri = made.uri('drivers/regs.h');
    const edited = await EditedDocument.open(client, uri, text);
    const line = LINES + positionOf(PIN_PUT, 'put_page').line;
    expect(rulesAndLines(await client.pull(uri))).toEqual([[RULE, line]]);
    await edited.replace(0, 0, '/* generated */\n');
    expect(rulesAndLines(await client.pull(uri))).toEqual([[RULE, line + 1]]);
    const hover: Hover | null = await client.connection.sendRequest('textDocument/hover', {
      textDocument: { uri },
      position: positionOf(edited.text, 'pin_user_pages_fast', 2),
    });
    expect(JSON.stringify(hover)).toContain('| you pass | `WRITE` |');
  }, 30_000);

  it('that is too large to be read from the disk is named, and the rest of the tree is there', async () => {
    const made = tree('6.12.3', {
      'drivers/a.c': PIN_PUT,
      'drivers/regs.h': `${text}/*${' '.repeat(2 ** 21)}*/`,
    });
    const client = await start();
    const uri = made.uri('drivers/a.c');
    const all = await sitesOf(client, { uri });
    expect(all.sites.map(site => site.uri)).toEqual([uri]);
    expect(all.notAnalysed).toEqual([
      expect.objectContaining({ uri: made.uri('drivers/regs.h'), reason: 'larger than 4 MB' }),
    ]);
  }, 30_000);
});

describe('bytes that are not UTF-8', () => {
  it('in files of the tree are read, and places stay right', async () => {
    const made = tree('6.12.3', { 'drivers/a.c': REMOTE });
    const text = PIN_PUT.replace('\tret = pin', '/* Jos\u00e9 \u0080\u00ff */ ret = pin');
    mkdirSync(join(made.root, 'drivers'), { recursive: true });
    writeFileSync(join(made.root, 'drivers/latin.c'), Buffer.from(text, 'latin1'));
    const client = await start();
    const all = await sitesOf(client, { uri: made.uri('drivers/a.c') });
    expect(all.sites.map(({ uri, range }) => [uri, range.start])).toEqual([
      [made.uri('drivers/a.c'), positionOf(REMOTE, 'get_user_pages_remote')],
      [made.uri('drivers/latin.c'), positionOf(text, 'pin_user_pages_fast')],
    ]);
    expect(all.notAnalysed).toEqual([]);
  });

  // What an editor makes of such bytes: replacement characters, halves of a pair, NUL.
  for (const [name, odd] of [
    ['replacement characters', '\ufffd\ufffd'],
    ['half a surrogate pair', '\ud83d'],
    ['characters of two units', '🐈🐈'],
    ['NUL', '\0'],
    ['a byte order mark', '\ufeff'],
  ] as const) {
    it(`in an open document (${name}) leave places right`, async () => {
      const client = await start();
      const text = PIN_PUT.replace('\tput_page', `\t/* ${odd} */ put_page`);
      await client.open(URI, text);
      const diagnostics = await client.pull(URI);
      expect(diagnostics.map(({ code, range }) => [code, range.start])).toEqual([
        [RULE, positionOf(text, 'put_page')],
      ]);
      expect(client.errors).toEqual([]);
    });
  }

  it('outside of comments are broken C: the function is left alone, the next is not', async () => {
    const client = await start();
    await client.open(URI, PIN_PUT.replace('\tret = pin', '\t\ufffd\0\ufffd(; = pin') + SECOND);
    const line = positionOf(PIN_PUT + SECOND, 'demo_second').line + 6;
    expect(rulesAndLines(await client.pull(URI))).toEqual([[RULE, line]]);
    expect(client.errors).toEqual([]);
  });
});

describe('CRLF', () => {
  const crlf = (text: string): string => text.replaceAll('\n', '\r\n');
  const about = { textDocument: { uri: URI } };

  it('gives the hints and lenses that LF gives, at the same places', async () => {
    const answers = async (text: string): Promise<unknown> => {
      const client = await start();
      await client.open(URI, text);
      const hints: InlayHint[] = await client.connection.sendRequest('textDocument/inlayHint', {
        ...about,
        range: whole,
      });
      const lenses: CodeLens[] = await client.connection.sendRequest('textDocument/codeLens', about);
      expect([hints.length, lenses.length]).toEqual([3, 2]);
      return { hints, lenses };
    };
    expect(await answers(crlf(REMOTE))).toEqual(await answers(REMOTE));
  });

  it('is kept by a fix, and edits are followed', async () => {
    const client = await start();
    const text = crlf(PIN_PUT);
    const edited = await EditedDocument.open(client, URI, text);
    const position = positionOf(PIN_PUT, 'put_page');
    const [action]: CodeAction[] = await client.connection.sendRequest('textDocument/codeAction', {
      ...about,
      range: { start: position, end: position },
      context: { diagnostics: [] },
    });
    const [change] = action?.edit?.documentChanges ?? [];
    if (!TextDocumentEdit.is(change)) throw new Error(`no edit of the document: ${JSON.stringify(action)}`);
    const edits = change.edits.flatMap(edit => ('newText' in edit ? [edit] : []));
    const fixed = TextDocument.applyEdits(TextDocument.create(URI, 'c', 1, text), edits);
    expect(fixed).toBe(crlf(PIN_PUT.replace('put_page', 'unpin_user_page')));
    const at = text.indexOf('put_page');
    await edited.replace(at, at + 'put_page'.length, 'unpin_user_page');
    expect(await client.pull(URI)).toEqual([]);
  });

  it('beside LF in one file changes no place', async () => {
    const client = await start();
    const text = PIN_PUT.replace('{\n', '{\r\n').replace('int ret;\n', 'int ret;\r\n\r\n');
    await client.open(URI, text);
    expect(rulesAndLines(await client.pull(URI))).toEqual([[RULE, positionOf(text, 'put_page').line]]);
  });

  it('ends a comment that silences', async () => {
    const client = await start();
    const silenced = `\t/* gup-lens: ignore ${RULE} -- of a test */\n\tput_page(page);`;
    await client.open(URI, crlf(PIN_PUT.replace('\tput_page(page);', silenced)));
    expect(await client.pull(URI)).toEqual([]);
  });
});
