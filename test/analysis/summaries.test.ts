import { describe, expect, it } from 'vitest';
import { analyse, inFunction, newParser, type SnippetOptions, siteOf, sitesOf } from './snippet.js';

const PARAMETERS =
  'struct mm_struct *mm, struct vm_area_struct *vma, struct ctx *c, unsigned long addr, struct page **pages, int a';
const GUP = 'get_user_pages_remote(mm, addr, 1, 0, pages, NULL);';

/** The lock before the one GUP call of a function that stands behind helpers, with its evidence. */
function lockBefore(helpers: string, body: string, options: SnippetOptions = {}): string {
  const text = helpers + inFunction(body.replace('GUP;', GUP), PARAMETERS);
  const { lock } = siteOf(text, 'get_user_pages_remote', options);
  return `${lock.before} ${lock.evidence}`;
}

const TAKE = `static int take(struct mm_struct *mm)
{
	if (mmap_read_lock_killable(mm))
		return -EINTR;
	return 0;
}
`;
const DROP = 'static void drop(struct mm_struct *mm)\n{\n\tmmap_read_unlock(mm);\n}\n';

describe('what helpers of the file do to the lock', () => {
  it('is followed through helpers of helpers, in whatever order they stand', () => {
    const outer = 'static int outer(struct mm_struct *m)\n{\n\treturn inner(m);\n}\n';
    const inner = 'static int inner(struct mm_struct *x)\n{\n\treturn take(x);\n}\n';
    const body = 'if (outer(mm)) return 0; GUP;';
    expect(lockBefore(TAKE + inner + outer, body)).toBe('held-read local');
    expect(lockBefore(outer + inner + TAKE, body)).toBe('held-read local');
    const many = Array.from({ length: 20 }, (_, i) => {
      return `static int h${i}(struct mm_struct *mm)\n{\n\treturn ${i === 0 ? 'take' : `h${i - 1}`}(mm);\n}\n`;
    });
    expect(lockBefore(TAKE + many.join(''), 'if (h19(mm)) return 0; GUP;')).toBe('held-read local');
  });

  it('differs by what they return', () => {
    expect(lockBefore(TAKE, 'if (!take(mm)) return 0; GUP;')).toBe('not-held local');
    expect(lockBefore(TAKE, 'take(mm); GUP;')).toBe('unknown none');
    const find = `static struct vm_area_struct *find(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, addr);
	if (!vma) {
		mmap_read_unlock(mm);
		return NULL;
	}
	return vma;
}
`;
    expect(lockBefore(find, 'vma = find(mm, addr); if (!vma) return 1; GUP;')).toBe('held-read local');
    expect(lockBefore(find, 'vma = find(mm, addr); if (vma) return 1; GUP;')).toBe('not-held local');
  });

  it('is told by a variable that they are given the address of', () => {
    const pin = `static long pin(struct mm_struct *mm, unsigned long addr, struct page **pages, int *locked)
{
	return pin_user_pages_remote(mm, addr, 1, 0, pages, locked);
}
`;
    const call = 'int held = 1; mmap_read_lock(mm); pin(mm, addr, pages, &held);';
    expect(lockBefore(pin, `${call} if (!held) return 1; GUP;`)).toBe('held-read local');
    expect(lockBefore(pin, `${call} if (held) return 1; GUP;`)).toBe('not-held local');
    expect(lockBefore(pin, `${call} GUP;`)).toBe('unknown none');
  });

  it('is what handle_mm_fault() does that they call', () => {
    const fault = `static vm_fault_t do_fault(struct vm_area_struct *vma, unsigned long addr)
{
	if (!(vma->vm_flags & VM_READ))
		return VM_FAULT_BADACCESS;
	return handle_mm_fault(vma, addr, FAULT_FLAG_DEFAULT, NULL);
}
`;
    const call = 'vm_fault_t f; vma = find_vma(mm, addr); mmap_read_lock(mm); f = do_fault(vma, addr);';
    expect(lockBefore(fault, `${call} if (f & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)) return 1; GUP;`)).toBe(
      'held-read local',
    );
    expect(lockBefore(fault, `${call} if (!(f & VM_FAULT_RETRY)) return 1; GUP;`)).toBe('not-held local');
    expect(lockBefore(fault, `${call} GUP;`)).toBe('unknown none');
  });

  it('follows the mm into structures', () => {
    const helper = 'static void open(struct ctx *x)\n{\n\tmmap_read_lock(x->mm);\n}\n';
    const text =
      helper + inFunction('open(c); get_user_pages_remote(c->mm, addr, 1, 0, pages, NULL);', PARAMETERS);
    expect(siteOf(text, 'get_user_pages_remote').lock.before).toBe('held-read');
  });

  it('is nothing where the helper locks an mm of its own and gives it up again', () => {
    const other = `static void other(struct task_struct *task)
{
	struct mm_struct *mm = get_task_mm(task);

	mmap_read_lock(mm);
	look(mm);
	mmap_read_unlock(mm);
}
`;
    expect(lockBefore(other, 'mmap_write_lock(mm); other(a); GUP;')).toBe('held-write local');
    expect(
      lockBefore(other.replace('\tmmap_read_unlock(mm);\n', ''), 'mmap_write_lock(mm); other(a); GUP;'),
    ).toBe('unknown none');
  });

  it('is not known of recursion, of more than one mm, and of what cannot be read', () => {
    const recursive = TAKE.replace('take(', 'again(').replace('return 0', 'return again(mm)');
    expect(lockBefore(recursive, 'mmap_read_lock(mm); again(mm); GUP;')).toBe('unknown none');
    const mutual = `static void one(struct mm_struct *mm)\n{\n\tif (mm->x) two(mm);\n}
static void two(struct mm_struct *mm)\n{\n\tmmap_read_unlock(mm);\n\tone(mm);\n}\n`;
    expect(lockBefore(mutual, 'mmap_read_lock(mm); one(mm); GUP;')).toBe('unknown none');
    const both = `static void both(struct mm_struct *a, struct mm_struct *b)
{
	mmap_read_lock(a);
	mmap_read_unlock(b);
}
`;
    expect(lockBefore(both, 'mmap_read_lock(mm); both(mm, c->mm); GUP;')).toBe('unknown none');
    const broken = 'static void broken(struct mm_struct *mm)\n{\n\tmmap_read_unlock(mm); @ ( ;\n}\n';
    expect(lockBefore(broken, 'mmap_read_lock(mm); broken(mm); GUP;')).toBe('unknown none');
  });

  it('is the same from whichever function of a cycle one starts', () => {
    const cycle = `static void one(struct mm_struct *mm)\n{\n\tmmap_read_unlock(mm);\n\ttwo(mm);\n}
static void two(struct mm_struct *mm)\n{\n\tmmap_read_lock(mm);\n\tone(mm);\n}\n`;
    const user = (name: string, callee: string): string =>
      `static void ${name}(struct mm_struct *mm)\n{\n\tmmap_read_lock(mm);\n\t${callee}(mm);\n\t${GUP}\n}\n`;
    const states = (text: string): string[] =>
      sitesOf(text, 'get_user_pages_remote')
        .map(site => `${site.function} ${site.lock.before}`)
        .sort();
    const [a, b] = [user('a', 'one'), user('b', 'two')];
    expect(states(cycle + a + b)).toEqual(states(cycle + b + a));
  });

  it('is what either definition does where an #if chooses', () => {
    const two = `#ifdef CONFIG_X\n${DROP}#else\n${DROP.replace('mmap_read_unlock(mm)', 'cpu_relax()')}#endif\n`;
    expect(lockBefore(two, 'mmap_read_lock(mm); drop(mm); GUP;')).toBe('unknown none');
    const same = `#ifdef CONFIG_X\n${DROP}#else\n${DROP.replace('mmap_read_unlock(mm)', 'mmap_read_unlock(mm); a()')}#endif\n`;
    expect(lockBefore(same, 'mmap_read_lock(mm); drop(mm); GUP;')).toBe('not-held local');
  });
});

describe('a change of a helper', () => {
  it('has those looked at again that it matters to', async () => {
    const parser = await newParser();
    const caller = inFunction(`if (take(mm)) return 0; ${GUP}`, PARAMETERS);
    const other = 'static int g(unsigned long addr)\n{\n\treturn get_user_pages_fast(addr, 1, 0, NULL);\n}\n';
    const now = (helper: string): readonly [number, string | undefined] => {
      const analysis = analyse(helper + caller + other, { parser });
      return [analysis.analysedNow, analysis.sites.find(site => site.function === 'f')?.lock.before];
    };
    expect(now(TAKE)).toEqual([2, 'held-read']);
    expect(now(TAKE.replace('return 0;', 'count++;\n\treturn 0;'))).toEqual([0, 'held-read']);
    expect(now(TAKE.replace('read_lock', 'write_lock'))).toEqual([1, 'held-write']);
    // A name of a helper's own is nothing to its callers.
    expect(now(TAKE.replaceAll(/\bmm\b/g, 'm').replace('read_lock', 'write_lock'))).toEqual([
      0,
      'held-write',
    ]);
  });
});
