import { expect, describe as group, it } from 'vitest';
import { describe, renderTrace, simulate } from '../../simulator/src/index.js';
import { scenario } from './scenarios.js';

const vma = {
  kind: 'anon',
  share: 'private' as const,
  prot: 'rw-',
  len: 16384,
  uffd: { mode: 'missing', plan: 'C' },
};
const waiting = simulate(scenario({ kernel: '6.1', fn: 'get_user_pages_remote', locked: 1, vma }));

group('describe', () => {
  it('names function, release, result, lock and faults', () => {
    expect(describe(waiting)).toBe(
      [
        'get_user_pages_remote on v6.1: returns 1, all pages; mmap_lock has been dropped, *locked = 0.',
        '__get_user_pages starts with FOLL_TOUCH | FOLL_GET | FOLL_REMOTE.',
        'Page 0: handle_mm_fault(ALLOW_RETRY|KILLABLE|REMOTE) returns RETRY (handle_userfault: wakes up).',
        'Page 0: a page, new; the reference adds 1 to its refcount.',
      ].join('\n'),
    );
  });

  it('names the step that decided: in a fault, and of an error', () => {
    const forked = { kernel: '6.12', flags: ['FOLL_WRITE'], page_state: 'written_then_forked_child_alive' };
    expect(describe(simulate(scenario(forked)))).toContain(
      'handle_mm_fault(WRITE) returns 0 (wp_page_copy: maps the copy, exclusive).',
    );
    const readOnly = { ...vma, prot: 'r--', uffd: null };
    expect(describe(simulate(scenario({ kernel: '6.12', flags: ['FOLL_WRITE'], vma: readOnly })))).toContain(
      'Decided by check_vma_flags: -EFAULT: FOLL_WRITE on a mapping that is not writable, without FOLL_FORCE.',
    );
  });

  it('gives the reason where there is no model', () => {
    expect(describe(simulate(scenario({ fn: 'memfd_pin_folios' })))).toBe(
      'memfd_pin_folios on v6.12: not modelled: memfd_pin_folios() of memory without a file.',
    );
  });

  it('says of a touch how it ends, and of a system call what it returns', () => {
    const readOnly = { kind: 'anon', share: 'private' as const, prot: 'r--', len: 16384 };
    expect(describe(simulate(scenario({ fn: 'user_write', vma: readOnly })))).toBe(
      'user_write on v6.12: the access ends with SIGSEGV (SEGV_ACCERR); mmap_lock is not taken.',
    );
    expect(describe(simulate(scenario({ fn: 'user_read' })))).toContain('the access succeeds');
    expect(describe(simulate(scenario({ fn: 'copy_from_user' })))).toContain('returns 64;');
  });

  it('shows the tree’s own version beside the release', () => {
    expect(describe(simulate(scenario({ kernel: '6.1.192' })))).toContain('on v6.1 (6.1.192): ');
  });
});

group('renderTrace', () => {
  it('has a line for each step, with the lock bar', () => {
    if (!waiting.modelled) throw new Error(waiting.reason);
    const lines = renderTrace(waiting).trimEnd().split('\n');
    expect(lines.filter(line => /^ *\d+ /.test(line))).toHaveLength(waiting.trace.length);
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(80);
    expect(lines.filter(line => /^ *\d+ \| /.test(line)).length).toBe(
      waiting.trace.filter(step => step.lock === 'read').length,
    );
    expect(lines.some(line => line.includes('monitor [page 0]: UFFDIO_COPY'))).toBe(true);
  });

  it('tells the flags where they change, and the change only', () => {
    const lines = renderTrace(waiting)
      .split('\n')
      .map(line => line.trim().replace(/^\| +/, ''));
    expect(lines.filter(line => /^(gup_flags|fault flags) /.test(line))).toEqual([
      'gup_flags TOUCH GET REMOTE',
      'fault flags ALLOW_RETRY KILLABLE REMOTE',
      'gup_flags +TRIED',
    ]);
  });

  it('follows the entry of a page', () => {
    const forked = { kernel: '6.12', fn: 'pin_user_pages', flags: ['FOLL_WRITE'] };
    const entries = (of: { readonly page_state: string }) => {
      const simulation = simulate(scenario({ ...forked, ...of }));
      if (!simulation.modelled) throw new Error(simulation.reason);
      return simulation.trace.flatMap(({ pte }) => pte ?? []);
    };
    expect(entries({ page_state: 'written_then_forked_child_alive' })).toEqual([
      'present dirty young',
      'present write dirty young',
    ]);
    expect(entries({ page_state: 'swapped_out' })).toEqual([
      'swap swp_exclusive',
      'present write dirty young',
    ]);
  });

  it('follows the folio of a page: a copy is another one, and counts change', () => {
    const forked = { kernel: '6.12', fn: 'pin_user_pages', flags: ['FOLL_WRITE'] };
    const pinned = simulate(scenario({ ...forked, page_state: 'written_then_forked_child_alive' }));
    if (!pinned.modelled) throw new Error(pinned.reason);
    expect(pinned.trace.flatMap(({ folio }) => (folio === undefined ? [] : [folio]))).toEqual([
      { folio: 1, ref: 2, map: 2, pin: 0, exclusive: false },
      // It is held while it is copied.
      { folio: 1, ref: 3, map: 2, pin: 0, exclusive: false },
      { folio: 2, ref: 2, map: 1, pin: 0, exclusive: true },
      { folio: 2, ref: 1026, map: 1, pin: 1, exclusive: true },
    ]);
    const shown = renderTrace(pinned)
      .split('\n')
      .filter(line => / folio /.test(line))
      .map(line => line.replace(/^[ |]+/, ''));
    expect(shown).toEqual([
      'folio 1 ref 2 map 2',
      'folio 1 ref 3 map 2',
      'folio 2 ref 2 map 1 exclusive',
      'folio 2 ref 1026 map 1 pin 1 exclusive',
    ]);
  });

  it('is empty where there is no model', () => {
    expect(renderTrace(simulate(scenario({ fn: 'memfd_pin_folios' })))).toBe('');
  });
});
