import { describe, expect, it } from 'vitest';
import type { Release } from '../../kernel/src/index.js';
import { simulate } from '../../simulator/src/index.js';
import { FILE, open } from './host.js';
import { CONDITIONAL, FAULT_ENTRY, FIXUP, HELD, LOCKED, MISMATCH, PASSED_ON } from './snippets.js';

/** As get_user_pages_fast_only() of mm/gup.c does it. */
const LOCKLESS = `
int only_fast(unsigned long start, int nr_pages, unsigned int gup_flags, struct page **pages)
{
	gup_flags |= FOLL_GET | FOLL_FAST_ONLY;
	return gup_fast_fallback(start, nr_pages, gup_flags, pages);
}
`;

const VMA_LOCKED = `
vm_fault_t try_vma(struct mm_struct *mm, unsigned long address, struct pt_regs *regs)
{
	unsigned int flags = FAULT_FLAG_DEFAULT;
	struct vm_area_struct *vma = lock_vma_under_rcu(mm, address);
	vm_fault_t fault;

	if (!vma)
		return VM_FAULT_RETRY;
	fault = handle_mm_fault(vma, address, flags | FAULT_FLAG_VMA_LOCK, regs);
	if (!(fault & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)))
		vma_end_read(vma);
	return fault;
}
`;

function hints(marked: string, options: { release?: Release; settings?: unknown } = {}): string[] {
  const { analysis, text } = open(marked, options);
  return analysis
    .inlayHints(FILE, { start: 0, end: text.length })
    .map(({ kind, label, offset }) => `${kind}: ${label} @${text.slice(offset - 5, offset)}`);
}

describe('inlay hints', () => {
  it('tell what a variable holds, what is added, what the fault gets, and the lock', () => {
    expect(hints(CONDITIONAL)).toEqual([
      'flags: HWPOISON|HONOR_NUMA_FAULT ±WRITE ±NOWAIT · +TOUCH +UNLOCKABLE @flags',
      'lock: takes mmap_lock @lags)',
      'fault: fault: ALLOW_RETRY|KILLABLE ±WRITE ±RETRY_NOWAIT @lags)',
    ]);
  });

  it('do not repeat flags that are written in the call', () => {
    expect(hints(HELD)).toEqual([
      'flags: +TOUCH +REMOTE +PIN @GTERM',
      'lock: mmap_lock: read, never dropped @NULL)',
      'fault: fault: WRITE|REMOTE @NULL)',
    ]);
  });

  it('claim nothing of flags and locks that come from the caller', () => {
    expect(hints(PASSED_ON)).toEqual(['flags: +TOUCH @flags']);
  });

  it('do not show the fault flags twice where the call is given them', () => {
    expect(hints(FAULT_ENTRY)).toEqual([
      'flags: ALLOW_RETRY|KILLABLE|INTERRUPTIBLE ±WRITE @flags',
      'lock: mmap_lock: → dropped on RETRY/COMPLETED @regs)',
    ]);
    // VM_FAULT_COMPLETED came with 6.0.
    expect(hints(FAULT_ENTRY, { release: '5.19' })[1]).toBe('lock: mmap_lock: → dropped on RETRY @regs)');
  });

  it('say nothing of mmap_lock where only the lockless walk is asked for', () => {
    const [flags, ...others] = hints(LOCKLESS);
    expect(flags).toBe('flags: GET|FAST_ONLY|gup_flags… @flags');
    expect(others).toEqual([]);
  });

  it('name the lock of the VMA as such', () => {
    expect(hints(VMA_LOCKED)[1]).toBe('lock: VMA lock → dropped on RETRY/COMPLETED @regs)');
  });

  it('have a reason', () => {
    const { analysis, text } = open(CONDITIONAL);
    const [flags] = analysis.inlayHints(FILE, { start: 0, end: text.length });
    expect(flags?.tooltip).toContain('WRITE: on some paths, line 8');
    expect(flags?.tooltip).toContain(
      'get_user_pages_unlocked() adds FOLL_TOUCH FOLL_UNLOCKABLE in Linux 6.12',
    );
  });

  it('spell everything out in the full style', () => {
    const settings = { inlayHints: { style: 'full' } };
    expect(hints(CONDITIONAL, { settings })).toEqual([
      'flags: FOLL_HWPOISON|FOLL_HONOR_NUMA_FAULT, on some paths FOLL_WRITE, FOLL_NOWAIT; adds FOLL_TOUCH|FOLL_UNLOCKABLE @flags',
      'lock: takes mmap_lock @lags)',
      'fault: the fault gets FAULT_FLAG_ALLOW_RETRY|FAULT_FLAG_KILLABLE, on some paths FAULT_FLAG_WRITE, FAULT_FLAG_RETRY_NOWAIT @lags)',
    ]);
    expect(hints(HELD, { settings })[1]).toBe('lock: mmap_lock: held for reading, never dropped @NULL)');
    expect(hints(LOCKED, { settings })[1]).toBe(
      'lock: mmap_lock: held for reading before, depends on locked after @cked)',
    );
    expect(hints(FAULT_ENTRY, { settings })[1]).toBe(
      'lock: mmap_lock: dropped on RETRY/COMPLETED after @regs)',
    );
  });

  it('lead from a flag and from the lock to the line that brings them', () => {
    const { analysis, text } = open(LOCKED);
    const parts = analysis.inlayHints(FILE, { start: 0, end: text.length }).flatMap(hint => hint.parts);
    const targetOf = (label: string): string | undefined => {
      const span = parts.find(part => part.text.includes(label))?.target;
      return span === null || span === undefined ? undefined : text.slice(span.start, span.end);
    };
    expect(targetOf('±WRITE')).toBe('FOLL_WRITE');
    expect(targetOf('mmap_lock: read')).toContain('mmap_read_lock');
  });

  it('are switched off one by one', () => {
    const kinds = (settings: unknown): string[] =>
      hints(CONDITIONAL, { settings }).map(text => text.split(':')[0] ?? '');
    expect(kinds({ inlayHints: { flags: false } })).toEqual(['lock', 'fault']);
    expect(kinds({ inlayHints: { fault: false } })).toEqual(['flags', 'lock']);
    expect(kinds({ inlayHints: { lock: false } })).toEqual(['flags', 'fault']);
    expect(kinds({ inlayHints: { flags: false, fault: false, lock: false } })).toEqual([]);
  });

  it('are given for the range asked for only', () => {
    const { analysis, offset } = open(CONDITIONAL);
    expect(analysis.inlayHints(FILE, { start: 0, end: offset - 40 })).toEqual([]);
  });
});

describe('code lenses', () => {
  it('stand at calls that the simulator runs', () => {
    const { analysis, text } = open(CONDITIONAL);
    const lenses = analysis.codeLenses(FILE);
    expect(lenses.map(({ title }) => title)).toEqual(['Simulate this call']);
    expect(lenses[0]?.site).toBe(text.indexOf('get_user_pages_unlocked'));
    expect(open(FAULT_ENTRY).analysis.codeLenses(FILE)).toEqual([]);
  });

  it('count the situations that drop the lock, where the caller is told by a pointer', () => {
    const { analysis } = open(LOCKED);
    const [, drops, ...others] = analysis.codeLenses(FILE);
    expect(others).toEqual([]);
    const [, dropping, all] = /^(\d+) of (\d+) situations drop mmap_lock$/.exec(drops?.title ?? '') ?? [];
    expect(Number(dropping)).toBeGreaterThan(1);
    expect(Number(all)).toBeGreaterThan(Number(dropping));
    // The lens leads to one of them.
    const found = analysis.scenarioAt(FILE, drops?.site ?? 0, drops?.situation ?? null);
    const simulation = found === null ? null : simulate(found.scenario);
    expect(simulation?.modelled === true && simulation.outcome.locked_after).toBe(0);
    for (const kept of [HELD, CONDITIONAL]) {
      expect(
        open(kept)
          .analysis.codeLenses(FILE)
          .map(({ title }) => title),
      ).toEqual(['Simulate this call']);
    }
    const off = open(LOCKED, { settings: { codeLens: { lock: false } } }).analysis.codeLenses(FILE);
    expect(off.map(({ situation }) => situation)).toEqual([null]);
  });

  it('lead to the flags that drop the lock, where those of the first path do not', () => {
    const { analysis } = open(
      LOCKED.replace('flags = 0', 'flags = FOLL_NOWAIT').replace('flags |= FOLL_WRITE', 'flags = FOLL_WRITE'),
    );
    const [simulates, drops] = analysis.codeLenses(FILE);
    const opened = (lens: typeof drops): unknown => {
      const found = analysis.scenarioAt(FILE, lens?.site ?? 0, lens?.situation ?? null);
      const run = found === null ? null : simulate(found.scenario);
      return { flags: found?.scenario.flags, locked: run?.modelled === true && run.outcome.locked_after };
    };
    expect(opened(simulates)).toEqual({ flags: ['FOLL_NOWAIT'], locked: 1 });
    expect(opened(drops)).toEqual({ flags: ['FOLL_WRITE'], locked: 0 });
  });

  it('say where the lock is dropped and taken again', () => {
    const titles = open(FIXUP)
      .analysis.codeLenses(FILE)
      .map(({ title }) => title);
    expect(titles).toEqual([
      'Simulate this call',
      expect.stringMatching(/^\d+ of \d+ situations drop and retake mmap_lock$/),
    ]);
  });

  it('are switched off', () => {
    const { analysis } = open(CONDITIONAL, { settings: { codeLens: { enable: false } } });
    expect(analysis.codeLenses(FILE)).toEqual([]);
  });
});

describe('the scenario of a call', () => {
  it('has the flags of the first path, the locked argument, the mm and never touched memory', () => {
    const { analysis, offset } = open(HELD);
    const found = analysis.scenarioAt(FILE, offset);
    expect(found?.title).toBe('pin_user_pages_remote in demo_held');
    expect(found?.scenario).toMatchObject({
      kernel: '6.12',
      fn: 'pin_user_pages_remote',
      flags: ['FOLL_WRITE', 'FOLL_LONGTERM'],
      locked: null,
      mm: 'remote',
      opts: [],
      page_state: 'unpopulated',
      nr: 1,
    });
  });

  it('is found from anywhere on the line of the call', () => {
    const { analysis, text } = open(HELD);
    const line = text.indexOf('\tret = pin_user_pages_remote');
    expect(analysis.scenarioAt(FILE, line)?.scenario.fn).toBe('pin_user_pages_remote');
    expect(analysis.scenarioAt(FILE, text.indexOf('mmap_read_lock'))).toBeNull();
  });

  it('has no pages where the call has none, as many as it asks for, and a locked pointer where there is one', () => {
    const call = HELD.replace('addr, 1,', 'addr, 3,')
      .replace('pages, NULL)', 'NULL, &locked)')
      .replace('(mm, addr', '(current->mm, addr');
    const { analysis, offset } = open(call);
    expect(analysis.scenarioAt(FILE, offset)?.scenario).toMatchObject({
      opts: ['pages_null'],
      nr: 3,
      locked: 1,
      mm: 'current',
    });
  });

  it('says where mmap_lock is held for writing, for a function that is called with it', () => {
    const write = HELD.replaceAll('mmap_read_', 'mmap_write_');
    const { analysis, offset } = open(write);
    expect(analysis.scenarioAt(FILE, offset)?.scenario.opts).toEqual(['mmap_write_lock_held']);
    const unlocked = open(write.replace('pin_user_¦pages_remote(mm, addr', 'get_user_¦pages_fast(addr'));
    expect(unlocked.analysis.scenarioAt(FILE, unlocked.offset)?.scenario.opts).toEqual([]);
  });

  it('is that of the function for many pages, of a wrapper for one', () => {
    const { analysis, offset } = open(
      'bool demo(unsigned long a, struct page **p)\n{\n\treturn get_user_page_¦fast_only(a, FOLL_WRITE, p);\n}\n',
    );
    expect(analysis.scenarioAt(FILE, offset)?.scenario).toMatchObject({
      fn: 'get_user_pages_fast_only',
      flags: ['FOLL_WRITE'],
      nr: 1,
    });
  });

  it('runs in the simulator', () => {
    const { analysis, offset } = open(CONDITIONAL);
    const scenario = analysis.scenarioAt(FILE, offset)?.scenario;
    const simulation = scenario === undefined ? null : simulate(scenario);
    expect(simulation?.modelled === true && simulation.outcome.ret).toBe(1);
  });
});

describe('diagnostics', () => {
  it('have the severity of the settings', () => {
    const severities = (settings: unknown): string[] =>
      open(MISMATCH, { settings })
        .analysis.diagnostics(FILE)
        .map(({ rule, severity }) => `${rule} ${severity}`);
    expect(severities(null)).toEqual(['gup-pin-put-mismatch error']);
    expect(severities({ diagnostics: { rules: { 'gup-pin-put-mismatch': 'info' } } })).toEqual([
      'gup-pin-put-mismatch info',
    ]);
    expect(severities({ diagnostics: { rules: { 'gup-pin-put-mismatch': 'off' } } })).toEqual([]);
    expect(severities({ diagnostics: { enable: false } })).toEqual([]);
  });

  it('follow the release: there were no pins before 5.6', () => {
    const rules = open(MISMATCH, { release: '5.4' })
      .analysis.diagnostics(FILE)
      .map(({ rule }) => rule);
    expect(rules).not.toContain('gup-pin-put-mismatch');
  });
});
