import { describe, expect, it } from 'vitest';
import type { Release } from '../../kernel/src/index.js';
import { FILE, open } from './host.js';
import { CONDITIONAL, FAULT_ENTRY, HELD, PASSED_ON } from './snippets.js';

function hover(marked: string, options: { release?: Release; settings?: unknown } = {}): string | null {
  const { analysis, offset } = open(marked, options);
  return analysis.hover(FILE, offset)?.markdown ?? null;
}

/** The line of a hover that starts with a text. */
function line(markdown: string | null, start: string): string {
  return markdown?.split('\n').find(text => text.startsWith(start)) ?? `no line starts with ${start}`;
}

describe('hover on a call', () => {
  it('opens with the function, the release and its source, and the lock', () => {
    expect(line(hover(CONDITIONAL), '**')).toBe(
      '**`get_user_pages_unlocked`** · Linux 6.12 (Makefile) · **takes mmap_lock itself; must not be held** nothing here takes it',
    );
    expect(line(hover(HELD), '**')).toBe(
      '**`pin_user_pages_remote`** · Linux 6.12 (Makefile) · **mmap_lock must be held** ✓ held for reading here (line 6) · never dropped, as `locked` is NULL',
    );
    expect(line(hover(PASSED_ON), '**')).toContain('up to the caller of this function');
  });

  it('says who has to release the pages, and who was given them where that is not known', () => {
    const pin = (then: string): string =>
      `static int demo(unsigned long addr)\n{\n\tstruct page *page;\n\n\tpin_user_pages_¦fast(addr, 1, 0, &page);\n\t${then}\n\treturn 0;\n}\n`;
    expect(hover(pin('unpin_user_page(page);'))).toContain(
      'a pin, not a plain reference; this function does',
    );
    expect(hover(pin('submit(page);'))).toContain('by whom is not known: `submit()` is given them');
    expect(hover(pin('flush_dcache_page(page);'))).toContain('(a pin, not a plain reference).');
  });

  it('says where the lock was taken on each way, and that a fault without a retry keeps it', () => {
    const fault = (
      flags: string,
    ): string => `static void demo(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr)
{
	if (!mmap_read_trylock(mm)) {
		cond_resched();
		mmap_read_lock(mm);
	}
	handle_mm_¦fault(vma, addr, ${flags}, NULL);
	mmap_read_unlock(mm);
}
`;
    expect(line(hover(fault('FAULT_FLAG_REMOTE')), '**')).toContain(
      '✓ held for reading here (lines 3, 5) · never dropped, as these flags allow no retry',
    );
    expect(line(hover(fault('FAULT_FLAG_DEFAULT')), '**')).toContain(
      '(lines 3, 5) · dropped if VM_FAULT_RETRY (without RETRY_NOWAIT) or VM_FAULT_COMPLETED is returned',
    );
  });

  it('says how the callers in the file hold the lock', () => {
    const peek = `static long peek(struct ctx *c, struct mm_struct *mm, unsigned long addr, struct page **pages)
{
	return get_user_¦pages_remote(mm, addr, 1, 0, pages, NULL);
}
`;
    const caller = (name: string, before: string, after = ''): string =>
      `long ${name}(struct ctx *c)\n{\n\t${before}\n\tpeek(c, c->mm, 0, c->pages);${after}\n\treturn 0;\n}\n`;
    const told = (text: string): string =>
      /up to the caller of this function(.*?)(?: ·.*)?$/.exec(line(hover(text), '**'))?.[1] ?? '';
    const locked = caller('locked', 'mmap_read_lock(c->mm);');
    expect(told(peek + locked)).toBe(': `locked()` holds it for reading (line 8)');
    expect(told(peek + locked + caller('also', 'mmap_read_lock(c->mm);'))).toBe(
      ': each of its callers holds it for reading (lines 8, 14)',
    );
    const other = caller('other', 'mmap_write_lock(c->mm);\n\tmmap_write_unlock(c->mm);');
    expect(told(peek + locked + other)).toBe(
      ': `locked()` holds it for reading (line 8), `other()` does not hold it (line 15)',
    );
    expect(told(peek + caller('passes', 'look(c);'))).toBe(
      ': `passes()` leaves it to its own caller (line 8)',
    );
    // Others may call it too.
    expect(told(peek.replace('static ', '') + locked)).toBe('');
    expect(told(`${peek + locked}static const struct ops ops = { .peek = peek };\n`)).toBe('');
    expect(told(peek)).toBe('');
  });

  it('marks a call that has the lock the wrong way', () => {
    const wrong = HELD.replace('pin_user_¦pages_remote(mm, addr', 'get_user_¦pages_unlocked(addr')
      .replace('FOLL_WRITE | FOLL_LONGTERM, pages, NULL', 'pages, FOLL_WRITE')
      .replaceAll('(mm)', '(current->mm)');
    expect(line(hover(wrong), '**')).toContain('must not be held** ✗ held for reading here (line 6)');
  });

  it('says under which condition a flag is passed, and where', () => {
    expect(line(hover(CONDITIONAL), '| you pass')).toBe(
      '| you pass | `HWPOISON HONOR_NUMA_FAULT` always; `WRITE` if `write_fault`, `NOWAIT` if `async` | line 4 `HWPOISON HONOR_NUMA_FAULT`, line 8 `WRITE`, line 10 `NOWAIT` |',
    );
  });

  it('says what the callee adds and what the fault gets', () => {
    expect(line(hover(CONDITIONAL), '| it adds')).toBe('| it adds | `TOUCH UNLOCKABLE` | 6.12 contract |');
    expect(line(hover(CONDITIONAL), '| the fault gets')).toBe(
      '| the fault gets | `ALLOW_RETRY KILLABLE` (+`WRITE` +`RETRY_NOWAIT`) | `faultin_page` |',
    );
    // 6.1 has no FOLL_UNLOCKABLE.
    expect(line(hover(CONDITIONAL, { release: '6.1' }), '| it adds')).toBe(
      '| it adds | `TOUCH` | 6.1 contract |',
    );
  });

  it('names what a parameter brings, and does not guess it', () => {
    expect(line(hover(PASSED_ON), '| you pass')).toContain('whatever `gup_flags` brings');
    expect(hover(PASSED_ON)).toContain('`gup_flags…` taken as no flags');
  });

  it('shows the simulated situations where they differ', () => {
    const text = hover(CONDITIONAL);
    expect(line(text, '**Simulated**')).toMatch(
      /^\*\*Simulated\*\* \(4 flag sets × 19 situations, \d+ more outcomes not shown\)$/,
    );
    expect(line(text, '| mapped, writable')).toBe(
      '| mapped, writable; shared file on a disk; DAX file; 1 more | 1 page | taken, released | – |',
    );
    expect(line(text, '| swapped out, `NOWAIT`')).toMatch(/\| \*\*0\*\* \| taken, released \|/);
    expect(line(text, '| swapped out |')).toMatch(/\| 1 page \| taken, dropped, retaken, released \|/);
  });

  it('leaves the simulation out where the settings say so', () => {
    const text = hover(CONDITIONAL, { settings: { hover: { simulate: false } } });
    expect(text).toContain('| it adds');
    expect(text).not.toContain('Simulated');
  });

  it('leaves the simulation out for a function that the simulator does not run', () => {
    const text = hover(FAULT_ENTRY);
    expect(text).toContain('`handle_mm_fault`');
    expect(text).not.toContain('Simulated');
  });

  it('says how to release', () => {
    expect(line(hover(HELD), 'Release')).toContain('`unpin_user_page`');
    expect(line(hover(HELD), 'Release')).toContain("in the caller's array");
    expect(line(hover(CONDITIONAL), 'Release')).toContain('`put_page`');
  });

  it('expands FAULT_FLAG_DEFAULT at a fault entry', () => {
    expect(line(hover(FAULT_ENTRY), '| you pass')).toContain(
      '`ALLOW_RETRY KILLABLE INTERRUPTIBLE` always; `WRITE` if `write`',
    );
    expect(hover(FAULT_ENTRY)).toContain('VM_FAULT_COMPLETED');
    expect(line(hover(FAULT_ENTRY, { release: '5.15' }), '**')).not.toContain('VM_FAULT_COMPLETED');
  });

  it('says of a function that the release does not have which release it speaks of', () => {
    const text = hover(
      'long demo(unsigned long a, struct page **p)\n{\n\treturn get_user_¦pages_locked(a, 1, 0, p, NULL);\n}\n',
    );
    expect(text).toContain('Mainline 6.12 has no `get_user_pages_locked`');
    expect(line(text, '| it adds')).toMatch(/\| 5\.17 contract \|$/);
  });

  it('tells a page from none at get_dump_page()', () => {
    const text = hover('struct page *demo(unsigned long a)\n{\n\treturn get_dump_¦page(a);\n}\n', {
      release: '6.1',
    });
    expect(line(text, '| mapped, writable')).toContain('| 1 page |');
    expect(line(text, '| never touched')).toContain('| **NULL** |');
  });

  it('is silent elsewhere, and where it is switched off', () => {
    expect(hover(CONDITIONAL.replace('¦', '').replace('write_fault)', 'write¦_fault)'))).toBeNull();
    expect(hover(CONDITIONAL, { settings: { hover: { enable: false } } })).toBeNull();
    expect(hover('/* get_user_¦pages(addr, 1, 0, pages) */\n')).toBeNull();
  });

  it('covers exactly the name', () => {
    const { analysis, offset, text } = open(CONDITIONAL);
    const span = analysis.hover(FILE, offset)?.span;
    expect(text.slice(span?.start, span?.end)).toBe('get_user_pages_unlocked');
    const behind = text.indexOf('get_user_pages_unlocked') + 'get_user_pages_unlocked'.length;
    expect(analysis.hover(FILE, behind)?.span).toEqual(span);
  });
});

describe('hover on a flag', () => {
  const flag = (name: string, release: Release = '6.12'): string | null =>
    hover(`int demo(void)\n{\n\treturn ${name.slice(0, 6)}¦${name.slice(6)};\n}\n`, { release });

  it('gives value, releases and who may pass it', () => {
    expect(line(flag('FOLL_LONGTERM'), '**')).toBe(
      '**`FOLL_LONGTERM`** `0x100` in Linux 6.12 (Makefile) · since 5.2 · public',
    );
    expect(line(flag('FOLL_PIN'), '**')).toContain('internal to mm/');
    expect(line(flag('FAULT_FLAG_DEFAULT'), 'Stands')).toBe(
      'Stands for: `FAULT_FLAG_ALLOW_RETRY` `FAULT_FLAG_KILLABLE` `FAULT_FLAG_INTERRUPTIBLE`',
    );
    expect(line(flag('VM_FAULT_RETRY'), '**')).toContain('`0x400`');
  });

  it('says where a flag of other releases exists', () => {
    expect(line(flag('FOLL_COW'), '**')).toBe(
      '**`FOLL_COW`** does not exist in Linux 6.12 (Makefile) · until 5.19',
    );
    expect(line(flag('FOLL_UNLOCKABLE', '5.10'), '**')).toContain(
      'does not exist in Linux 5.10 (Makefile) · since 6.3',
    );
  });

  it('is short first, with where it ends up; details stand below', () => {
    const text = flag('FOLL_PIN');
    const [above = '', below = ''] = text?.split('\n---\n') ?? [];
    expect(above).toContain('Becomes: `FAULT_FLAG_UNSHARE`');
    expect(above).toContain('Changed in **6.3** (0x80000; it was 0x40000;');
    expect(above).not.toContain('Set by');
    expect(below).toContain('Set by');
    // A page that is not at hand in an editor is no place to send anybody.
    expect(text).not.toContain('docs/releases');
    // 5.15 knows no unshare fault.
    expect(flag('FOLL_PIN', '5.15')).not.toContain('FAULT_FLAG_UNSHARE');
    expect(flag('FOLL_NOWAIT')).toContain('Becomes: `FAULT_FLAG_ALLOW_RETRY` `FAULT_FLAG_RETRY_NOWAIT`');
  });

  it('says when a fact is inferred', () => {
    expect(flag('FOLL_LONGTERM', '6.15')).toContain('*Inferred from the releases around 6.15');
    expect(flag('FOLL_LONGTERM', '6.14')).not.toContain('*Inferred');
  });

  it('is silent for a name that no release has', () => {
    expect(flag('FOLL_NO_SUCH_FLAG')).toBeNull();
  });
});

describe('hover on a function outside a call', () => {
  const DEFINITION =
    'long pin_user_¦pages(unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages)\n{\n\treturn 0;\n}\n';

  it('shows the contract of the release, and when it changed next to it', () => {
    const text = hover(DEFINITION);
    expect(line(text, '**')).toBe('**`pin_user_pages`** · Linux 6.12 (Makefile) · since 5.6 · public');
    expect(text).toContain('```c\nlong pin_user_pages(\n    unsigned long start,');
    expect(text).toContain('Adds: FOLL\\_PIN'.replace('\\', ''));
    expect(text).toContain('Release with: `unpin_user_page`');
    // A line that begins with > would be a quotation.
    expect(text).toContain('\n- \\>0: pages obtained');
    expect(line(text, 'Changed in')).toMatch(/^Changed in \*\*6\.9\*\* \(refuses/);
    expect(hover(DEFINITION, { release: '5.15' })).toContain('struct vm_area_struct **vmas');
  });

  it('describes the nearest release that has it', () => {
    const text = hover('EXPORT_SYMBOL(get_user_pages_¦locked);\n');
    expect(line(text, '**')).toContain('not in Linux 6.12 (Makefile) · until 5.17');
    expect(text).toContain('*Described as in Linux 5.17.*');
  });

  it('adds its changes to the explanation of a call, and leaves the prototype to clangd', () => {
    const text = hover(HELD);
    expect(text).toContain('Changed in **6.9**');
    expect(text).not.toContain('```c');
  });

  it('is silent in comments, strings, and for names that the tables do not have', () => {
    expect(hover('// get_user_¦pages\n')).toBeNull();
    expect(hover('const char *name = "get_user_¦pages";\n')).toBeNull();
    expect(hover('int get_user_¦cake(void);\n')).toBeNull();
    expect(hover('/* a */ long get_user_¦pages(void); /* b */\n')).not.toBeNull();
  });
});
