import { describe, expect, it } from 'vitest';
import { profileFor } from '../../kernel/src/index.js';
import {
  type Asked,
  type FileKnowledge,
  gatherKnowledge,
  KnowledgeMemo,
  knowledgeOf,
  NO_KNOWLEDGE,
  NOTHING_ASKED,
  roughOffers,
  type TreeKnowledge,
} from '../../server/src/analysis/index.js';
import { readSource, versionCodesOf } from '../../server/src/syntax/index.js';
import { analyse, inFunction, newParser, siteOf } from './snippet.js';

const parser = await newParser();

const asks = (functions: readonly string[], constants: readonly string[] = []): Asked => {
  return { ...NOTHING_ASKED, functions: new Set(functions), constants: new Set(constants) };
};

/** What the analysis of a file asks of others. */
function asksOf(text: string): Asked {
  return analyse(text).asked;
}

function told(path: string, text: string, wanted: Asked, tree: TreeKnowledge = NO_KNOWLEDGE): FileKnowledge {
  const source = readSource(text, { version: versionCodesOf('6.12') });
  return knowledgeOf(source, path, parser, profileFor('6.12'), wanted, tree);
}

const TAKE = 'int ctx_take(struct ctx *c)\n{\n\treturn mmap_read_lock_killable(c->mm);\n}\n';
const DROP = 'void ctx_drop(struct ctx *c)\n{\n\tmmap_read_unlock(c->mm);\n}\n';
const PARAMETERS = 'struct ctx *c, unsigned long addr, struct page **pages';
const GUP = 'get_user_pages_remote(c->mm, addr, 1, 0, pages, NULL);';

/** The lock before the GUP call of a function that stands in another file than those that `tree` is of. */
function lockBefore(body: string, tree: TreeKnowledge, own = ''): string {
  return siteOf(own + inFunction(body, PARAMETERS), 'get_user_pages_remote', { tree }).lock.before;
}

describe('what files tell each other', () => {
  const tree = gatherKnowledge([told('a.c', TAKE + DROP, asks(['ctx_take', 'ctx_drop']))]);

  it('is what their functions do to the lock', () => {
    expect([...tree.locks.keys()]).toEqual(['ctx_drop', 'ctx_take']);
    expect(lockBefore(`if (ctx_take(c)) return 0; ${GUP}`, tree)).toBe('held-read');
    expect(lockBefore(`mmap_read_lock(c->mm); ctx_drop(c); ${GUP}`, tree)).toBe('not-held');
    expect(lockBefore(`mmap_read_lock(c->mm); ctx_drop(c); ${GUP}`, NO_KNOWLEDGE)).toBe('held-read');
  });

  it('goes behind what the file itself defines', () => {
    const own = 'static void ctx_drop(struct ctx *c)\n{\n\tc->n--;\n}\n';
    expect(lockBefore(`mmap_read_lock(c->mm); ctx_drop(c); ${GUP}`, tree, own)).toBe('held-read');
  });

  it('goes through a function of a third file', () => {
    const outer = 'int ctx_open(struct ctx *c)\n{\n\treturn ctx_take(c);\n}\n';
    expect(told('b.c', outer, asks(['ctx_open'])).asked.functions).toContain('ctx_take');
    const first = gatherKnowledge([told('b.c', outer, asks(['ctx_open']))]);
    expect([...first.locks.keys()]).toEqual([]);
    const second = gatherKnowledge([told('b.c', outer, asks(['ctx_open']), tree)]);
    expect(lockBefore(`if (ctx_open(c)) return 0; ${GUP}`, second)).toBe('held-read');
  });

  it('is nothing static, but all of a header', () => {
    const text = `static inline ${TAKE}`;
    expect(told('a.c', text, asks(['ctx_take'])).locks).toEqual([]);
    expect(told('a.h', text, asks(['ctx_take'])).locks.map(([name]) => name)).toEqual(['ctx_take']);
  });

  it('is only what somebody asked, and what leaves the lock otherwise than it was', () => {
    expect(told('a.c', TAKE + DROP, asks(['ctx_drop'])).locks.map(([name]) => name)).toEqual(['ctx_drop']);
    const balanced =
      'void look(struct ctx *c)\n{\n\tmmap_read_lock(c->mm);\n\tsee(c);\n\tmmap_read_unlock(c->mm);\n}\n';
    expect(told('a.c', balanced, asks(['look'])).locks).toEqual([]);
  });

  it('is not known where two files say different things, or where it cannot be told', () => {
    const other = TAKE.replace('read', 'write');
    const wanted = asks(['ctx_take']);
    const parts = [told('arch/x86/a.c', TAKE, wanted), told('arch/arm/a.c', other, wanted)];
    expect(gatherKnowledge(parts).locks.size).toBe(0);
    expect(gatherKnowledge([...parts].reverse()).locks.size).toBe(0);
    const again = TAKE.replace('return ', 'return ctx_take(c) ?: ');
    expect(gatherKnowledge([told('a.c', again, wanted), told('b.c', TAKE, wanted)]).locks.size).toBe(0);
    const same = gatherKnowledge([told('a.c', TAKE, wanted), told('b.c', TAKE, wanted)]);
    expect([...same.locks.keys()]).toEqual(['ctx_take']);
  });

  it('does not hang on the order of the files', () => {
    const parts = [told('a.c', TAKE, asks(['ctx_take'])), told('b.c', DROP, asks(['ctx_drop']))];
    expect([...gatherKnowledge(parts).locks]).toEqual([...gatherKnowledge([...parts].reverse()).locks]);
  });

  it('is the flag constants of headers', () => {
    const header =
      '#define MY_GUP (FOLL_WRITE | \\\n\tFOLL_FORCE)\n#define OTHER 3\n#define ODD (FOLL_WRITE + 1)\n';
    const part = told('my.h', header, asks([], ['MY_GUP']));
    expect(part.constants).toEqual([
      ['MY_GUP', ['FOLL_WRITE', 'FOLL_FORCE']],
      ['ODD', null],
    ]);
    expect(told('my.c', header, asks([], ['MY_GUP'])).constants).toEqual([]);
    const call = inFunction('get_user_pages_remote(c->mm, addr, 1, MY_GUP, pages, NULL);', PARAMETERS);
    const possible = (text: string, files: readonly FileKnowledge[]): unknown =>
      siteOf(text, 'get_user_pages_remote', { tree: gatherKnowledge(files) }).flags?.possible;
    expect(possible(call, [part])).toEqual([['FOLL_WRITE', 'FOLL_FORCE']]);
    expect(possible(call, [])).toBeNull();
    expect(possible(`#define MY_GUP FOLL_ANON\n${call}`, [part])).toEqual([['FOLL_ANON']]);
    expect(possible(`#define MY_GUP compute()\n${call}`, [part])).toBeNull();
    const another = told('your.h', '#define MY_GUP FOLL_WRITE\n', asks([], ['MY_GUP']));
    expect(possible(call, [part, another])).toBeNull();
  });

  it('is read off the text first, too much rather than too little', () => {
    const text = `${TAKE}static ${DROP}#define MY_GUP FOLL_WRITE\n`;
    expect(roughOffers(text, 'a.c')).toEqual({ functions: ['ctx_take'], constants: [], structs: [] });
    expect(roughOffers(text, 'a.h')).toEqual({
      functions: ['ctx_take', 'ctx_drop'],
      constants: ['MY_GUP'],
      structs: [],
    });
    expect(roughOffers('int f(void)\n{\n\treturn 0;\n}\n', 'a.c').functions).toEqual([]);
    const long =
      'struct page *\nctx_page(struct ctx *c,\n\tunsigned long a)\n\t__must_hold(&c->lock)\n{\n\tmmap_read_lock(c->mm);\n}\n';
    expect(roughOffers(long, 'a.c').functions).toEqual(['ctx_page']);
  });

  it('is what their functions do with pages that they are given', () => {
    const body = 'struct page *page; pin_user_pages_fast(addr, 1, 0, &page); ctx_put(c, &page); return 0;';
    const user = inFunction(body, PARAMETERS);
    const release = (files: readonly FileKnowledge[]): string => {
      const { kind, where } = siteOf(user, 'pin_user_pages_fast', { tree: gatherKnowledge(files) }).release;
      return `${kind} ${where}`;
    };
    const asked = asksOf(user);
    expect([...asked.pages]).toContain('held ctx_put 1=1');
    const offer = (doing: string): FileKnowledge =>
      told('put.c', `void ctx_put(struct ctx *c, struct page **p)\n{\n\t${doing}\n}\n`, asked);
    expect(release([])).toBe('unknown ctx_put()');
    expect(release([offer('unpin_user_page(*p);')])).toBe('local ctx_put()');
    expect(release([offer('c->page = *p;')])).toBe('stored c->page');
    // Of what that one calls nothing is known.
    expect(release([offer('look(*p);')])).toBe('unknown look()');
    // Two definitions that do different things, whichever comes first; and two that do the same.
    const parts = [offer('unpin_user_page(*p);'), offer('c->page = *p;')];
    expect(release(parts)).toBe('unknown ctx_put()');
    expect(release([...parts].reverse())).toBe('unknown ctx_put()');
    expect(release([offer('unpin_user_page(*p);'), offer('put_page(p[0]);')])).toBe('local ctx_put()');
    // What cannot be told of one spoils the other: a recursion, a function that could not be read.
    expect(release([offer('unpin_user_page(*p);'), offer('if (c) ) ctx_put(')])).toBe('unknown ctx_put()');
  });

  it('is how their functions get pages and give them back, whoever calls', () => {
    const pin =
      'int ctx_pin(unsigned long addr, struct page **p)\n{\n\tif (pin_user_pages_fast(addr, 1, 0, p) != 1)\n\t\treturn -EFAULT;\n\treturn 0;\n}\n';
    const wanted = { ...asks([]), pages: new Set(['function ctx_pin', 'function ctx_other']) };
    const [[question, answer] = ['', null], ...more] = told(
      'pin.c',
      `${pin}int ctx_other(void)\n{\n\treturn 0;\n}\n`,
      wanted,
    ).pages;
    expect(question).toBe('function ctx_pin');
    if (answer?.kind !== 'function') throw new Error('no answer about a function');
    expect(answer.summary?.acquires).toMatchObject([
      { parameter: 1, steps: ['*'], from: [{ callee: 'pin_user_pages_fast', kind: 'pin', span: null }] },
    ]);
    expect(answer.acquirer).toMatchObject({ where: { parameter: 1, path: '' }, single: true, kind: 'pin' });
    // What has nothing to do with pages is there all the same, and spoils another one of its name.
    expect(more).toEqual([['function ctx_other', null]]);
    // Where it stands in its file does not matter.
    const [[, moved] = ['', null]] = told('pin.c', `/* moved */\n${pin}`, wanted).pages;
    expect(
      gatherKnowledge([told('a.c', pin, wanted), told('b.c', `\n${pin}`, wanted)]).pages.get(
        'function ctx_pin',
      ),
    ).toEqual(moved);
  });

  it('is nothing of functions that come back to themselves through other files', () => {
    const one =
      'void ctx_one(struct page **p)\n{\n\tif (!again)\n\t\tctx_two(p);\n\tunpin_user_page(*p);\n}\n';
    const two = 'void ctx_two(struct page **p)\n{\n\tctx_inner(p);\n}\n';
    const inner = 'static void ctx_inner(struct page **p)\n{\n\tctx_one(p);\n}\n';
    const three = 'void ctx_three(struct page **p)\n{\n\tctx_four(p);\n}\n';
    const four = 'void ctx_four(struct page **p)\n{\n\tunpin_user_page(*p);\n}\n';
    const names = ['one', 'two', 'three', 'four'];
    const wanted = { ...asks([]), pages: new Set(names.map(name => `held ctx_${name} 0=1`)) };
    const gather = (tree: TreeKnowledge): TreeKnowledge => {
      const texts = [one, inner + two, three, four];
      return gatherKnowledge(texts.map((text, index) => told(`${index}.c`, text, wanted, tree)));
    };
    const known = gather(gather(NO_KNOWLEDGE));
    expect([...known.pages.keys()]).toEqual(['held ctx_four 0=1', 'held ctx_three 0=1']);
    expect(known.pages.get('held ctx_three 0=1')).toMatchObject({
      outcome: { releases: true, leaves: false },
    });
  });
});

describe('a file that is asked again', () => {
  const outer = 'int ctx_open(struct ctx *c)\n{\n\treturn ctx_take(c);\n}\n';
  const locks = gatherKnowledge([told('a.c', TAKE + DROP, asks(['ctx_take', 'ctx_drop']))]);

  /** What the file tells each time, and how often it was read for that. */
  function rounds(path: string, text: string, times: readonly (readonly [Asked, TreeKnowledge])[]) {
    const memo = new KnowledgeMemo(path, text);
    let reads = 0;
    const answers = times.map(([wanted, tree]) => {
      const read = () => {
        reads++;
        return readSource(text, { version: versionCodesOf('6.12') });
      };
      return memo.of(wanted, tree, read, source =>
        knowledgeOf(source, path, parser, profileFor('6.12'), wanted, tree),
      );
    });
    expect(answers).toEqual(times.map(([wanted, tree]) => told(path, text, wanted, tree)));
    return reads;
  }

  it('is not read again while nothing that concerns it is new', () => {
    const wanted = asks(['ctx_open']);
    const others = asks(['ctx_open', 'elsewhere'], ['UNUSED']);
    const unrelated = gatherKnowledge([told('b.c', DROP, asks(['ctx_drop']))]);
    expect(
      rounds('b.c', outer, [
        [wanted, NO_KNOWLEDGE],
        [others, NO_KNOWLEDGE],
        [wanted, unrelated],
      ]),
    ).toBe(1);
  });

  it('is read again when a function that it calls is known', () => {
    const wanted = asks(['ctx_open']);
    expect(
      rounds('b.c', outer, [
        [wanted, NO_KNOWLEDGE],
        [wanted, locks],
        [wanted, locks],
      ]),
    ).toBe(2);
  });

  it('is read again when more is wanted of it', () => {
    const more = 'int ctx_close(struct ctx *c)\n{\n\tmmap_read_unlock(c->mm);\n\treturn 0;\n}\n';
    expect(
      rounds('b.c', outer + more, [
        [asks(['ctx_open']), locks],
        [asks(['ctx_open', 'ctx_close']), locks],
      ]),
    ).toBe(2);
  });
});
