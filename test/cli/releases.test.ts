/** `--kernel` with several releases, and code that is for another release than the one asked for. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releaseSpan } from '../../kernel/src/index.js';
import { UsageError } from '../../server/src/cli/io.js';
import { kernelList } from '../../server/src/cli/kernelOption.js';
import type { LintFinding } from '../../server/src/cli/report.js';
import type { SiteRow } from '../../server/src/cli/siteRow.js';
import { gupLens, type Result } from './run.js';

const DRIVER = `#include <linux/version.h>

long grab(unsigned long uaddr, int write, struct page **pages)
{
	long got;

	mmap_read_lock(current->mm);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	got = get_user_pages(uaddr, 1, FOLL_WRITE, pages);
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(4, 9, 0)
	got = get_user_pages(uaddr, 1, FOLL_WRITE, pages, NULL);
#else
	got = get_user_pages(uaddr, 1, write, 0, pages, NULL);
#endif
	mmap_read_unlock(current->mm);
	return got;
}
`;

const OLD = `long grab(unsigned long uaddr, struct page **pages)
{
	long got;

	mmap_read_lock(current->mm);
	got = get_user_pages(uaddr, 1, FOLL_WRITE, pages, NULL);
	mmap_read_unlock(current->mm);
	return got;
}
`;

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gup-lens-releases-'));
  writeFileSync(join(folder, 'driver.c'), DRIVER);
  writeFileSync(join(folder, 'old.c'), OLD);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...argv: string[]): Promise<Result> => gupLens(argv, { cwd: folder });

const rowsOf = (stdout: string): SiteRow[] =>
  stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as SiteRow);

const inShort = ({ line, flags, releases }: SiteRow): string =>
  `${line} ${flags?.text} ${releases?.join() ?? '-'}`;

describe('--kernel', () => {
  const releases = (option: string): string[] => kernelList(option).map(choice => choice.release);

  it('names one release, several, or a range', () => {
    expect(releases('6.1.192')).toEqual(['6.1']);
    expect(releases('6.1, 5.4,5.15,5.4')).toEqual(['5.4', '5.15', '6.1']);
    expect(releases('4.19..5.1')).toEqual(['4.19', '4.20', '5.0', '5.1']);
    expect(releases('6.12,5.4..5.6,v4.9')).toEqual(['4.9', '5.4', '5.5', '5.6', '6.12']);
    expect(kernelList('6.1.192')[0]?.text).toBe('6.1.192');
  });

  it.each([
    ['5.4,6.25', '6.25: there was no Linux 6.25; the releases next to it are 6.19 and 7.0'],
    ['5.4..5.77', '5.77: there was no Linux 5.77; the releases next to it are 5.19 and 6.0'],
    ['6.1..5.4', '6.1 is newer than 5.4; write 5.4..6.1'],
    ['5.4..5.10..6.1', 'write a range as 5.4..6.12'],
    ['5.4,', 'is not a kernel version'],
    ['..6.1', 'is not a kernel version'],
  ])('%s is an error', async (option, message) => {
    expect(() => kernelList(option)).toThrow(UsageError);
    const { code, stdout, stderr } = await run('sites', '--kernel', option, 'driver.c');
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
  });

  it('takes only one release where one is meant', async () => {
    const { code, stderr } = await run('explain', '--kernel', '5.4,6.1', 'FOLL_PIN');
    expect(code).toBe(2);
    expect(stderr).toContain('give one release');
  });

  it('is shown in short', () => {
    const asked = ['5.4', '5.10', '5.15', '6.1', '6.12'];
    expect(releaseSpan(['5.10', '5.15', '6.1'], asked)).toBe('5.10–6.1');
    expect(releaseSpan(['5.4', '5.15', '6.12'], asked)).toBe('5.4, 5.15, 6.12');
    expect(releaseSpan(['5.4', '5.10', '6.12'], asked)).toBe('5.4–5.10, 6.12');
    expect(releaseSpan(['6.5'], ['6.1'])).toBe('6.5');
  });
});

describe('sites for several releases', () => {
  it('say for which each row holds, and merge what is equal', async () => {
    const { code, stdout } = await run(
      'sites',
      '--format',
      'jsonl',
      '--kernel',
      '4.8,5.6,5.7,6.1,6.6,6.12',
      'driver.c',
    );
    expect(code).toBe(0);
    expect(rowsOf(stdout).map(inShort)).toEqual([
      '9 FOLL_WRITE 6.6,6.12',
      '11 FOLL_WRITE 5.6,5.7',
      '11 FOLL_WRITE 6.1',
      '13 write, 0 4.8',
    ]);
  });

  it('have the same rows as one release at a time', async () => {
    const asked = ['4.8', '5.4', '6.1', '6.12'] as const;
    const { stdout } = await run('sites', '--format', 'jsonl', '--kernel', asked.join(), 'driver.c', 'old.c');
    const together = rowsOf(stdout);
    for (const release of asked) {
      const alone = await run('sites', '--format', 'jsonl', '--kernel', release, 'driver.c', 'old.c');
      const own = rowsOf(alone.stdout).filter(row => row.releases === undefined);
      const shared = together
        .filter(row => row.releases?.includes(release))
        .map(({ releases: _, ...row }) => row);
      expect(shared).toEqual(own);
    }
  });

  it('are labelled in the table', async () => {
    const { stdout } = await run('sites', '--kernel', '5.6..6.1,6.12', 'driver.c');
    // The releases before 6.5 differ in what JSON says, not in what the table shows.
    expect(stdout).toContain('[5.6–6.1] in grab');
    expect(stdout).toContain('3 sites in 1 file');
    expect(stdout).toContain('[6.12] in grab');
    expect(stdout).toContain('Linux 5.6–6.1, 6.12 (--kernel)');
  });

  it('answer for the nearest release where none that was asked for reads the code', async () => {
    const { stdout } = await run('sites', '--format', 'jsonl', '--kernel', '6.1', 'driver.c');
    expect(rowsOf(stdout).map(inShort)).toEqual(['9 FOLL_WRITE 6.5', '11 FOLL_WRITE -', '13 write, 0 4.8']);
    const two = await run('sites', '--format', 'jsonl', '--kernel', '6.1,6.12', 'driver.c');
    expect(rowsOf(two.stdout).map(inShort)).toEqual([
      '9 FOLL_WRITE 6.12',
      '11 FOLL_WRITE 6.1',
      '13 write, 0 4.8',
    ]);
  });
});

describe('lint for several releases', () => {
  const lint = (format: string, kernel: string, ...paths: string[]): Promise<Result> =>
    run('lint', '--format', format, '--rule', 'gup-signature-mismatch', '--kernel', kernel, ...paths);

  it('says for which a finding holds, in every format', async () => {
    const text = await lint('text', '5.15,6.1,6.6,6.12', 'old.c');
    expect(text.code).toBe(1);
    expect(text.stdout).toContain('old.c:6:8: error: [6.6–6.12] get_user_pages() has no `vmas` since v6.5');
    const json = await lint('json', '5.15,6.1,6.6,6.12', 'old.c');
    const findings = JSON.parse(json.stdout) as LintFinding[];
    expect(findings.map(finding => finding.releases)).toEqual([['6.6', '6.12']]);
    const sarif = await lint('sarif', '5.15,6.1,6.6,6.12', 'old.c');
    const log = JSON.parse(sarif.stdout) as { runs: { results: { properties: object }[] }[] };
    expect(log.runs[0]?.results.map(result => result.properties)).toMatchObject([
      { releases: ['6.6', '6.12'] },
    ]);
    const github = await lint('github', '5.15,6.1,6.6,6.12', 'old.c');
    expect(github.stdout).toContain('::[6.6–6.12] get_user_pages()');
  });

  it('has nothing to say of a driver that asks for the version', async () => {
    const { code, stdout } = await lint('text', '4.8..7.3', 'driver.c');
    expect(stdout).toContain('No findings.');
    expect(code).toBe(0);
  });

  it('says nothing for a release that is only assumed', async () => {
    expect((await lint('text', 'auto', 'old.c')).code).toBe(0);
    expect((await lint('text', '7.3', 'old.c')).code).toBe(1);
  });
});
