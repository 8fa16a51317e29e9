/** Each lock function of each release, by what it says of the lock behind it. */

import { describe, expect, it } from 'vitest';
import { profileFor, type Release } from '../../kernel/src/index.js';
import { inFunction, siteOf } from './snippet.js';

const PARAMETERS =
  'struct mm_struct *mm, struct vm_area_struct *vma, struct vm_fault *vmf, struct ctx *c, unsigned long addr, int a, int flags';

/** The lock where `MARK;` stands in a body: put there is a call that works on `mm` and keeps the lock. */
function at(body: string, release: Release = '6.12'): string {
  const args = ['mm', 'addr', '0', 'NULL'];
  // Until 5.8 a task came first.
  if (profileFor(release).functions.get('fixup_user_fault')?.argument('mm') === 1) args.unshift('current');
  const mark = `fixup_user_fault(${args.join(', ')});`;
  const text = inFunction(body.replace('MARK;', mark), PARAMETERS);
  return siteOf(text, 'fixup_user_fault', { release }).lock.before;
}

describe('lock functions', () => {
  const always: readonly (readonly [code: string, state: string, release?: Release])[] = [
    ['mmap_read_lock(mm);', 'held-read'],
    ['mmap_write_lock(mm);', 'held-write'],
    ['mmap_write_lock_nested(mm, SINGLE_DEPTH_NESTING);', 'held-write'],
    ['mmap_write_lock(mm); mmap_write_downgrade(mm);', 'held-read'],
    ['mmap_read_lock(mm); mmap_read_unlock(mm);', 'not-held'],
    ['mmap_write_lock(mm); mmap_write_unlock(mm);', 'not-held'],
    ['mmap_read_lock(mm); mmap_read_unlock_non_owner(mm);', 'not-held'],
    ['mmap_assert_locked(mm);', 'held'],
    ['mmap_assert_write_locked(mm);', 'held-write'],
    ['lockdep_assert_held(&mm->mmap_lock);', 'held'],
    ['lockdep_assert_held_write(&mm->mmap_lock);', 'held-write'],
    ['rwsem_assert_held_write(&mm->mmap_lock);', 'held-write'],
    ['vma = find_vma(mm, addr); vma_assert_write_locked(vma);', 'held-write'],
    ['vma = find_vma(mm, addr); vma_start_write(vma);', 'caller-dependent'],
    ['down_read(&mm->mmap_sem);', 'held-read', '5.4'],
    ['down_write(&mm->mmap_sem);', 'held-write', '4.19'],
    ['down_write(&mm->mmap_sem); downgrade_write(&mm->mmap_sem);', 'held-read', '5.4'],
    ['down_read_nested(&mm->mmap_sem, 1);', 'held-read', '4.8'],
    ['down_read(&mm->mmap_sem); up_read(&mm->mmap_sem);', 'not-held', '4.8'],
    ['down_write(&mm->mmap_sem); up_write(&mm->mmap_sem);', 'not-held', '5.4'],
    ['down_read(&mm->mmap_lock);', 'held-read', '5.10'],
    ['guard(mmap_read_lock)(mm);', 'held-read'],
    ['guard(mmap_write_lock)(mm);', 'held-write'],
    ['guard(rwsem_read)(&mm->mmap_lock);', 'held-read'],
    ['vma = lock_vma_under_rcu(mm, addr); if (!vma) return; vma_end_read(vma);', 'not-held'],
    ['vma = lock_mm_and_find_vma(mm, addr, NULL); if (!vma) return;', 'held-read'],
    ['vma = lock_mm_and_find_vma(mm, addr, NULL); if (vma) return;', 'not-held', '6.1'],
    ['vma = lock_vma_under_rcu(mm, addr); if (!vma) return;', 'vma-lock'],
    ['vma = find_vma(mm, addr); if (!vma_start_read(vma)) return;', 'vma-lock'],
    ['scoped_cond_guard(rwsem_read_intr, return, &mm->mmap_lock) { MARK; }', 'held-read'],
    ['scoped_guard(rwsem_write_try, &mm->mmap_lock) { MARK; }', 'held-write'],
    ['ACQUIRE(rwsem_write_kill, lock)(&mm->mmap_lock);', 'unknown'],
    [
      'mmap_read_lock(mm); vma = find_vma(mm, addr); if (!vma_start_read_locked(vma)) return; mmap_read_unlock(mm);',
      'vma-lock',
    ],
    [
      'mmap_read_lock(mm); vma = find_vma(mm, addr); a = vma_start_read_locked(vma); mmap_read_unlock(mm); if (a) return;',
      'not-held',
    ],
    ['vma = lock_next_vma(mm, c, addr); if (IS_ERR_OR_NULL(vma)) return;', 'vma-lock'],
    ['mmap_read_lock(mm); vmf->vma = find_vma(mm, addr); release_fault_lock(vmf);', 'not-held'],
    [
      'vma = lock_vma_under_rcu(mm, addr); if (!vma) return; vmf->vma = vma; release_fault_lock(vmf);',
      'not-held',
    ],
  ];
  it.each(always.map(([code, state, release = '6.12']) => ({ code, state, release })))(
    '$code in $release',
    ({ code, state, release }) => {
      expect(at(code.includes('MARK;') ? code : `${code} MARK;`, release)).toBe(state);
    },
  );

  const killable: readonly (readonly [call: string, state: string, release: Release])[] = [
    ['mmap_read_lock_killable(mm)', 'held-read', '6.12'],
    ['mmap_write_lock_killable(mm)', 'held-write', '6.12'],
    ['down_read_killable(&mm->mmap_sem)', 'held-read', '5.4'],
    ['down_write_killable(&mm->mmap_sem)', 'held-write', '5.4'],
  ];
  it.each(killable)('%s is held if it returns 0', (call, state, release) => {
    const forms = [
      `if (${call}) return; MARK;`,
      `if (!${call}) MARK;`,
      `int r = ${call}; if (r) return; MARK;`,
      `int r = ${call}; if (r < 0) goto out; MARK; out: ;`,
      `int r; if ((r = ${call}) != 0) return; MARK;`,
      `int r = ${call}; if (r >= 0) MARK;`,
      `int r = ${call}; if (IS_ERR_VALUE(r)) return; MARK;`,
      `switch (${call}) { case 0: MARK; }`,
      `int r = a ? ${call} : -EINVAL; if (r) return; MARK;`,
      `int r = -EINVAL; if (a) r = ${call}; if (!r) MARK;`,
    ];
    expect(forms.map(form => at(form, release))).toEqual(forms.map(() => state));
    expect(at(`if (${call}) MARK;`, release)).toBe('not-held');
  });

  it.each([
    ['mmap_read_trylock(mm)', 'held-read', '6.12'],
    ['mmap_write_trylock(mm)', 'held-write', '6.12'],
    ['mmap_read_trylock_non_owner(mm)', 'held-read', '5.10'],
    ['down_read_trylock(&mm->mmap_sem)', 'held-read', '5.4'],
    ['down_write_trylock(&mm->mmap_sem)', 'held-write', '5.4'],
  ] as const)('%s is held if it returns true', (call, state, release) => {
    const forms = [
      `if (!${call}) return; MARK;`,
      `if (a && ${call}) MARK;`,
      `if (!a || !${call}) return; MARK;`,
      `bool ok = ${call}; if (!ok) return; MARK;`,
      `bool bad = !${call}; if (bad) return; MARK;`,
      `while (!${call}) cpu_relax(); MARK;`,
      `if (likely(${call})) MARK;`,
    ];
    expect(forms.map(form => at(form, release))).toEqual(forms.map(() => state));
    expect(at(`if (!${call}) MARK;`, release)).toBe('caller-dependent');
  });

  it('are not of an mm where the rwsem is another', () => {
    expect(at('mmap_read_lock(mm); up_read(&c->mmap_sem_other); MARK;')).toBe('held-read');
    expect(at('down_write(&c->lock); MARK;')).toBe('caller-dependent');
  });
});

describe('a lock that a guard may fail to get', () => {
  it('is not taken behind the block, nor where it failed', () => {
    expect(at('scoped_cond_guard(rwsem_read_try, return, &mm->mmap_lock) { use(a); } MARK;')).toBe(
      'not-held',
    );
    expect(at('scoped_cond_guard(rwsem_read_intr, goto out, &mm->mmap_lock) { return; } out: MARK;')).toBe(
      'caller-dependent',
    );
  });

  it('is not known where a variable tells of it', () => {
    expect(
      at(
        'ACQUIRE(rwsem_write_kill, lock)(&mm->mmap_lock); if (ACQUIRE_ERR(rwsem_write_kill, &lock)) return; MARK;',
      ),
    ).toBe('unknown');
    expect(at('ACQUIRE(mutex_intr, lock)(&c->lock); MARK;')).toBe('caller-dependent');
  });
});

describe('a lock on one of the ways to a label', () => {
  it.each(['asm goto("jmp %l[out]" : : : : out);', 'unsafe_get_user(a, c, out);'])('%s', jump => {
    expect(at(`${jump} mmap_read_lock(mm); out: MARK;`)).toBe('caller-dependent');
    expect(at(`mmap_read_lock(mm); ${jump} mmap_read_unlock(mm); return; out: MARK;`)).toBe('held-read');
  });
});

describe('the same condition tested twice', () => {
  it.each([
    ['flags & NEED_LOCK', '!(flags & NEED_LOCK)'],
    ['(flags & (NEED_A | NEED_B)) != 0', '(flags & (NEED_A | NEED_B)) == 0'],
    ['a == MODE_LOCKED', 'a != MODE_LOCKED'],
    ['a < 3', 'a >= 3'],
    ['c->need', '!c->need'],
    ['c->mode == MODE_LOCKED', 'c->mode != MODE_LOCKED'],
  ])('decides the lock: %s', (taken, left) => {
    expect(at(`if (${taken}) mmap_read_lock(mm); if (${left}) return; MARK;`)).toBe('held-read');
    expect(at(`if (${taken}) mmap_read_lock(mm); if (${taken}) return; MARK;`)).toBe('caller-dependent');
  });

  it('decides nothing where a pointer leads to the variable, or there are two of the name', () => {
    expect(at(`int got = 0; mmap_read_lock(mm); if (got) mmap_read_unlock(mm); MARK;`)).toBe('held-read');
    const unsure = 'mmap_read_lock(mm); run(&d); if (got) mmap_read_unlock(mm); MARK;';
    expect(at(`int got = 0; struct ctx d = { .got = &got }; ${unsure}`)).toBe('unknown');
    expect(at(`int got = 0; struct ctx d; d.got = &got; ${unsure}`)).toBe('unknown');
    expect(
      at('int got = 1; { int got = 0; use(got); } mmap_read_lock(mm); if (got) mmap_read_unlock(mm); MARK;'),
    ).toBe('unknown');
    expect(
      at('int got = 0; mmap_read_lock(mm); asm("" : "=r" (got)); if (got) mmap_read_unlock(mm); MARK;'),
    ).toBe('unknown');
  });

  it('decides nothing where the variable may have changed', () => {
    const body = (change: string): string =>
      `if (flags & NEED_LOCK) mmap_read_lock(mm); ${change} if (!(flags & NEED_LOCK)) return; MARK;`;
    expect(at(body('use(flags);'))).toBe('held-read');
    expect(at(body('flags |= NEED_OTHER;'))).toBe('caller-dependent');
    expect(at(body('change(&flags);'))).toBe('caller-dependent');
    const field = 'if (c->flags & NEED) mmap_read_lock(mm); change(c); if (!(c->flags & NEED)) return; MARK;';
    expect(at(field)).toBe('caller-dependent');
  });
});
