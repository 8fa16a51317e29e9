import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gupLens } from './run.js';

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'gup-lens-markdown-'));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

describe('sites --format markdown', () => {
  it('is a table whose columns have something in them, with files named from the directory', async () => {
    const { code, stdout, stderr } = await gupLens(['sites', '--format', 'markdown', '.']);
    expect([code, stderr]).toEqual([0, '']);
    const [heading, rule, ...rows] = stdout.split('\n');
    expect(heading).toBe('| Site | In | Call | Flags | mmap_lock | Release |');
    expect(rule).toBe('| --- | --- | --- | --- | --- | --- |');
    expect(rows[0]).toBe('| `drivers/demo/mmap.c:10` |  | `demo_fault` as `.fault` |  |  |  |');
    expect(rows[1]).toMatch(
      /^\| `drivers\/demo\/pin\.c:12` \| `demo_pin` \| `pin_user_pages_fast` \| `.*\+PIN.*` \| not held → not held \| `unpin_user_page` \(stored\) \|$/,
    );
    expect(rows.at(-1)).toBe('');
    for (const row of rows.slice(0, -1)) expect(row.match(/(?<!\\)\|/g)).toHaveLength(7);
  });

  it('leaves a table whole though the flags are written with bars and backticks', async () => {
    const text = `long f(unsigned long a, struct page **p)
{
	return pin_user_pages_fast(a, 1, other(1) | g(\`x\`), p);
}
`;
    writeFileSync(join(top, 'odd.c'), text);
    const { stdout } = await gupLens(['sites', '--format', 'markdown', 'odd.c'], { cwd: top });
    const [, , row] = stdout.split('\n');
    expect(row).toContain("`other(1) \\| g('x')?");
    expect(row?.match(/(?<!\\)\|/g)).toHaveLength(7);
  });

  it('says what FOLL_FORCE overrides in an audit', async () => {
    writeFileSync(
      join(top, 'force.c'),
      `long f(struct mm_struct *mm, unsigned long a, struct page **p)
{
	return get_user_pages_remote(mm, a, 1, FOLL_FORCE, p, NULL);
}
`,
    );
    const { stdout } = await gupLens(
      ['sites', '--kernel', '6.12', '--format', 'markdown', '--flag', 'FORCE', 'force.c'],
      { cwd: top },
    );
    expect(stdout).toMatch(/\| Release \| Notes \|\n/);
    expect(stdout).toContain('| overrides: reads without VM_READ, if VM_MAYREAD is there |');
  });

  it('is empty where there is no call', async () => {
    writeFileSync(join(top, 'none.c'), 'int x;\n');
    const { code, stdout } = await gupLens(['sites', '--format', 'markdown', 'none.c'], { cwd: top });
    expect([code, stdout]).toEqual([0, '']);
  });
});
