import { describe, expect, it } from 'vitest';
import { FunctionMemo } from '../../server/src/analysis/functionMemo.js';
import { filePagesOf } from '../../server/src/analysis/index.js';
import { readSource } from '../../server/src/syntax/index.js';
import { analyse, newParser } from './snippet.js';

const ONE = 'static void one(void)\n{\n\twork();\n}\n';
const TWO = 'static void two(void)\n{\n\twork();\n}\n';

/** Asks a memo for where `work` is called in a function, as a span. */
function ask(
  memo: FunctionMemo<{ start: number; end: number }>,
  text: string,
  name: string,
  answer = 'a',
): string {
  const file = readSource(text);
  const item = file.functions.find(fn => fn.name === name);
  if (item === undefined) throw new Error(`no function ${name}`);
  const { start, end } = memo.of(
    file,
    item,
    'context',
    () => answer,
    () => {
      const at = text.indexOf('work', item.start);
      return { value: { start: at, end: at + 4 }, dependencies: new Map([['question', answer]]) };
    },
  );
  return text.slice(start, end);
}

describe('results kept by the text of a function', () => {
  it('are made once, and moved where the function is', () => {
    const memo = new FunctionMemo<{ start: number; end: number }>();
    expect(ask(memo, ONE + TWO, 'two')).toBe('work');
    expect(ask(memo, ONE + TWO, 'two')).toBe('work');
    expect(ask(memo, `/* moved */\n${ONE}${TWO}`, 'two')).toBe('work');
    expect(memo.made).toBe(1);
    expect(ask(memo, ONE + TWO.replace('\twork', '\tnow();\n\twork'), 'two')).toBe('work');
    expect(memo.made).toBe(2);
    // The text of before is still known.
    expect(ask(memo, ONE + TWO, 'two')).toBe('work');
    expect(memo.made).toBe(2);
  });

  it('are made again where an answer is another', () => {
    const memo = new FunctionMemo<{ start: number; end: number }>();
    ask(memo, ONE, 'one', 'a');
    ask(memo, ONE, 'one', 'b');
    ask(memo, ONE, 'one', 'b');
    expect(memo.made).toBe(2);
  });
});

describe('the pages of a function, in a second reading', () => {
  const PUT = 'static void put(struct page *page)\n{\n\tput_page(page);\n}\n';
  const PIN = `static int pin(unsigned long addr)
{
	struct page *page;

	if (pin_user_pages_fast(addr, 1, 0, &page) != 1)
		return -EFAULT;
	put(page);
	return 0;
}
`;

  it('are those of the first where the function and its helpers are the same', async () => {
    const parser = await newParser();
    const pages = (text: string): ReturnType<ReturnType<typeof filePagesOf>['lifetime']['of']> =>
      filePagesOf(analyse(text, { parser })).lifetime.of('pin');
    const first = pages(PUT + PIN);
    expect(pages(PUT + PIN)).toBe(first);
    const prefix = '/* moved */\n';
    const moved = pages(prefix + PUT + PIN);
    const [before] = first?.releases ?? [];
    const [after] = moved?.releases ?? [];
    expect(after?.call.start).toBe((before?.call.start ?? 0) + prefix.length);
    expect(after?.through?.span?.start).toBe((before?.through?.span?.start ?? 0) + prefix.length);
    expect(moved).toEqual(await fresh(prefix + PUT + PIN));
  });

  it('are made anew where a helper gives back in another way, or is elsewhere', async () => {
    const parser = await newParser();
    const kinds = (text: string): unknown[] =>
      (filePagesOf(analyse(text, { parser })).lifetime.of('pin')?.releases ?? []).map(release => {
        return [release.releases, release.through?.span?.start];
      });
    const at = (text: string, name: string): number => text.indexOf(`${name}(`);
    const put = PUT + PIN;
    expect(kinds(put)).toEqual([['reference', at(put, 'put_page')]]);
    const unpin = PUT.replace('put_page', 'unpin_user_page') + PIN;
    expect(kinds(unpin)).toEqual([['pin', at(unpin, 'unpin_user_page')]]);
    const apart = `${PUT}/* between */\n${PIN}`;
    expect(kinds(apart)).toEqual([['reference', at(apart, 'put_page')]]);
    const behind = `/* before */\n${PIN}${PUT}`;
    expect(kinds(behind)).toEqual([['reference', at(behind, 'put_page')]]);
  });

  async function fresh(text: string): Promise<unknown> {
    return filePagesOf(analyse(text, { parser: await newParser() })).lifetime.of('pin');
  }
});
