/** Where flags are defined and named, and the links of comments, as a client gets them. */

import { describe, expect, it } from 'vitest';
import type { DocumentLink, Location } from 'vscode-languageserver/node';
import { constantDefinitions, mentionsOf } from '../../server/src/syntax/index.js';
import type { TestClient, TestTree } from './client.js';
import { start, tree, URI } from './session.js';
import { PIN_PUT, positionOf } from './snippets.js';

const HEADER = `#ifndef _LINUX_MM_TYPES_H
#define _LINUX_MM_TYPES_H
/* FOLL_WRITE is told of before it is there. */
enum {
	FOLL_WRITE = 1 << 0,
	/* the old name */
	FOLL_LONGTERM = 1 << 8,
	FOLL_BOTH = FOLL_WRITE | FOLL_LONGTERM,
};
#define VM_FAULT_ERROR (VM_FAULT_OOM | /* VM_FAULT_ERROR */ VM_FAULT_SIGBUS)
#endif
`;

const MM_TYPES = 'include/linux/mm_types.h';
const DEMO = 'drivers/demo.c';
const OTHER = 'drivers/other.c';

const OTHER_TEXT = `static const unsigned int other_flags = FOLL_WRITE; // FOLL_WRITE
#define OTHER_FLAGS (FOLL_WRITE | \\
		     FOLL_LONGTERM)
static const char *other_name = "FOLL_WRITE";
`;

const spans = (text: string, what: string): number[] =>
  [...text.matchAll(new RegExp(`\\b${what}\\b`, 'g'))].map(({ index }) => index);

describe('what a text names and defines', () => {
  it('is found by tokens, not in comments and literals', () => {
    const starts = mentionsOf(OTHER_TEXT, 'FOLL_WRITE').map(({ start }) => start);
    const [declared, , inMacro] = spans(OTHER_TEXT, 'FOLL_WRITE');
    expect(starts).toEqual([declared, inMacro]);
    expect(mentionsOf(OTHER_TEXT, 'FOLL_LONG')).toEqual([]);
    expect(mentionsOf('#define A "B" /* B */ B // B\n', 'B')).toEqual([{ start: 22, end: 23 }]);
  });

  it('is told apart from a value that uses a name', () => {
    const at = (name: string): number[] => constantDefinitions(HEADER, name).map(({ start }) => start);
    expect(at('FOLL_WRITE')).toEqual([HEADER.indexOf('FOLL_WRITE = ')]);
    expect(at('FOLL_LONGTERM')).toEqual([HEADER.indexOf('FOLL_LONGTERM = ')]);
    expect(at('VM_FAULT_ERROR')).toEqual([HEADER.indexOf('VM_FAULT_ERROR (')]);
    expect(at('VM_FAULT_OOM')).toEqual([]);
    expect(constantDefinitions('int a[] = { FOLL_WRITE, };\nfoo(A, FOLL_WRITE, B);', 'FOLL_WRITE')).toEqual(
      [],
    );
    expect(constantDefinitions('#define FOLL_WRITE(x) (x)\n', 'FOLL_WRITE')).toEqual([]);
  });

  it('is nothing in text that is cut off', () => {
    for (const text of ['enum { FOLL_WRITE', '#define FOLL_WRITE', 'enum { /* FOLL_WRITE', '"FOLL_WRITE']) {
      expect(() => [mentionsOf(text, 'FOLL_WRITE'), constantDefinitions(text, 'FOLL_WRITE')]).not.toThrow();
    }
  });
});

async function opened(text = PIN_PUT): Promise<{ client: TestClient; kernel: TestTree; uri: string }> {
  const kernel = tree('6.12.1', { [MM_TYPES]: HEADER, [DEMO]: text, [OTHER]: OTHER_TEXT });
  const client = await start();
  await client.open(kernel.uri(DEMO), text);
  return { client, kernel, uri: kernel.uri(DEMO) };
}

const ask = (
  client: TestClient,
  method: 'definition' | 'references',
  uri: string,
  position: { line: number; character: number },
  declared = true,
): Promise<Location[]> =>
  client.connection.sendRequest(`textDocument/${method}`, {
    textDocument: { uri },
    position,
    context: { includeDeclaration: declared },
  });

describe('definition', () => {
  it("leads from a flag at a call to its name in the tree's header", async () => {
    const { client, kernel, uri } = await opened();
    const found = await ask(client, 'definition', uri, positionOf(PIN_PUT, 'FOLL_WRITE', 4));
    const start = positionOf(HEADER, 'FOLL_WRITE = ');
    const end = { ...start, character: start.character + 'FOLL_WRITE'.length };
    expect(found).toEqual([{ uri: kernel.uri(MM_TYPES), range: { start, end } }]);
  });

  it('follows a header that is open and not saved', async () => {
    const { client, kernel, uri } = await opened();
    await client.open(kernel.uri(MM_TYPES), `\n\n${HEADER}`);
    const [found] = await ask(client, 'definition', uri, positionOf(PIN_PUT, 'FOLL_WRITE', 4));
    expect(found?.range.start.line).toBe(positionOf(HEADER, 'FOLL_WRITE = ').line + 2);
  });

  it('is left to others for functions, other words and comments, and outside a tree', async () => {
    const { client, uri } = await opened(`${PIN_PUT}/* FOLL_WRITE */\n`);
    for (const [what, shift] of [
      ['pin_user_pages_fast', 2],
      ['demo_pin', 2],
      ['/* FOLL_WRITE', 5],
    ] as const) {
      const position = positionOf(`${PIN_PUT}/* FOLL_WRITE */\n`, what, shift);
      expect(await ask(client, 'definition', uri, position), what).toEqual([]);
    }
    await client.open(URI, PIN_PUT);
    expect(await ask(client, 'definition', URI, positionOf(PIN_PUT, 'FOLL_WRITE', 4))).toEqual([]);
  });
});

describe('references', () => {
  it('are what names a flag anywhere in the tree, with or without its definition', async () => {
    const { client, kernel, uri } = await opened();
    const places = (found: readonly Location[]): string[] =>
      found.map(at => `${at.uri.slice(kernel.uri('x').length - 1)}:${at.range.start.line}`).sort();
    const position = positionOf(PIN_PUT, 'FOLL_WRITE', 4);
    const call = `${DEMO}:${position.line}`;
    const all = await ask(client, 'references', uri, position);
    const inHeader = [4, 7].map(line => `${MM_TYPES}:${line}`);
    expect(places(all)).toEqual([call, `${OTHER}:0`, `${OTHER}:1`, ...inHeader].sort());
    const uses = await ask(client, 'references', uri, position, false);
    expect(places(uses)).toEqual([call, `${OTHER}:0`, `${OTHER}:1`, inHeader[1]].sort());
  });

  it('are given for a function of the family, and for no other', async () => {
    const { client, uri } = await opened();
    const found = await ask(client, 'references', uri, positionOf(PIN_PUT, 'pin_user_pages_fast', 2));
    expect(found.map(({ range }) => range.start)).toEqual([positionOf(PIN_PUT, 'pin_user_pages_fast')]);
    expect(await ask(client, 'references', uri, positionOf(PIN_PUT, 'demo_pin', 2))).toEqual([]);
  });

  it('outside a tree are those of the document, and none where navigation is switched off', async () => {
    const position = positionOf(PIN_PUT, 'FOLL_WRITE', 4);
    const client = await start();
    await client.open(URI, PIN_PUT);
    expect(await ask(client, 'references', URI, position)).toHaveLength(1);
    const off = await start({ initializationOptions: { gupLens: { navigation: { enable: false } } } });
    await off.open(URI, PIN_PUT);
    expect(await ask(off, 'references', URI, position)).toEqual([]);
  });
});

describe('document links', () => {
  const TEXT = `/* See Documentation/core-api/pin_user_pages.rst and Documentation/gone.rst. */
${PIN_PUT.replace(
  '\tput_page(page);',
  '\t/* gup-lens: ignore gup-pin-put-mismatch, no-such-rule -- of a test */\n\tput_page(page);',
)}`;

  const linksOf = (client: TestClient, uri: string): Promise<DocumentLink[]> =>
    client.connection.sendRequest('textDocument/documentLink', { textDocument: { uri } });

  it('lead from comments to pages that are there', async () => {
    const kernel = tree('6.12.1', { [DEMO]: TEXT, 'Documentation/core-api/pin_user_pages.rst': 'Pins\n' });
    const client = await start({ runtime: { rulePage: rule => `file:///docs/${rule}.md` } });
    await client.open(kernel.uri(DEMO), TEXT);
    const links = await linksOf(client, kernel.uri(DEMO));
    expect(links.map(({ target }) => target)).toEqual([
      kernel.uri('Documentation/core-api/pin_user_pages.rst'),
      'file:///docs/gup-pin-put-mismatch.md',
    ]);
    expect(links.map(({ range }) => range.start)).toEqual([
      positionOf(TEXT, 'Documentation/core-api'),
      positionOf(TEXT, 'gup-pin-put-mismatch'),
    ]);
  });

  it('open a rule by the command of a client that has it', async () => {
    const client = await start({ capabilities: { experimental: { gupLens: { commands: true } } } });
    await client.open(URI, TEXT);
    expect((await linksOf(client, URI)).map(({ target }) => target)).toEqual([
      `command:gupLens.explainRule?${encodeURIComponent('["gup-pin-put-mismatch"]')}`,
    ]);
  });
});
