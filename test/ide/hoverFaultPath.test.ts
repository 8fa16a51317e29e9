import { describe, expect, it } from 'vitest';
import type { Release } from '../../kernel/src/index.js';
import { FILE, open } from './host.js';

/** An architecture's handler whose marked word is asked about. */
function handler(word: string, flags = 'FAULT_FLAG_DEFAULT'): string {
  const text = `static void demo_fault(struct mm_struct *mm, unsigned long address, struct pt_regs *regs)
{
	struct vm_area_struct *vma;
	unsigned int flags = ${flags};
	vm_fault_t fault;

	mmap_read_lock(mm);
	vma = find_vma(mm, address);
	fault = handle_mm_fault(vma, address, flags, regs);
	if (fault & VM_FAULT_COMPLETED)
		return;
	if (fault & VM_FAULT_RETRY)
		return;
	mmap_read_unlock(mm);
	if (fault & VM_FAULT_OOM)
		pagefault_out_of_memory();
	if (fault & VM_FAULT_MAJOR)
		count(regs);
}
`;
  const at = text.indexOf(word);
  if (at < 0) throw new Error(`no ${word}`);
  return `${text.slice(0, at + 1)}¦${text.slice(at + 1)}`;
}

function hover(marked: string, release: Release = '6.12'): string | null {
  const { analysis, offset } = open(marked, { release });
  return analysis.hover(FILE, offset)?.markdown ?? null;
}

function here(marked: string, release: Release = '6.12'): string | undefined {
  return hover(marked, release)
    ?.split('\n')
    .find(line => line.startsWith('*Here:*'));
}

describe('hover on a result of a fault', () => {
  it('says what became of the lock behind the call of this function', () => {
    expect(here(handler('VM_FAULT_RETRY'))).toBe(
      '*Here:* `handle_mm_fault()` (line 9) returns it with mmap_lock dropped: no unlock, and the VMA is stale.',
    );
    expect(here(handler('VM_FAULT_COMPLETED'))).toContain('no other attempt, the fault is done');
    expect(here(handler('VM_FAULT_OOM'))).toContain(
      'returns it with mmap_lock still held, as long as VM_FAULT_RETRY',
    );
    expect(here(handler('VM_FAULT_MAJOR'))).toBeUndefined();
  });

  it('goes by the flags of the call', () => {
    expect(here(handler('VM_FAULT_RETRY', 'FAULT_FLAG_USER'))).toContain(
      'does not return it, as its flags allow no retry',
    );
    expect(here(handler('VM_FAULT_COMPLETED', 'FAULT_FLAG_USER'))).toContain('does not return it');
    const nowait = 'FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_RETRY_NOWAIT';
    expect(here(handler('VM_FAULT_RETRY', nowait))).toContain('with mmap_lock still held, as RETRY_NOWAIT');
    expect(here(handler('VM_FAULT_RETRY', 'regs->flags'))).toContain('unless RETRY_NOWAIT was passed');
    expect(here(handler('VM_FAULT_RETRY', 'FAULT_FLAG_DEFAULT | FAULT_FLAG_VMA_LOCK'))).toContain(
      'with the VMA lock dropped',
    );
  });

  it('speaks of the call whose result a test is of', () => {
    const twice = `static vm_fault_t demo_fault(struct mm_struct *mm, unsigned long address, struct pt_regs *regs)
{
	struct vm_area_struct *vma = lock_vma_under_rcu(mm, address);
	unsigned int flags = FAULT_FLAG_DEFAULT;
	vm_fault_t fault;

	if (vma) {
		fault = handle_mm_fault(vma, address, flags | FAULT_FLAG_VMA_LOCK, regs);
		if (!(fault & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)))
			vma_end_read(vma);
		if (!(fault & VM_FAULT_RETRY))
			return fault;
	}
	vma = lock_mm_and_find_vma(mm, address, regs);
	if (!vma)
		return VM_FAULT_SIGSEGV;
	fault = handle_mm_fault(vma, address, flags, regs);
	if (fault & VM_FAULT_COMPLETED)
		return 0;
	return fault;
}
`;
    const inTest = (test: string): string | undefined => {
      const at = twice.indexOf(test) + test.indexOf('VM_FAULT_COMPLETED') + 1;
      return here(`${twice.slice(0, at)}¦${twice.slice(at)}`);
    };
    expect(inTest('VM_FAULT_RETRY | VM_FAULT_COMPLETED')).toMatch(/^\*Here:\* .*\(line 8\)[^(]*$/);
    expect(inTest('if (fault & VM_FAULT_COMPLETED')).toMatch(/^\*Here:\* .*\(line 17\)[^(]*$/);
  });

  it('says nothing of a place without a fault, and goes before the details', () => {
    expect(here('int demo(vm_fault_t fault)\n{\n\treturn fault & VM_FAULT_¦RETRY;\n}\n')).toBeUndefined();
    expect(here(handler('VM_FAULT_COMPLETED'), '5.4')).toBeUndefined();
    const markdown = hover(handler('VM_FAULT_RETRY')) ?? '';
    expect(markdown.indexOf('*Here:*')).toBeLessThan(markdown.indexOf('\n---\n'));
  });
});

describe('hover on a lock function in the path of a fault', () => {
  it('says how the lock is before and after, and with which results one comes here', () => {
    expect(hover(handler('mmap_read_unlock'))?.split('\n')).toEqual([
      '**`mmap_read_unlock`** · mmap_lock of `mm` before: held for reading (line 7); after: not held (line 14)  ',
      'Reached after `handle_mm_fault()` (line 9) with a handled fault, VM_FAULT_OOM, VM_FAULT_SIGBUS, VM_FAULT_SIGSEGV.',
    ]);
    expect(hover(handler('mmap_read_lock'))).toBe(
      '**`mmap_read_lock`** · mmap_lock of `mm` before: as the caller left it; after: held for reading (line 7)',
    );
  });

  it('shows an unlock that is reached with the lock dropped', () => {
    const wrong = handler('mmap_read_unlock').replace('if (fault & VM_FAULT_RETRY)\n\t\treturn;\n', '');
    const lines = hover(wrong)?.split('\n');
    expect(lines?.[0]).toMatch(/before: (?:not held.* or held for reading|held for reading.* or not held)/);
    expect(lines?.[1]).toContain('VM_FAULT_RETRY');
  });

  it('believes a test of VM_FAULT_ERROR that comes before that of VM_FAULT_RETRY', () => {
    const early = handler('mmap_read_unlock').replace(
      'if (fault & VM_FAULT_RETRY)\n\t\treturn;\n\t',
      'if (!(fault & VM_FAULT_ERROR))\n\t\treturn;\n\t',
    );
    const [state, results] = hover(early)?.split('\n') ?? [];
    expect(state).toContain('before: held for reading (line 7); after');
    expect(results).toContain('with VM_FAULT_OOM, VM_FAULT_SIGBUS, VM_FAULT_SIGSEGV.');
  });

  it('leaves lock functions elsewhere to others', () => {
    expect(hover('void demo(struct mm_struct *mm)\n{\n\tmmap_read_¦lock(mm);\n\tuse(mm);\n}\n')).toBeNull();
  });
});
