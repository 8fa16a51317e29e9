/** From a call of the family to what reaches it, over files of a tree. */

import { describe, expect, it } from 'vitest';
import type {
  CallHierarchyIncomingCall,
  CallHierarchyItem,
  CallHierarchyOutgoingCall,
} from 'vscode-languageserver/node';
import { readSource, usesOf } from '../../server/src/syntax/index.js';
import type { TestClient, TestTree } from './client.js';
import { start, tree } from './session.js';
import { positionOf } from './snippets.js';

const PIN = 'drivers/demo/pin.c';
const IOCTL = 'drivers/demo/ioctl.c';

const PIN_TEXT = `#include <linux/mm.h>

static int demo_pin_one(unsigned long addr, struct page **page)
{
	return pin_user_pages_fast(addr, 1, FOLL_WRITE, page);
}

int demo_pin(unsigned long addr, struct page **page);

int demo_pin(unsigned long addr, struct page **page)
{
	/* not demo_pin_one( */
	if (!addr)
		return demo_pin_one(0, page);
	return demo_pin_one(addr, page);
}
EXPORT_SYMBOL_GPL(demo_pin);
`;

const IOCTL_TEXT = `#include <linux/fs.h>

#define DEMO_PIN(addr, page) demo_pin(addr, page)

static long demo_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct page *page;

	return DEMO_PIN(arg, &page);
}

static const struct file_operations demo_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= demo_ioctl,
};

SYSCALL_DEFINE1(demo, unsigned long, addr)
{
	struct page *page;

	return demo_pin(addr, &page);
}
`;

/** A function of its own that happens to have the name. */
const OTHER_TEXT = `static int demo_pin(void)
{
	return 0;
}

int other(void)
{
	return demo_pin();
}
`;

async function opened(): Promise<{ client: TestClient; kernel: TestTree; root: CallHierarchyItem }> {
  const kernel = tree('6.12.1', { [PIN]: PIN_TEXT, [IOCTL]: IOCTL_TEXT, 'drivers/other.c': OTHER_TEXT });
  const client = await start();
  await client.open(kernel.uri(PIN), PIN_TEXT);
  const items = await prepare(client, kernel.uri(PIN), positionOf(PIN_TEXT, 'pin_user_pages_fast', 3));
  const [root] = items ?? [];
  if (root === undefined) throw new Error('no item for the call');
  return { client, kernel, root };
}

const prepare = (
  client: TestClient,
  uri: string,
  position: { line: number; character: number },
): Promise<CallHierarchyItem[] | null> =>
  client.connection.sendRequest('textDocument/prepareCallHierarchy', { textDocument: { uri }, position });

const incoming = (client: TestClient, item: CallHierarchyItem): Promise<CallHierarchyIncomingCall[]> =>
  client.connection.sendRequest('callHierarchy/incomingCalls', { item });

const named = (calls: readonly CallHierarchyIncomingCall[], name: string): CallHierarchyItem => {
  const found = calls.find(({ from }) => from.name === name)?.from;
  if (found === undefined) throw new Error(`${name} is not among ${calls.map(({ from }) => from.name)}`);
  return found;
};

describe('the call hierarchy', () => {
  it('begins at a call of the family, or at one on the line, and nowhere else', async () => {
    const { client, kernel, root } = await opened();
    expect(root).toMatchObject({
      name: 'pin_user_pages_fast',
      detail: 'called in demo_pin_one()',
      selectionRange: { start: positionOf(PIN_TEXT, 'pin_user_pages_fast') },
    });
    const again = await prepare(client, kernel.uri(PIN), positionOf(PIN_TEXT, 'return pin_user', 1));
    expect(again).toEqual([root]);
    expect(await prepare(client, kernel.uri(PIN), positionOf(PIN_TEXT, 'demo_pin(', 1))).toBeNull();
  });

  it('leads through helpers, files and macros to the entry points', async () => {
    const { client, kernel, root } = await opened();
    const one = await incoming(client, root);
    expect(one.map(({ from }) => [from.name, from.detail])).toEqual([['demo_pin_one', `${PIN}:3`]]);
    const two = await incoming(client, named(one, 'demo_pin_one'));
    expect(two.map(({ from, fromRanges }) => [from.name, fromRanges.length])).toEqual([['demo_pin', 2]]);
    expect(two[0]?.from.selectionRange.start).toEqual(
      positionOf(PIN_TEXT, 'int demo_pin(unsigned long addr, struct page **page)\n{', 4),
    );
    const three = await incoming(client, named(two, 'demo_pin'));
    expect(three.map(({ from }) => [from.name, from.detail])).toEqual([
      ['DEMO_PIN', `macro · ${IOCTL}:3`],
      ['demo', `SYSCALL_DEFINE1 · ${IOCTL}:17`],
    ]);
    expect(await incoming(client, named(three, 'demo'))).toEqual([]);
    const four = await incoming(client, named(three, 'DEMO_PIN'));
    const five = await incoming(client, named(four, 'demo_ioctl'));
    expect(five.map(({ from }) => [from.name, from.detail])).toEqual([
      ['.unlocked_ioctl of demo_fops', `by pointer · ${IOCTL}:14`],
    ]);
    expect(five[0]?.from.uri).toBe(kernel.uri(IOCTL));
    expect(await incoming(client, named(five, '.unlocked_ioctl of demo_fops'))).toEqual([]);
  });

  it('sees what is typed and not saved', async () => {
    const { client, kernel, root } = await opened();
    const [one] = await incoming(client, root);
    const [two] = one === undefined ? [] : await incoming(client, one.from);
    await client.open(kernel.uri(IOCTL), `${IOCTL_TEXT}int late(void)\n{\n\treturn demo_pin(0, NULL);\n}\n`);
    const three = two === undefined ? [] : await incoming(client, two.from);
    expect(three.map(({ from }) => from.name)).toEqual(['DEMO_PIN', 'demo', 'late']);
  });

  it('leads down from a function to its calls of the family', async () => {
    const { client, root } = await opened();
    const one = named(await incoming(client, root), 'demo_pin_one');
    const calls: CallHierarchyOutgoingCall[] = await client.connection.sendRequest(
      'callHierarchy/outgoingCalls',
      { item: one },
    );
    expect(calls.map(({ to }) => to.name)).toEqual(['pin_user_pages_fast']);
    const [down] = calls;
    expect(down === undefined ? [] : (await incoming(client, down.to)).map(({ from }) => from.name)).toEqual([
      'demo_pin_one',
    ]);
  });

  it('answers an item that is not ours, or of a file that is gone, with nothing', async () => {
    const { client, root } = await opened();
    expect(await incoming(client, { ...root, data: { callee: 3 } })).toEqual([]);
    expect(await incoming(client, { ...root, uri: 'file:///nowhere/gone.c' })).toEqual([]);
    expect(client.errors).toEqual([]);
  });

  it('is offered to clients that ask several servers, and not to the extension', async () => {
    expect((await start()).initializeResult.capabilities.callHierarchyProvider).toBe(true);
    const able = await start({ capabilities: { experimental: { gupLens: { commands: true } } } });
    expect(able.initializeResult.capabilities.callHierarchyProvider).toBeUndefined();
  });
});

describe('the uses of a function', () => {
  const through = (text: string): string[] =>
    usesOf(readSource(text), 'fn').map(use =>
      use.kind === 'pointer'
        ? use.through
        : use.kind === 'macro'
          ? `#${use.macro}`
          : `${use.function.name}()`,
    );

  it('name what takes a pointer to it', () => {
    expect(through('static struct ops o = { .a = { .run = fn, }, };')).toEqual(['.run of o']);
    expect(through('static ops_t table[] = { [3] = fn, { fn } };')).toEqual(['table', 'table']);
    expect(through('module_init(fn);\nEXPORT_SYMBOL(fn);\nint fn(void);')).toEqual(['module_init()']);
    expect(
      through('void g(struct s *s)\n{\n\tINIT_WORK(&s->work, fn);\n\ts->run = &fn;\n\tf = fn;\n}\n'),
    ).toEqual(['INIT_WORK()', '.run', 'f']);
    expect(through('void g(void)\n{\n\tif (f == fn)\n\t\tfn();\n}\n')).toEqual(['g()']);
  });

  it('are none in comments, literals and its own definition', () => {
    expect(through('/* fn */ char *s = "fn";\nint fn(void)\n{\n\treturn 0;\n}\n')).toEqual([]);
    expect(through('#define CALL(x) fn(x) /* fn */\n')).toEqual(['#CALL']);
  });

  it('are found in text that is cut off', () => {
    for (const text of [
      '= fn',
      '{ fn',
      '.a = fn',
      'x(fn',
      '} = { fn',
      '#define X fn',
      'void g(void) { fn(',
    ]) {
      expect(() => through(text), text).not.toThrow();
    }
  });
});
