/** From a call of the family to what reaches it, over files of a tree. */

import { describe, expect, it } from 'vitest';
import type {
  CallHierarchyIncomingCall,
  CallHierarchyItem,
  CallHierarchyOutgoingCall,
} from 'vscode-languageserver/node';
import { type Definer, linkageOf } from '../../server/src/lsp/linkage.js';
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

const of = (path: string): Definer => ({ path, definition: 'extern' });

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
    expect(one.map(({ from }) => [from.name, from.detail])).toEqual([
      ['demo_pin_one', `passes WRITE · ${PIN}:3`],
    ]);
    const two = await incoming(client, named(one, 'demo_pin_one'));
    expect(two.map(({ from, fromRanges }) => [from.name, fromRanges.length])).toEqual([['demo_pin', 2]]);
    expect(two[0]?.from.selectionRange.start).toEqual(
      positionOf(PIN_TEXT, 'int demo_pin(unsigned long addr, struct page **page)\n{', 4),
    );
    const three = await incoming(client, named(two, 'demo_pin'));
    expect(three.map(({ from }) => [from.name, from.detail])).toEqual([
      ['DEMO_PIN', `macro · ${IOCTL}:3`],
      ['demo', `system call, SYSCALL_DEFINE1 · ${IOCTL}:17`],
    ]);
    expect(await incoming(client, named(three, 'demo'))).toEqual([]);
    const four = await incoming(client, named(three, 'DEMO_PIN'));
    const five = await incoming(client, named(four, 'demo_ioctl'));
    expect(five.map(({ from }) => [from.name, from.detail])).toEqual([
      ['file_operations.unlocked_ioctl of demo_fops', `entry point · ${IOCTL}:14`],
    ]);
    expect(five[0]?.from.uri).toBe(kernel.uri(IOCTL));
    expect(await incoming(client, named(five, 'file_operations.unlocked_ioctl of demo_fops'))).toEqual([]);
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

describe('callers by linkage', () => {
  const CORE = 'mm/core.c';
  const CORE_TEXT = `int demo_get(unsigned long addr, struct page **page)
{
	return get_user_pages_fast(addr, 1, FOLL_WRITE, page);
}
`;
  const caller = (name: string): string => `int ${name}(void)\n{\n\treturn demo_get(0, NULL);\n}\n`;

  async function callersWith(files: Readonly<Record<string, string>>): Promise<string[]> {
    const kernel = tree('6.12.1', { [CORE]: CORE_TEXT, ...files });
    const client = await start();
    await client.open(kernel.uri(CORE), CORE_TEXT);
    const [root] =
      (await prepare(client, kernel.uri(CORE), positionOf(CORE_TEXT, 'get_user_pages_fast', 1))) ?? [];
    if (root === undefined) throw new Error('no item for the call');
    const [own] = await incoming(client, root);
    if (own === undefined) throw new Error('the call is in no function');
    const found = await incoming(client, own.from);
    return found.map(({ from }) => `${from.name}: ${from.detail ?? ''}`).sort();
  }

  it('leave out a file with a function, macro or variable of its own by that name', async () => {
    const found = await callersWith({
      'drivers/a.c': `static int demo_get(int a, int b)\n{\n\treturn 0;\n}\n${caller('a')}`,
      'drivers/b.c': `#define demo_get(a, b) (a)\n${caller('b')}`,
      'drivers/c.c': 'int c(struct ops *ops)\n{\n\treturn ops->demo_get(0, NULL);\n}\n',
      'drivers/d.c': caller('d'),
    });
    expect(found).toEqual(['d: drivers/d.c:1']);
  });

  it('follow a header that is included, and are not misled by one that stands in for the function', async () => {
    const found = await callersWith({
      'drivers/x/own.h': 'static inline int demo_get(int a, int b)\n{\n\treturn 0;\n}\n',
      'drivers/x/x.c': `#include "own.h"\n${caller('x')}`,
      'drivers/y/y.c': `#include <linux/core.h>\n${caller('y')}`,
      'include/linux/core.h':
        '#ifdef CONFIG_CORE\nint demo_get(int a, int b);\n#else\nstatic inline int demo_get(int a, int b)\n{\n\treturn 0;\n}\n#endif\n',
    });
    expect(found).toEqual(['y: drivers/y/y.c:2']);
  });

  it('follow what a header includes, as far as the tree has it', async () => {
    const inline = 'static inline int demo_get(int a, int b)\n{\n\treturn 0;\n}\n';
    const found = await callersWith({
      'include/linux/other.h': inline,
      'include/linux/outer.h': '#include <linux/other.h>\n#include "outer.h"\n',
      'include/linux/plain.h':
        '#include <generated/plain.h>\n#include <asm/plain.h>\n#include <asm/types.h>\n#include <linux/socket.h>\n',
      'include/asm-generic/plain.h': '',
      'include/uapi/asm-generic/types.h': '',
      'include/uapi/linux/socket.h': '#ifndef __KERNEL__\n#include <sys/socket.h>\n#endif\n',
      // By way of another header it means that of the header.
      'drivers/x/x.h': '#include <linux/outer.h>\n',
      'drivers/x/x.c': `#include "../x/./x.h"\n${caller('x')}`,
      // The header does not come to it.
      'kernel/y.c': `#include <linux/plain.h>\n${caller('y')}`,
      // What comes by a header that only the flags of a Makefile lead to, or a macro names, is not known.
      'kernel/v.c': `#include VERSION_HEADER\n${caller('v')}`,
      'kernel/z.c': `#include "built.h"\n${caller('z')}`,
    });
    expect(found).toEqual([
      'v: perhaps: 2 files define demo_get · kernel/v.c:2',
      'y: kernel/y.c:2',
      'z: perhaps: 2 files define demo_get · kernel/z.c:2',
    ]);
  });

  it('take a function of a header for that of its own file where the header does not come', async () => {
    const header = 'include/linux/get.h';
    const text = `static inline ${CORE_TEXT}`;
    const kernel = tree('6.12.1', {
      [header]: text,
      'include/linux/all.h': '#include <linux/get.h>\n',
      'drivers/a/a.c': `#include <linux/all.h>\n${caller('a')}`,
      'drivers/b/b.c': `#include <linux/none.h>\n${caller('b')}`,
      'include/linux/none.h': '',
    });
    const client = await start();
    await client.open(kernel.uri(header), text);
    const [root] =
      (await prepare(client, kernel.uri(header), positionOf(text, 'get_user_pages_fast', 1))) ?? [];
    const [own] = root === undefined ? [] : await incoming(client, root);
    const found = own === undefined ? [] : await incoming(client, own.from);
    expect(found.map(({ from }) => from.name)).toEqual(['a']);
  });

  it('tell architectures and modules apart, and say where they cannot', async () => {
    const other = 'int demo_get(int a, int b)\n{\n\treturn 0;\n}\n';
    const found = await callersWith({
      'drivers/m/lib.c': other,
      'drivers/m/m.c': caller('m'),
      'mm/near.c': caller('near'),
      'kernel/far.c': caller('far'),
      'tools/test/t.c': caller('t'),
    });
    expect(found).toEqual(['far: perhaps: 2 files define demo_get · kernel/far.c:1', 'near: mm/near.c:1']);
    expect(
      linkageOf({ path: 'arch/arm64/a.c', includes: [], included: null }, of('arch/x86/b.c'), []),
    ).toMatchObject({
      linkage: 'no',
    });
    expect(
      linkageOf({ path: 'arch/um/a.c', includes: [], included: null }, of('arch/x86/b.c'), []),
    ).toMatchObject({
      linkage: 'yes',
    });
    expect(
      linkageOf({ path: 'virt/kvm.c', includes: [], included: null }, of('arch/x86/b.c'), [
        of('arch/arm64/b.c'),
      ]),
    ).toEqual({ linkage: 'perhaps', others: 1 });
  });

  it('do not look beyond the file of a static function', async () => {
    const text = `static ${CORE_TEXT}${caller('own')}`;
    const kernel = tree('6.12.1', { [CORE]: text, 'mm/other.c': caller('other') });
    const client = await start();
    await client.open(kernel.uri(CORE), text);
    const [root] =
      (await prepare(client, kernel.uri(CORE), positionOf(text, 'get_user_pages_fast', 1))) ?? [];
    const [own] = root === undefined ? [] : await incoming(client, root);
    const found = own === undefined ? [] : await incoming(client, own.from);
    expect(found.map(({ from }) => from.name)).toEqual(['own']);
  });
});

describe('what is known on the way to a call', () => {
  const FILE = 'drivers/misc/way.c';
  const TEXT = `static long way_get(struct mm_struct *mm, unsigned long addr, unsigned int gup_flags)
{
	struct page *page;

	return get_user_pages_remote(mm, addr, 1, gup_flags | FOLL_FORCE, &page, NULL);
}

static long way_on(struct task_struct *task, unsigned long addr, unsigned int flags)
{
	return way_get(task->mm, addr, flags);
}

long way_write(struct task_struct *task, unsigned long addr)
{
	long ret;

	mmap_read_lock(task->mm);
	ret = way_on(task, addr, FOLL_WRITE);
	mmap_read_unlock(task->mm);
	return ret;
}

long way_both(struct task_struct *task, unsigned long addr)
{
	long ret;

	mmap_read_lock(task->mm);
	ret = way_on(task, addr, 0);
	mmap_read_unlock(task->mm);
	return ret ? ret : way_on(task, addr, FOLL_NOWAIT);
}
`;

  it('is told at each step: the flags that a caller brings, and the lock that it takes', async () => {
    const kernel = tree('6.12.1', { [FILE]: TEXT });
    const client = await start();
    await client.open(kernel.uri(FILE), TEXT);
    const [root] =
      (await prepare(client, kernel.uri(FILE), positionOf(TEXT, 'get_user_pages_remote', 1))) ?? [];
    const told = (calls: readonly CallHierarchyIncomingCall[]): string[] =>
      calls.map(({ from }) => `${from.name}: ${from.detail?.replace(/(?: · )?drivers.*$/, '') ?? ''}`);
    if (root === undefined) throw new Error('no item for the call');
    const get = await incoming(client, root);
    expect(told(get)).toEqual(['way_get: passes FORCE gup_flags…, mmap_lock as its callers have it']);
    const on = await incoming(client, named(get, 'way_get'));
    expect(told(on)).toEqual(['way_on: passes flags…']);
    const ends = await incoming(client, named(on, 'way_on'));
    // Of two calls that differ nothing is said.
    expect(told(ends)).toEqual(['way_write: passes WRITE, mmap_lock held for reading', 'way_both: ']);
    expect(
      await incoming(client, { ...named(on, 'way_on'), data: { callee: 'way_on', isLocal: true, left: 3 } }),
    ).toHaveLength(2);
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
    expect(through('static const struct ops o = { .run = fn };')).toEqual(['ops.run of o']);
    expect(through('static struct ops all[] = { [3] = { .run = &fn } };')).toEqual(['ops.run of all']);
    expect(through('static ops_t o = { .run = fn };')).toEqual(['.run of o']);
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

  it('are none where a member or a variable has its name', () => {
    expect(through('void g(struct s *s)\n{\n\ts->fn(1);\n\ts->fn = other;\n\th(s->fn);\n}\n')).toEqual([]);
    expect(through('struct s { int (*fn)(int); };\nstatic struct s o = { .fn = other };')).toEqual([]);
    expect(through('int h(int fn, char *fn);\nvoid g(int (*fn)(void))\n{\n\tfn();\n}\n')).toEqual([]);
    expect(through('void g(void)\n{\n\tint (*fn)(void) = pick();\n\n\tfn();\n}\n')).toEqual([]);
    expect(through('void g(void)\n{\n\tstruct s *fn;\n\n\tfree(fn);\n}\n')).toEqual([]);
    expect(through('static int (*fn)(void);\nvoid g(void)\n{\n\tfn();\n}\n')).toEqual([]);
    // Only there: another function calls the function itself.
    expect(through('void g(int fn)\n{\n\th(fn);\n}\nvoid k(void)\n{\n\treturn fn();\n}\n')).toEqual(['k()']);
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
