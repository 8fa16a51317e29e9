import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gupLens } from './run.js';

interface Call {
  readonly function: string;
  readonly callee: string;
  readonly line: number;
  readonly reasons: readonly {
    kind: string;
    name: string;
    effect: string;
    applies: string;
    at: string | null;
  }[];
}

/** Calls as one writes them for 6.1, with the reasons to look at again when going there or back. */
const SOURCE = `#include <linux/mm.h>

static long read_pin(unsigned long addr, struct page **pages)
{
	return pin_user_pages_fast(addr, 1, FOLL_LONGTERM, pages);
}

static long write_pin(unsigned long addr, struct page **pages)
{
	return pin_user_pages_fast(addr, 1, FOLL_WRITE, pages);
}

static long forwarded(unsigned long addr, struct page **pages, unsigned int gup_flags)
{
	return pin_user_pages_fast(addr, 1, gup_flags, pages);
}

static long old_longterm(unsigned long addr, struct page **pages)
{
	return get_user_pages(addr, 1, FOLL_LONGTERM, pages, NULL);
}

static long plain(unsigned long addr, struct page **pages)
{
	return get_user_pages_fast(addr, 1, FOLL_WRITE, pages);
}

static long no_fault(unsigned long addr, struct page **pages)
{
	return get_user_pages_fast(addr, 1, FOLL_NOFAULT, pages);
}

static long with_vmas(unsigned long addr, struct page **pages)
{
	return get_user_pages(addr, 1, FOLL_WRITE, pages, NULL);
}

static vm_fault_t fault(struct vm_area_struct *vma, unsigned long addr, struct pt_regs *regs)
{
	return handle_mm_fault(vma, addr, FAULT_FLAG_DEFAULT, regs);
}
`;

let top = '';

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'gup-lens-compare-'));
  mkdirSync(join(top, 'drivers'));
  writeFileSync(
    join(top, 'Makefile'),
    'VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 7\nEXTRAVERSION =\nKERNELRELEASE =\n',
  );
  mkdirSync(join(top, 'include', 'linux'), { recursive: true });
  writeFileSync(join(top, 'include', 'linux', 'mm.h'), '');
  writeFileSync(join(top, 'drivers', 'demo.c'), SOURCE);
});

afterAll(() => rmSync(top, { recursive: true, force: true }));

async function calls(from: string, to: string): Promise<Map<string, Call>> {
  const argv = ['compare', '--from', from, '--to', to, '--format', 'json', 'drivers/demo.c'];
  const { code, stdout, stderr } = await gupLens(argv, { cwd: top });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const json = JSON.parse(stdout) as { calls: { affected: Call[]; compared: number } };
  expect(json.calls.compared).toBe(8);
  return new Map(json.calls.affected.map(call => [call.function, call]));
}

/** `name effect applies` of each reason. */
function reasons(call: Call | undefined): string[] {
  return (call?.reasons ?? []).map(({ name, effect, applies }) => `${name} ${effect} ${applies}`);
}

describe('compare without PATH', () => {
  it('prints flags, functions and behaviours that differ, in 80 columns', async () => {
    const { code, stdout, stderr } = await gupLens(['compare', '--from', '5.15', '--to', '6.1']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Linux 5\.15 → 6\.1\n\nFlags \(\d+\)\n/);
    expect(stdout).toContain('  FOLL_NOFAULT\n    5.16: new: 0x80\n');
    expect(stdout).toMatch(/\nFunctions \(\d+\)\n/);
    expect(stdout).toMatch(/\nBehaviour \(\d+\)\n/);
    expect(stdout).toContain('  unshareBeforePin\n    5.19: A read pin');
    expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(80);
  });

  it('goes back too, and says so where nothing differs', async () => {
    const back = await gupLens(['compare', '--from', '6.1', '--to', '5.15']);
    expect(back.stdout).toContain('  FOLL_NOFAULT\n    5.16: gone\n');
    const same = await gupLens(['compare', '--from', '6.1', '--to', '6.1.192']);
    expect(same).toMatchObject({ code: 0, stdout: 'Linux 6.1 → 6.1: no difference\n' });
  });

  it('writes JSON', async () => {
    const { stdout } = await gupLens(['compare', '--from', '5.15', '--to', '6.1', '--format', 'json']);
    const json = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(json)).toEqual(['from', 'to', 'differences', 'calls']);
    expect(json).toMatchObject({ from: '5.15', to: '6.1', calls: null });
    expect(json.differences).toContainEqual(
      expect.objectContaining({ subject: 'switch', name: 'longtermNeedsPin', change: 'on', at: '6.1' }),
    );
  });

  it('names the nearest releases for one that never was, and asks for both', async () => {
    const unknown = await gupLens(['compare', '--from', '4.25', '--to', '6.1']);
    expect({ code: unknown.code, stdout: unknown.stdout }).toEqual({ code: 2, stdout: '' });
    expect(unknown.stderr).toContain('--from 4.25: there was no Linux 4.25; the releases next to it are');
    expect((await gupLens(['compare', '--from', '6.1'])).code).toBe(2);
    const absent = await gupLens(['compare', '--from', '5.15', '--to', '6.1', 'no/such/file.c']);
    expect(absent.code).toBe(2);
  });
});

describe('compare with PATH', () => {
  it('names the calls that going to the release of the tree affects, and why', async () => {
    const affected = await calls('5.15', '6.1');
    expect(reasons(affected.get('read_pin'))).toContain('unshareBeforePin differs always');
    expect(reasons(affected.get('read_pin'))).toContain('longtermNeedsPin fits always');
    expect(reasons(affected.get('forwarded'))).toContain('unshareBeforePin differs unless-added');
    expect(reasons(affected.get('write_pin')).join()).not.toContain('unshareBeforePin');
    // It was refused before: that is nothing new.
    expect(reasons(affected.get('old_longterm')).join()).not.toContain('breaks');
    expect(reasons(affected.get('fault'))).toContain('faultCompleted differs always');
    expect(reasons(affected.get('no_fault'))).toContain('FOLL_NOFAULT fits always');
    expect(affected.has('plain')).toBe(false);
  });

  it('names a pin that is to be one now', async () => {
    const affected = await calls('5.4', '6.1');
    expect(reasons(affected.get('old_longterm'))).toContain('longtermNeedsPin breaks always');
    expect(affected.get('old_longterm')?.reasons).toContainEqual(
      expect.objectContaining({ kind: 'refused', name: 'get_user_pages', effect: 'breaks', at: '5.10' }),
    );
  });

  it('names what keeps calls from going back', async () => {
    const affected = await calls('6.1', '5.15');
    expect(reasons(affected.get('no_fault'))).toContain('FOLL_NOFAULT breaks always');
    // 6.3 gave it another bit; it came with 5.16.
    const far = await calls('6.12', '5.15');
    expect(far.get('no_fault')?.reasons.find(({ name }) => name === 'FOLL_NOFAULT')?.at).toBe('5.16');
    expect(affected.get('fault')?.reasons.map(({ name }) => name)).toContain('faultCompleted');
  });

  it('names a signature that changed, and does not read on with the wrong arguments', async () => {
    const affected = await calls('6.1', '6.5');
    const [signature] = affected.get('with_vmas')?.reasons ?? [];
    expect(signature).toMatchObject({
      kind: 'signature',
      name: 'get_user_pages',
      effect: 'breaks',
      at: '6.5',
    });
    expect(affected.get('with_vmas')?.reasons.filter(({ kind }) => kind === 'adds')).toEqual([]);
    // Since 6.3 the slow part of a fast variant may drop the lock by FOLL_UNLOCKABLE.
    expect(affected.get('plain')?.reasons.map(({ kind }) => kind)).toContain('adds');
  });

  it('groups calls by reason in the text, in 80 columns', async () => {
    const argv = ['compare', '--from', '5.15', '--to', '6.1', 'drivers/demo.c'];
    const { code, stdout } = await gupLens(argv, { cwd: top });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Linux 5\.15 → 6\.1\n {2}\d of 8 calls and handlers affected\n\nBehaves differently\n/,
    );
    expect(stdout).toMatch(
      /\n {2}unshareBeforePin: .*\n.*\n {4}drivers\/demo\.c:5 pin_user_pages_fast in read_pin\(\)\n/,
    );
    expect(stdout).toContain('drivers/demo.c:15 pin_user_pages_fast in forwarded() (as far as is known\n');
    expect(stdout).toMatch(/\nAll \d+ differences: gup-lens compare --from 5\.15 --to 6\.1\n$/);
    expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(80);
  });
});
