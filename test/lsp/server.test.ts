import { describe, expect, it } from 'vitest';
import type { CodeAction, CodeLens, Hover, InlayHint, TextEdit } from 'vscode-languageserver/node';
import { PAGE, type PageResult } from '../../server/protocol/index.js';
import type { TestClient } from './client.js';
import { start, URI, whole } from './session.js';
import { PIN_PUT, positionOf, REMOTE } from './snippets.js';

describe('initialize', () => {
  it('offers pull diagnostics to a client that pulls, and incremental changes', async () => {
    const { capabilities, serverInfo } = (await start()).initializeResult;
    expect(serverInfo?.name).toBe('gup-lens');
    expect(capabilities.diagnosticProvider).toMatchObject({
      interFileDependencies: false,
      workspaceDiagnostics: false,
    });
    expect(capabilities.textDocumentSync).toEqual({ openClose: true, change: 2 });
    expect(capabilities.executeCommandProvider).toEqual({ commands: ['gupLens.explainRule'] });
  });

  it('offers none to a client that does not', async () => {
    const { capabilities } = (await start({ capabilities: {} })).initializeResult;
    expect(capabilities.diagnosticProvider).toBeUndefined();
    expect(capabilities.hoverProvider).toBe(true);
  });
});

describe('diagnostics', () => {
  it('are given when asked for, with the rule as code', async () => {
    const client = await start();
    await client.open(URI, PIN_PUT);
    const diagnostics = await client.pull(URI);
    expect(diagnostics.map(({ code, source }) => [code, source])).toEqual([
      ['gup-pin-put-mismatch', 'gup-lens'],
    ]);
    expect(diagnostics[0]?.range.start).toEqual(positionOf(PIN_PUT, 'put_page'));
    expect(diagnostics[0]?.relatedInformation?.length).toBeGreaterThan(0);
    expect(client.published).toEqual([]);
  });

  it('lead to the page of their rule, for a client that can go there', async () => {
    const page = (rule: string): string => `file:///docs/${rule}.md`;
    const capabilities = { textDocument: { diagnostic: { codeDescriptionSupport: true } } };
    const client = await start({ capabilities, runtime: { rulePage: page } });
    await client.open(URI, PIN_PUT);
    expect((await client.pull(URI))[0]?.codeDescription?.href).toBe(page('gup-pin-put-mismatch'));
    const plain = await start({ runtime: { rulePage: page } });
    await plain.open(URI, PIN_PUT);
    expect((await plain.pull(URI))[0]?.codeDescription).toBeUndefined();
  });

  it('are not given where a comment silences them', async () => {
    const client = await start();
    const silenced = '\t/* gup-lens: ignore gup-pin-put-mismatch -- of a test */\n\tput_page(page);';
    await client.open(URI, PIN_PUT.replace('\tput_page(page);', silenced));
    expect(await client.pull(URI)).toEqual([]);
  });

  it('are not repeated when nothing changed', async () => {
    const client = await start();
    await client.open(URI, PIN_PUT);
    const first: { resultId?: string } = await client.connection.sendRequest('textDocument/diagnostic', {
      textDocument: { uri: URI },
    });
    const again = await client.connection.sendRequest('textDocument/diagnostic', {
      textDocument: { uri: URI },
      previousResultId: first.resultId,
    });
    expect(again).toEqual({ kind: 'unchanged', resultId: first.resultId });
  });

  it('are sent to a client that does not ask, and taken back on closing', async () => {
    const client = await start({ capabilities: {} });
    await client.open(URI, PIN_PUT);
    await client.until(() => client.published.length === 1);
    expect(client.published[0]).toMatchObject({ uri: URI, version: 1 });
    expect(client.published[0]?.diagnostics).toHaveLength(1);
    expect(client.published[0]?.diagnostics[0]?.relatedInformation).toBeUndefined();
    await client.connection.sendNotification('textDocument/didClose', { textDocument: { uri: URI } });
    await client.until(() => client.published.length === 2);
    expect(client.published[1]?.diagnostics).toEqual([]);
  });

  it('follow incremental edits, and several quick ones are published once', async () => {
    const client = await start({ capabilities: {} });
    await client.open(URI, PIN_PUT);
    await client.until(() => client.published.length === 1);
    const at = positionOf(PIN_PUT, 'put_page');
    const edit = (version: number, from: number, to: number, text: string): Promise<void> =>
      client.connection.sendNotification('textDocument/didChange', {
        textDocument: { uri: URI, version },
        contentChanges: [
          {
            range: {
              start: { line: at.line, character: at.character + from },
              end: { line: at.line, character: at.character + to },
            },
            text,
          },
        ],
      });
    await edit(2, 0, 0, 'un');
    await edit(3, 2, 5, 'pin_user');
    await client.until(() => client.published.length === 2);
    expect(client.published[1]).toEqual({ uri: URI, version: 3, diagnostics: [] });
  });

  it('cover a file with broken C without a failure', async () => {
    const client = await start();
    await client.open(URI, `${PIN_PUT}\nstatic int broken(void { if (x get_user_pages(1, &&, \n`);
    expect((await client.pull(URI)).map(({ code }) => code)).toEqual(['gup-pin-put-mismatch']);
    expect(client.errors).toEqual([]);
  });

  it('are at the right place with CRLF line ends', async () => {
    const client = await start();
    const text = PIN_PUT.replaceAll('\n', '\r\n');
    await client.open(URI, text);
    expect((await client.pull(URI))[0]?.range.start).toEqual(positionOf(PIN_PUT, 'put_page'));
  });
});

describe('documents that are none of ours', () => {
  it('get nothing: C without the family outside a tree, and other languages', async () => {
    const client = await start({ capabilities: {} });
    const plain = 'file:///nowhere/plain.c';
    await client.open(plain, 'int main(void)\n{\n\treturn FOLL_WRITE;\n}\n');
    await client.open('file:///nowhere/a.py', PIN_PUT, 'python');
    await client.until(() => client.published.length === 2);
    expect(client.published.flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
    const hover = await client.connection.sendRequest('textDocument/hover', {
      textDocument: { uri: plain },
      position: { line: 2, character: 10 },
    });
    expect(hover).toBeNull();
    expect(client.kernels).toEqual([]);
  });

  it('are answered emptily when they are not open', async () => {
    const client = await start();
    expect(await client.pull('file:///nowhere/closed.c')).toEqual([]);
  });
});

describe('hover, hints and lenses', () => {
  const about = { textDocument: { uri: URI } };

  it('explain the call and the flag', async () => {
    const client = await start();
    await client.open(URI, REMOTE);
    const at = (what: string): Promise<Hover | null> =>
      client.connection.sendRequest('textDocument/hover', {
        ...about,
        position: positionOf(REMOTE, what, 3),
      });
    const call = await at('get_user_pages_remote');
    expect(call?.contents).toMatchObject({ kind: 'markdown' });
    expect(JSON.stringify(call?.contents)).toContain('mmap_lock must be held');
    expect(call?.range?.start).toEqual(positionOf(REMOTE, 'get_user_pages_remote'));
    expect(JSON.stringify((await at('FOLL_FORCE'))?.contents)).toContain('FOLL_FORCE');
    expect(await at('demo_remote')).toBeNull();
  });

  it('lead from the hover on a call to commands, for a client that has them', async () => {
    const hover = async (client: TestClient, what: string): Promise<string> => {
      await client.open(URI, REMOTE);
      const found: Hover | null = await client.connection.sendRequest('textDocument/hover', {
        ...about,
        position: positionOf(REMOTE, what, 3),
      });
      if (found === null) throw new Error(`no hover on ${what}`);
      return (found.contents as { value: string }).value;
    };
    const able = await start({
      capabilities: {
        textDocument: { hover: { contentFormat: ['markdown'] } },
        experimental: { gupLens: { commands: true } },
      },
    });
    const place = { uri: URI, ...positionOf(REMOTE, 'get_user_pages_remote') };
    const given = encodeURIComponent(JSON.stringify([place]));
    const [head, links] = (await hover(able, 'get_user_pages_remote')).split('\n\n');
    expect(head).toContain('mmap_lock must be held');
    const page = (title: string, path: string): string =>
      `[${title}](command:gupLens.openPage?${encodeURIComponent(JSON.stringify([path]))})`;
    const release = page('Linux 7.3', 'releases/7.3.md');
    expect(links?.split(' · ')).toEqual([
      `[Simulate this call](command:gupLens.simulate?${given})`,
      `[What reaches it](command:gupLens.showReach?${given})`,
      page('All about it', 'explain/7.3/get_user_pages_remote.md'),
      release,
    ]);
    expect((await hover(able, 'FOLL_FORCE')).split('\n\n')[1]).toBe(
      `${page('All about it', 'explain/7.3/FOLL_FORCE.md')} · ${release}`,
    );
    expect(await hover(await start(), 'get_user_pages_remote')).not.toContain('command:');
  });

  it('tell a page by its path, and nothing for a path that is none', async () => {
    const client = await start();
    const page = (path: unknown): Promise<PageResult> => client.connection.sendRequest(PAGE, { path });
    expect(await page('releases/6.12.md')).toContain('# Linux 6.12');
    expect(await page('explain/6.1/FOLL_PIN.md')).toContain('0x40000');
    for (const path of ['releases/2.6.md', '../package.json', '', 3, null])
      expect(await page(path)).toBeNull();
    expect(client.errors).toEqual([]);
  });

  it('hint within the range asked for', async () => {
    const client = await start();
    await client.open(URI, REMOTE);
    const hints: InlayHint[] = await client.connection.sendRequest('textDocument/inlayHint', {
      ...about,
      range: whole,
    });
    const texts = hints.map(({ label }) =>
      typeof label === 'string' ? label : label.map(({ value }) => value).join(''),
    );
    expect(texts).toEqual([
      'FORCE ±WRITE · +TOUCH +REMOTE',
      'mmap_lock: read → depends on locked',
      'fault: ALLOW_RETRY|KILLABLE|REMOTE ±WRITE',
    ]);
    const [flags] = hints;
    const write = Array.isArray(flags?.label)
      ? flags.label.find(({ value }) => value === '±WRITE')
      : undefined;
    expect(write?.location).toMatchObject({ uri: URI, range: { start: positionOf(REMOTE, 'FOLL_WRITE') } });
    // VS Code would look for the definition of what is written at a location.
    const able = await start({ capabilities: { experimental: { gupLens: { commands: true } } } });
    await able.open(URI, REMOTE);
    const [led] = await able.connection.sendRequest<InlayHint[]>('textDocument/inlayHint', {
      ...about,
      range: whole,
    });
    const part = Array.isArray(led?.label) ? led.label.find(({ value }) => value === '±WRITE') : undefined;
    expect(part).toMatchObject({
      command: {
        command: 'gupLens.showPlace',
        arguments: [{ uri: URI, ...positionOf(REMOTE, 'FOLL_WRITE') }],
      },
    });
    expect(part).not.toHaveProperty('location');
    const none = await client.connection.sendRequest('textDocument/inlayHint', {
      ...about,
      range: { start: { line: 0, character: 0 }, end: { line: 3, character: 0 } },
    });
    expect(none).toEqual([]);
  });

  it('lead from a lens to a scenario and to its simulation', async () => {
    const client = await start();
    await client.open(URI, REMOTE);
    const lenses: CodeLens[] = await client.connection.sendRequest('textDocument/codeLens', about);
    expect(lenses).toHaveLength(2);
    expect(lenses[1]?.command?.title).toMatch(/situations drop mmap_lock$/);
    const [, situation] = lenses[1]?.command?.arguments ?? [];
    const [place] = lenses[0]?.command?.arguments ?? [];
    expect(lenses[0]?.command).toMatchObject({ command: 'gupLens.simulate', title: 'Simulate this call' });
    expect(place).toEqual({ uri: URI, ...positionOf(REMOTE, 'get_user_pages_remote') });
    const found: { scenario: unknown; title: string; location: unknown } =
      await client.connection.sendRequest('gupLens/scenarioAt', {
        textDocument: { uri: place.uri },
        position: { line: place.line, character: place.character },
      });
    expect(found.title).toBe('get_user_pages_remote in demo_remote');
    expect(found.location).toEqual(place);
    expect(found.scenario).toMatchObject({
      fn: 'get_user_pages_remote',
      flags: ['FOLL_FORCE'],
      locked: 1,
      mm: 'remote',
      nr: 1,
    });
    const dropping: { scenario: unknown } = await client.connection.sendRequest('gupLens/scenarioAt', {
      textDocument: { uri: place.uri },
      position: { line: place.line, character: place.character },
      situation,
    });
    expect(dropping.scenario).toMatchObject({ locked: 1 });
    expect(dropping.scenario).not.toEqual(found.scenario);
    const result: { simulation: { modelled: boolean }; text: string } = await client.connection.sendRequest(
      'gupLens/simulate',
      { scenario: { ...(found.scenario as object), kernel: '6.12' } },
    );
    expect(result.simulation.modelled).toBe(true);
    expect(result.text).toContain('get_user_pages_remote');
    const wrong = await client.connection.sendRequest('gupLens/simulate', { scenario: { fn: 3 } });
    expect(wrong).toHaveProperty('problems');
  });

  it('answer null for a position without a call', async () => {
    const client = await start();
    await client.open(URI, REMOTE);
    const found = await client.connection.sendRequest('gupLens/scenarioAt', {
      ...about,
      position: { line: 0, character: 0 },
    });
    expect(found).toBeNull();
  });
});

describe('code actions', () => {
  it('replace the wrong release', async () => {
    const client = await start();
    await client.open(URI, PIN_PUT);
    const position = positionOf(PIN_PUT, 'put_page', 2);
    const ask = (only?: string[]): Promise<CodeAction[]> =>
      client.connection.sendRequest('textDocument/codeAction', {
        textDocument: { uri: URI },
        range: { start: position, end: position },
        context: { diagnostics: [], ...(only !== undefined && { only }) },
      });
    const actions = await ask();
    expect(actions.map(({ title }) => title)).toEqual([
      expect.stringContaining('unpin_user_page'),
      'Suppress gup-pin-put-mismatch here with a reason',
      'Explain gup-pin-put-mismatch',
    ]);
    expect(actions[0]).toMatchObject({ kind: 'quickfix', isPreferred: true });
    const [change] = actions[0]?.edit?.documentChanges ?? [];
    expect(change).toMatchObject({ textDocument: { uri: URI, version: 1 } });
    const edits = (change as { edits: TextEdit[] }).edits;
    expect(edits.map(({ newText }) => newText).join()).toContain('unpin_user_page');
    expect(await ask(['refactor'])).toEqual([]);
    expect(await ask(['quickfix'])).toHaveLength(3);
  });

  const actionsOf = async (client: TestClient): Promise<CodeAction[]> => {
    await client.open(URI, PIN_PUT);
    const position = positionOf(PIN_PUT, 'put_page', 2);
    return await client.connection.sendRequest('textDocument/codeAction', {
      textDocument: { uri: URI },
      range: { start: position, end: position },
      context: { diagnostics: [] },
    });
  };

  it('silence and explain, with commands of the client only where it has them', async () => {
    const plain = await actionsOf(await start());
    expect(plain.map(({ command }) => command?.command)).toEqual([
      undefined,
      undefined,
      'gupLens.explainRule',
    ]);
    const able = await start({ capabilities: { experimental: { gupLens: { commands: true } } } });
    expect(able.initializeResult.capabilities.executeCommandProvider).toBeUndefined();
    const [, suppress, explain] = await actionsOf(able);
    const line = positionOf(PIN_PUT, 'put_page').line;
    expect(suppress?.edit?.documentChanges?.[0]).toMatchObject({
      edits: [
        {
          range: { start: { line, character: 0 }, end: { line, character: 0 } },
          newText: '\t/* gup-lens: ignore gup-pin-put-mismatch --  */\n',
        },
      ],
    });
    expect(suppress?.command).toMatchObject({
      command: 'gupLens.showPlace',
      arguments: [{ uri: URI, line, character: 45 }],
    });
    expect(explain?.command).toMatchObject({ arguments: ['gup-pin-put-mismatch'] });
  });

  it('explain by a message where the client has no commands', async () => {
    const client = await start();
    const run = (...args: unknown[]): Promise<unknown> =>
      client.connection.sendRequest('workspace/executeCommand', {
        command: 'gupLens.explainRule',
        arguments: args,
      });
    expect(await run('gup-pin-put-mismatch')).toBeNull();
    expect(await run('no-such-rule')).toBeNull();
    expect(await run()).toBeNull();
    await client.until(() => client.messages.length === 3);
    expect(client.messages[0]).toMatchObject({
      type: 3,
      message: expect.stringContaining(
        'what to do: Release what pin_user_pages*() got with unpin_user_page()',
      ),
    });
    expect(client.messages.slice(1)).toMatchObject([{ type: 2 }, { type: 2 }]);
    expect(client.messages[1]?.message).toContain('no-such-rule');
  });
});

describe('cancellation', () => {
  it('is honoured by a request that waits', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>(resolve => {
      release = resolve;
    });
    const client = await start({ configuration: () => gate.then(() => null) });
    await client.open(URI, REMOTE);
    const { CancellationTokenSource } = await import('vscode-languageserver/node');
    const source = new CancellationTokenSource();
    const answer = client.connection
      .sendRequest(
        'textDocument/hover',
        { textDocument: { uri: URI }, position: { line: 1, character: 1 } },
        source.token,
      )
      .then(
        () => 'answered',
        (error: { code: number }) => error.code,
      );
    source.cancel();
    release();
    expect(await answer).toBe(-32800);
  });

  it('a position in a text that changed meanwhile is not answered', async () => {
    const client = await start();
    await client.open(URI, REMOTE);
    await client.pull(URI);
    const hover = client.connection
      .sendRequest('textDocument/hover', {
        textDocument: { uri: URI },
        position: positionOf(REMOTE, 'get_user_pages_remote', 1),
      })
      .then(
        () => 'answered',
        (error: { code: number }) => error.code,
      );
    await client.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: URI, version: 2 },
      contentChanges: [{ text: PIN_PUT }],
    });
    expect(await hover).toBe(-32801);
  });
});

describe('an engine that does not start', () => {
  it('is told, and every answer is empty', async () => {
    const client = await start({ runtime: { loadWasm: () => Promise.reject(new Error('no such wasm')) } });
    await client.open(URI, PIN_PUT);
    expect(await client.pull(URI)).toEqual([]);
    await client.until(() => client.messages.length === 1);
    expect(client.messages[0]).toMatchObject({ type: 1, message: 'GUP Lens: no such wasm' });
  });
});
