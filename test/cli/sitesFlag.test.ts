import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SiteRow } from '../../server/src/cli/siteRow.js';
import { gupLens } from './run.js';

const CODE = `static long peek(struct mm_struct *mm, unsigned long addr, struct page **pages)
{
	return get_user_pages_remote(mm, addr, 1, FOLL_FORCE, pages, NULL);
}

static long poke(struct mm_struct *mm, unsigned long addr, struct page **pages, bool force)
{
	unsigned int flags = FOLL_WRITE;

	if (force)
		flags |= FOLL_FORCE;
	return get_user_pages_remote(mm, addr, 1, flags, pages, NULL);
}

static long pass_on(struct mm_struct *mm, unsigned long addr, struct page **pages, unsigned int flags)
{
	return get_user_pages_remote(mm, addr, 1, flags, pages, NULL);
}

static long plain(unsigned long addr, struct page **pages)
{
	return pin_user_pages_fast(addr, 1, FOLL_WRITE, pages);
}
`;

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'gup-lens-flag-'));
  writeFileSync(join(top, 'force.c'), CODE);
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

async function sites(...argv: string[]) {
  return gupLens(['sites', ...argv, 'force.c'], { cwd: top });
}

async function rows(...argv: string[]): Promise<readonly SiteRow[]> {
  const { stdout } = await sites('--format', 'jsonl', ...argv);
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as SiteRow);
}

describe('sites --flag', () => {
  it('lists the calls that may pass the flag, and what FOLL_FORCE overrides in each', async () => {
    const found = await rows('--kernel', '6.12', '--flag', 'FOLL_FORCE');
    expect(found.map(row => [row.function, row.overrides?.map(text => text.split(':')[0])])).toEqual([
      ['peek', ['reads without VM_READ, if VM_MAYREAD is there']],
      ['poke', ['writes without VM_WRITE', 'writes to a shadow stack']],
    ]);
  });

  it('for the release of each row', async () => {
    const found = await rows('--kernel', '6.4,6.6', '--flag', 'FORCE');
    const [peek] = found.filter(row => row.function === 'peek' && row.releases?.includes('6.4'));
    expect(peek?.overrides?.join()).toContain('PROT_NONE');
  });

  it('finds the integer that stood for the flag up to v4.8', async () => {
    const old = `static long poke(unsigned long addr, struct page **pages, int write)
{
	return get_user_pages_unlocked(addr, 1, write, 1, pages);
}

static long plain(unsigned long addr, struct page **pages)
{
	return get_user_pages_unlocked(addr, 1, 1, 0, pages);
}
`;
    writeFileSync(join(top, 'force.c'), old);
    const found = await rows('--kernel', '4.8', '--flag', 'FOLL_FORCE');
    expect(found.map(row => row.function)).toEqual(['poke']);
    expect(found[0]?.overrides?.length).toBe(3);
  });

  it('knows flags that a function adds, and several flags', async () => {
    expect((await rows('--kernel', '6.12', '--flag', 'FOLL_REMOTE')).length).toBe(3);
    const several = await rows('--kernel', '6.12', '--flag', 'FOLL_PIN', '--flag', 'FOLL_FORCE');
    expect(several.map(row => row.function)).toEqual(['peek', 'poke', 'plain']);
    expect((await rows('--kernel', '6.12', '--flag', 'FOLL_PIN'))[0]).not.toHaveProperty('overrides');
  });

  it('says in a table what overrides what, and how many calls hand on what they are given', async () => {
    const { code, stdout } = await sites('--kernel', '6.12', '--flag', 'FOLL_FORCE');
    expect(code).toBe(0);
    expect(stdout).toContain('overrides: reads without VM_READ');
    expect(stdout).toContain('2 sites in 1 file: 2 gup');
    expect(stdout).toContain('besides, 1 hand on what they are given');
  });

  it('without it nothing is said of either', async () => {
    const { stdout } = await sites('--kernel', '6.12');
    expect(stdout).not.toContain('overrides:');
    expect(stdout).not.toContain('hand on');
  });

  it('refuses a name that is no flag', async () => {
    const { code, stdout, stderr } = await sites('--flag', 'FOLL_FORSE');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('did you mean FOLL_FORCE');
  });
});
