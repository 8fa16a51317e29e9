/** mmap_lock is still held on a way out of the function. */

import { calleeName, type FunctionAnalysis, FunctionResult } from '../../analysis/index.js';
import { defineRule, type Finding } from '../rule.js';
import { lockingFunctions } from './lockingFunctions.js';
import { mmapLockLostWithMm, mmapLockTakenAgain, returnsWithLock } from './lockLeft.js';
import { MMAP_UNLOCKS } from './lockNames.js';

export const mmapLockLeak = defineRule({
  id: 'mmap-lock-leak',
  severity: 'error',
  releases: [{ since: '4.8' }],
  summary: 'A function returns, or goes round a loop, with mmap_lock held that its other ways release.',
  why:
    'The task goes on with the lock held. Its next fault waits behind the first writer, which waits for it: mmap(), ' +
    'munmap() and exit() of every thread of the process hang, and so does whoever reads its /proc files.',
  remedy:
    'Leave by the label that releases the lock. A function that gives the lock to its caller on success only says so in ' +
    'its comment and releases it in every failure.',
  unreported:
    'A lock that is kept where the function succeeds, for its caller; a variable that says whether it is held; one address space after the other in a loop; a function that is not known and is called an unlock.',
  examples: [
    {
      bad: `static int peek(struct mm_struct *mm, unsigned long address, struct page **page)
{
	struct vm_area_struct *vma;
	int locked = 1;
	long got;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, address);
	if (!vma)
		return -EFAULT;
	got = get_user_pages_remote(mm, address, 1, 0, page, NULL, &locked);
	if (locked)
		mmap_read_unlock(mm);
	return got == 1 ? 0 : -EFAULT;
}
`,
      good: `static int peek(struct mm_struct *mm, unsigned long address, struct page **page)
{
	struct vm_area_struct *vma;
	int locked = 1;
	long got = -EFAULT;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, address);
	if (vma)
		got = get_user_pages_remote(mm, address, 1, 0, page, NULL, &locked);
	if (locked)
		mmap_read_unlock(mm);
	return got == 1 ? 0 : -EFAULT;
}
`,
      release: '6.1',
    },
  ],
  related: ['gup-mmap-lock-held'],
  check({ file }) {
    return lockingFunctions(file).flatMap(fn => kept.of(fn, () => findingsIn(fn)));
  },
});

const kept = new FunctionResult<readonly Finding[]>();

function findingsIn(fn: FunctionAnalysis): readonly Finding[] {
  const passing = (how: string, { at, taken }: ReturnType<typeof mmapLockTakenAgain>[number]): Finding => ({
    span: at,
    message: `${fn.item.name}() ${how}`,
    related: [{ span: taken, message: 'taken here' }],
    confidence: 'high',
    fix: null,
    severity: 'warning',
  });
  const lost = mmapLockLostWithMm(fn).map(one =>
    passing(
      'goes on by this jump with mmap_lock held of an address space that it has given up: nobody releases it any more',
      one,
    ),
  );
  const again = mmapLockTakenAgain(fn).map(one =>
    passing(
      'goes on by this jump to take mmap_lock, which is still held from the time before: the task waits for itself',
      one,
    ),
  );
  const isReleased = fn.cfg
    .elements()
    .some(({ element }) => element.kind === 'call' && MMAP_UNLOCKS.has(calleeName(element.node) ?? ''));
  const where = isReleased ? 'which it releases elsewhere' : 'and releases it nowhere';
  const left = returnsWithLock(fn, ['read', 'write'], MMAP_UNLOCKS).map(
    ({ at, leaves, sometimes, taken }) => ({
      span: at,
      message: `${fn.item.name}() returns ${leaves === null ? 'here' : 'by this jump'} with mmap_lock held, ${where}: the task hangs, and others behind it`,
      related: [
        { span: taken, message: 'taken here' },
        ...(leaves === null ? [] : [{ span: leaves, message: 'still held at this return' }]),
      ],
      confidence: 'high' as const,
      fix: null,
      ...(sometimes ? { severity: 'warning' as const } : {}),
    }),
  );
  const found = new Map<number, Finding>();
  for (const one of [...lost, ...left, ...again])
    if (!found.has(one.span.start)) found.set(one.span.start, one);
  return [...found.values()];
}
