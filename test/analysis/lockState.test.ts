import { describe, expect, it } from 'vitest';
import type { LockAtSite } from '../../server/src/analysis/index.js';
import { analyse, inFunction, type SnippetOptions, siteOf, sitesOf } from './snippet.js';

const PARAMETERS =
  'struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr, struct page **pages, int a';
const GUP = 'get_user_pages_remote(mm, addr, 1, 0, pages, NULL)';

function lockOf(body: string, callee = 'get_user_pages_remote', options: SnippetOptions = {}): LockAtSite {
  return siteOf(inFunction(body.replace('GUP', GUP), PARAMETERS), callee, options).lock;
}

const stateBefore = (body: string, callee?: string, options?: SnippetOptions): string => {
  const lock = lockOf(body, callee, options);
  return `${lock.before} ${lock.evidence}`;
};

describe('the lock before a call', () => {
  it('is what the function did to it', () => {
    expect(stateBefore('mmap_read_lock(mm); GUP; mmap_read_unlock(mm);')).toBe('held-read local');
    expect(stateBefore('mmap_write_lock(mm); GUP;')).toBe('held-write local');
    expect(stateBefore('mmap_write_lock(mm); mmap_write_downgrade(mm); GUP;')).toBe('held-read local');
    expect(stateBefore('mmap_read_lock(mm); mmap_read_unlock(mm); GUP;')).toBe('not-held local');
    expect(
      stateBefore(
        'down_read(&current->mm->mmap_sem); get_user_pages(addr, 1, 0, pages, NULL);',
        'get_user_pages',
        {
          release: '5.4',
        },
      ),
    ).toBe('held-read local');
    expect(stateBefore('down_read(&mm->mmap_lock); GUP;')).toBe('held-read local');
  });

  it('is not changed by other locks', () => {
    expect(stateBefore('down_read(&other->sem); mmap_read_lock(mm); up_read(&other->sem); GUP;')).toBe(
      'held-read local',
    );
  });

  it('is the caller’s where nothing is said, or what the callee’s contract asks', () => {
    expect(stateBefore('GUP;')).toBe('caller-dependent caller');
    expect(stateBefore('get_user_pages_fast(addr, 1, 0, pages);', 'get_user_pages_fast')).toBe(
      'not-held contract',
    );
    expect(stateBefore('get_user_pages_unlocked(addr, 1, pages, 0);', 'get_user_pages_unlocked')).toBe(
      'not-held contract',
    );
  });

  it('is held where it is asserted', () => {
    expect(stateBefore('mmap_assert_locked(mm); GUP;')).toBe('held assert');
    expect(stateBefore('mmap_assert_write_locked(mm); GUP;')).toBe('held-write assert');
  });

  it('follows the result of killable and try locks', () => {
    expect(stateBefore('if (mmap_read_lock_killable(mm)) return -EINTR; GUP;')).toBe('held-read local');
    expect(stateBefore('int ret = mmap_read_lock_killable(mm); if (ret) return ret; GUP;')).toBe(
      'held-read local',
    );
    expect(
      stateBefore(
        'int ret; ret = mmap_write_lock_killable(mm); if (ret < 0) goto out; GUP; out: return ret;',
      ),
    ).toBe('held-write local');
    expect(stateBefore('if (!mmap_read_trylock(mm)) return 0; GUP;')).toBe('held-read local');
    expect(stateBefore('if (!mmap_read_trylock(mm)) { if (a) return 0; mmap_read_lock(mm); } GUP;')).toBe(
      'held-read local',
    );
    expect(stateBefore('if (mmap_read_lock_killable(mm)) GUP;')).toBe('not-held local');
  });

  it('follows lock_mm_and_find_vma() and lock_vma_under_rcu()', () => {
    const fault = 'handle_mm_fault(vma, addr, FAULT_FLAG_DEFAULT, NULL)';
    expect(
      stateBefore(
        `vma = lock_mm_and_find_vma(mm, addr, NULL); if (!vma) return 1; ${fault};`,
        'handle_mm_fault',
      ),
    ).toBe('held-read local');
    expect(
      stateBefore(
        `vma = lock_vma_under_rcu(mm, addr); if (!vma) goto out; ${fault}; out: return 0;`,
        'handle_mm_fault',
      ),
    ).toBe('vma-lock local');
  });

  it('follows expand_stack() as the release has it', () => {
    const grown = 'mmap_read_lock(mm); vma = expand_stack(mm, addr); if (!vma) FAILED; FOUND';
    const found = grown.replace('FAILED', 'return 1').replace('FOUND', 'GUP;');
    const failed = grown.replace('FAILED', '{ GUP; return 1; }').replace('FOUND', 'mmap_read_unlock(mm);');
    for (const release of ['6.1', '6.5', '6.12'] as const) {
      expect(stateBefore(found, undefined, { release })).toBe('held-read local');
      expect(stateBefore(failed, undefined, { release })).toBe('not-held local');
    }
    // int expand_stack(struct vm_area_struct *, unsigned long) only grows.
    const before = 'mmap_read_lock(mm); if (expand_stack(vma, addr)) { GUP; } mmap_read_unlock(mm);';
    for (const release of ['5.9', '5.15', '6.0', '6.3'] as const) {
      expect(stateBefore(before, undefined, { release })).toBe('held-read local');
    }
  });

  it('keeps paths apart by the variables that tell them apart', () => {
    expect(stateBefore('if (a) mmap_read_lock(mm); if (!a) return 0; GUP;')).toBe('held-read local');
    expect(
      stateBefore('bool taken = false; if (a) { mmap_read_lock(mm); taken = true; } if (taken) GUP;'),
    ).toBe('held-read local');
    expect(stateBefore('if (a) mmap_read_lock(mm); else mmap_write_lock(mm); GUP;')).toBe('held local');
    expect(stateBefore('if (a) mmap_read_lock(mm); GUP;')).toBe('caller-dependent caller');
    expect(stateBefore('mmap_read_lock(mm); if (a) mmap_read_unlock(mm); GUP;')).toBe('unknown none');
  });

  it('knows what a switch says of booleans computed from its subject', () => {
    expect(
      stateBefore(
        'bool lock = a != ONE && a != TWO; if (lock && mmap_read_lock_killable(mm)) return 0; switch (a) { case THREE: GUP; }',
      ),
    ).toBe('held-read local');
  });

  it('follows *locked', () => {
    const call = 'get_user_pages_remote(mm, addr, 1, 0, pages, &locked);';
    const rest = `mmap_read_lock(mm); ${call} if (!locked) return 0; fixup_user_fault(mm, addr, 0, NULL);`;
    expect(stateBefore(`int locked = 1; ${rest}`, 'fixup_user_fault')).toBe('held-read local');
    expect(
      stateBefore(
        `int locked = 1; mmap_read_lock(mm); ${call} if (locked) mmap_read_unlock(mm); fixup_user_fault(mm, addr, 0, NULL);`,
        'fixup_user_fault',
      ),
    ).toBe('not-held local');
    expect(
      stateBefore(
        `int locked = 1; mmap_read_lock(mm); ${call} fixup_user_fault(mm, addr, 0, NULL);`,
        'fixup_user_fault',
      ),
    ).toBe('unknown none');
  });

  it('follows the result of handle_mm_fault()', () => {
    const body = (test: string): string =>
      `vm_fault_t fault; mmap_read_lock(mm); fault = handle_mm_fault(vma, addr, FAULT_FLAG_DEFAULT, NULL); ${test} GUP;`;
    expect(stateBefore(body('if (fault & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)) return 0;'))).toBe(
      'held-read local',
    );
    expect(
      stateBefore(body('if (fault & VM_FAULT_COMPLETED) return 0; if (fault & VM_FAULT_RETRY) return 1;')),
    ).toBe('held-read local');
    expect(stateBefore(body('if (fault & VM_FAULT_RETRY) return 1;'))).toBe('unknown none');
    expect(stateBefore(body('if (fault & VM_FAULT_RETRY) return 1;'), undefined, { release: '5.15' })).toBe(
      'held-read local',
    );
    expect(stateBefore(body('if (!(fault & VM_FAULT_RETRY)) return 1;'))).toBe('not-held local');
    expect(stateBefore(body('if (!fault_signal_pending(fault, regs)) return 1;'))).toBe('not-held local');
  });

  it('knows that a constant result is no retry', () => {
    expect(
      stateBefore(
        `vm_fault_t fault; mmap_read_lock(mm);
	if (a) fault = VM_FAULT_BADACCESS; else fault = handle_mm_fault(vma, addr, FAULT_FLAG_DEFAULT, NULL);
	if (fault & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)) return 0; GUP;`,
      ),
    ).toBe('held-read local');
  });

  it('keeps the lock where the fault cannot be retried, and after fixup_user_fault()', () => {
    expect(stateBefore('mmap_read_lock(mm); handle_mm_fault(vma, addr, FAULT_FLAG_WRITE, NULL); GUP;')).toBe(
      'held-read local',
    );
    expect(stateBefore('mmap_read_lock(mm); fixup_user_fault(mm, addr, 0, NULL); GUP;')).toBe(
      'held-read local',
    );
  });

  it('follows guards', () => {
    expect(stateBefore('guard(mmap_read_lock)(mm); GUP;')).toBe('held-read local');
    expect(stateBefore('scoped_guard(mmap_read_lock, mm) { a = 1; } GUP;')).toBe('not-held local');
  });

  it('follows aliases of one mm, and knows nothing of another', () => {
    expect(
      stateBefore(
        'struct mm_struct *m = current->mm; mmap_read_lock(m); get_user_pages(addr, 1, 0, pages);',
        'get_user_pages',
      ),
    ).toBe('held-read local');
    expect(
      stateBefore(
        'vma = find_vma(mm, addr); mmap_read_lock(mm); handle_mm_fault(vma, addr, 0, NULL);',
        'handle_mm_fault',
      ),
    ).toBe('held-read local');
    expect(
      stateBefore('mmap_read_lock(vma->vm_mm); handle_mm_fault(vma, addr, 0, NULL);', 'handle_mm_fault'),
    ).toBe('held-read local');
    expect(stateBefore('struct mm_struct *other = find(); mmap_read_lock(other); GUP;')).toBe('unknown none');
  });

  it('takes the one mm that was given for that of the task where its lock may be dropped', () => {
    // The mms that the function locks, by name.
    const locks = (parameters: string): string => {
      const text = `long f(${parameters})
{
	int locked = 1;
	long got;

	mmap_read_lock(mm);
	got = get_user_pages_locked(addr, 1, 0, pages, &locked);
	if (locked)
		mmap_read_unlock(mm);
	return got;
}
`;
      return [...(analyse(text, { release: '5.10' }).functionNamed('f')?.lockedMms ?? [])].join();
    };
    expect(locks('struct mm_struct *mm')).toBe('current->mm');
    expect(locks('struct mm_struct *mm, struct mm_struct *old')).toBe('mm');
    expect(locks('struct mm_struct **mm')).toBe('mm');
  });

  it('uses what helpers of the same file do', () => {
    const helpers = `static int take(struct mm_struct *mm)
{
	if (mmap_read_lock_killable(mm))
		return -EINTR;
	return 0;
}
static void drop(struct ctx *c)
{
	mmap_read_unlock(c->mm);
}
`;
    const caller = (body: string): string =>
      helpers + inFunction(body, 'struct mm_struct *mm, struct ctx *c');
    const state = (body: string): string => siteOf(caller(body), 'get_user_pages_remote').lock.before;
    const call = 'get_user_pages_remote(mm, addr, 1, 0, pages, NULL);';
    expect(state(`if (take(mm)) return 0; ${call}`)).toBe('held-read');
    expect(state(`int r = take(mm); if (!r) return 0; ${call}`)).toBe('not-held');
    expect(
      siteOf(
        caller('mmap_read_lock(c->mm); drop(c); get_user_pages_remote(c->mm, addr, 1, 0, pages, NULL);'),
        'get_user_pages_remote',
      ).lock.before,
    ).toBe('not-held');
  });

  it('knows that a fault drops the lock only if its flags allow it', () => {
    const fault = 'fault = handle_mm_fault(vma, addr, flags, NULL);';
    const behind = (flags: string, retry: string): string =>
      stateBefore(
        `unsigned int flags = ${flags}; vm_fault_t fault; if (a) flags |= FAULT_FLAG_USER; retry: mmap_read_lock(vma->vm_mm); do { ${fault} ${retry} } while (again(fault)); fixup_user_fault(vma->vm_mm, addr, 0, NULL);`,
        'fixup_user_fault',
        { release: '5.10' },
      );
    const allowed = (then: string): string =>
      `if (flags & FAULT_FLAG_ALLOW_RETRY) { if (fault & VM_FAULT_RETRY) { ${then} goto retry; } }`;
    expect(behind('FAULT_FLAG_DEFAULT', allowed('flags |= FAULT_FLAG_TRIED;'))).toBe('held-read local');
    expect(behind('FAULT_FLAG_DEFAULT', allowed('flags &= ~FAULT_FLAG_ALLOW_RETRY;'))).toBe(
      'held-read local',
    );
    expect(behind('FAULT_FLAG_DEFAULT', '')).toBe('unknown none');
  });

  it('leaves to the callers what a helper only asserts', () => {
    const helper =
      'static int check(struct mm_struct *mm)\n{\n\tmmap_assert_write_locked(mm);\n\treturn 0;\n}\n';
    const text = helper + inFunction(`if (check(mm)) return 0; ${GUP};`, PARAMETERS);
    expect(siteOf(text, 'get_user_pages_remote').lock).toMatchObject({
      before: 'caller-dependent',
      after: 'held',
      evidence: 'caller',
    });
  });

  it('is the caller’s or taken here, as *locked says', () => {
    const call = (locked: string): string => `get_user_pages_remote(mm, addr, 1, 0, pages, ${locked});`;
    const held = (body: string): string =>
      siteOf(inFunction(body, `${PARAMETERS}, struct ctx *c`), 'get_user_pages_remote').lock.before;
    expect(held(`if (!c->locked) { mmap_read_lock(mm); c->locked = 1; } ${call('&c->locked')}`)).toBe(
      'held-read',
    );
    expect(held(`if (!c->locked) { mmap_write_lock(mm); c->locked = 1; } ${call('&c->locked')}`)).toBe(
      'held',
    );
    // Its own variable says nothing of what the caller holds.
    expect(
      held(
        `int locked = 1; while (a--) { ${call('&locked')} if (!locked) { mmap_read_lock(mm); locked = 1; } }`,
      ),
    ).toBe('caller-dependent');
  });

  it('names the operations that it follows from, one for each way', () => {
    const named = (body: string): readonly string[] => {
      const text = inFunction(`${body} ${GUP};`, PARAMETERS);
      const { origins } = siteOf(text, 'get_user_pages_remote').lock;
      return origins.map(({ start, end }) => text.slice(start, end));
    };
    expect(named('mmap_read_lock(mm);')).toEqual(['mmap_read_lock']);
    expect(named('mmap_write_lock(mm); mmap_write_unlock(mm); mmap_read_lock(mm);')).toEqual([
      'mmap_read_lock',
    ]);
    expect(named('if (!mmap_read_trylock(mm)) { if (a) return; mmap_read_lock(mm); }')).toEqual([
      'mmap_read_trylock',
      'mmap_read_lock',
    ]);
    expect(named('use(mm);')).toEqual([]);
  });
});

describe('the lock after a call', () => {
  const stateAfter = (body: string, callee?: string): string => lockOf(body, callee).after;

  it('is what the callee’s contract makes of it', () => {
    expect(stateAfter('mmap_read_lock(mm); GUP;')).toBe('held');
    expect(stateAfter('GUP;')).toBe('held');
    expect(stateAfter('int locked = 1; get_user_pages_remote(mm, addr, 1, 0, pages, &locked);')).toBe(
      'depends-on-locked',
    );
    expect(stateAfter('int locked = 0; get_user_pages_remote(mm, addr, 1, 0, pages, &locked);')).toBe(
      'not-held',
    );
    expect(stateAfter('get_user_pages_fast(addr, 1, 0, pages);', 'get_user_pages_fast')).toBe('not-held');
    expect(stateAfter('handle_mm_fault(vma, addr, FAULT_FLAG_DEFAULT, NULL);', 'handle_mm_fault')).toBe(
      'held-unless-retry-or-completed',
    );
    expect(stateAfter('handle_mm_fault(vma, addr, FAULT_FLAG_WRITE, NULL);', 'handle_mm_fault')).toBe('held');
    expect(stateAfter('fixup_user_fault(mm, addr, 0, &unlocked);', 'fixup_user_fault')).toBe('held');
  });

  it('is kept by the inner functions of mm without FOLL_UNLOCKABLE', () => {
    const callee = '__get_user_pages_locked';
    const behind = (flags: string, options: SnippetOptions & { before?: string } = {}): string => {
      const call = `${options.before ?? 'int locked = 1;'} ${callee}(mm, addr, 1, pages, &locked, ${flags});`;
      return lockOf(call, callee, options).after;
    };
    expect(behind('FOLL_TOUCH | FOLL_GET')).toBe('held');
    expect(behind('FOLL_TOUCH | FOLL_UNLOCKABLE')).toBe('depends-on-locked');
    // What a caller brings may hold it, unless it was looked at.
    expect(behind('a')).toBe('depends-on-locked');
    const valid = (locked: string): string =>
      `int locked = 1; if (!is_valid_gup_args(pages, ${locked}, &a, FOLL_TOUCH)) return -EINVAL;`;
    expect(behind('a', { before: valid('NULL') })).toBe('held');
    expect(behind('a', { before: `${valid('NULL')} a |= FOLL_UNLOCKABLE;` })).toBe('depends-on-locked');
    expect(behind('a', { before: valid('&locked') })).toBe('depends-on-locked');
    expect(behind('a', { before: `if (b) { ${valid('NULL')} } int locked = 1;` })).toBe('depends-on-locked');
    // With *locked 0 it takes the lock itself.
    expect(behind('FOLL_TOUCH', { before: 'int locked = 0;' })).toBe('not-held');
    // 6.3 to 6.5: hugetlb did not look at the flag; before, it was the pointer that counted.
    expect(behind('FOLL_TOUCH', { release: '6.4' })).toBe('depends-on-locked');
    expect(behind('FOLL_TOUCH', { release: '6.2' })).toBe('depends-on-locked');
    expect(
      stateBefore(`int locked = 1; mmap_read_lock(mm); ${callee}(mm, addr, 1, pages, &locked, 0); GUP;`),
    ).toBe('held-read local');
  });
});

describe('what cannot be read', () => {
  it('makes everything behind it unknown', () => {
    const text = inFunction(`mmap_read_lock(mm); @ @ (] ; ${GUP};`, PARAMETERS);
    for (const site of sitesOf(text, 'get_user_pages_remote')) expect(site.lock.before).toBe('unknown');
    expect(sitesOf(text, 'get_user_pages_remote')).toHaveLength(1);
  });
});
