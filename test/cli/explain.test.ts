import { describe, expect, it } from 'vitest';
import { nearestNames } from '../../server/src/cli/nearest.js';
import { gupLens } from './run.js';

describe('explain', () => {
  it('explains a flag in the release of the tree one is in', async () => {
    const { code, stdout, stderr } = await gupLens(['explain', 'FOLL_LONGTERM']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^FOLL_LONGTERM {2}0x10000 {2}Linux 6\.1\.7-demo \(Makefile\)\n {2}since 5\.2; public\n/,
    );
  });

  it('explains a function', async () => {
    const { stdout } = await gupLens(['explain', '--kernel', '6.12', 'pin_user_pages_unlocked']);
    expect(stdout).toContain('Linux 6.12 (--kernel)');
    expect(stdout).toContain('FOLL_PIN');
    expect(stdout).toContain('mmap_lock not held');
    expect(stdout).toContain('unpin_user_page');
    expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(80);
  });

  it('says when a release does not have a name that others have', async () => {
    const { code, stdout } = await gupLens(['explain', '--kernel', '6.1', 'FOLL_UNLOCKABLE']);
    expect(code).toBe(0);
    expect(stdout).toContain('not in Linux 6.1 (--kernel); described as in Linux 6.3');
  });

  it('writes JSON', async () => {
    const { stdout } = await gupLens(['explain', '--format', 'json', '--kernel', '6.12', 'FAULT_FLAG_WRITE']);
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'FAULT_FLAG_WRITE',
      kind: 'flag',
      release: '6.12',
      present: true,
      value: 1,
      since: null,
      until: null,
      certainty: 'read',
    });
  });

  it('explains a discussion', async () => {
    const { code, stdout } = await gupLens(['explain', 'lock-dropped']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^lock-dropped {2}A flag for a fault/);
    expect(stdout).toContain('FAULT_FLAG_LOCK_DROPPED');
    expect(stdout).toContain('    lockDroppedFlag: ');
    expect(stdout).toContain('  see: docs/discussions/lock-dropped.md\n');
    expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(80);
    const json = await gupLens(['explain', 'lock-dropped', '--format', 'json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      name: 'lock-dropped',
      kind: 'discussion',
      proposals: [{ name: 'lockDroppedFlag' }],
    });
    expect((await gupLens(['explain', 'lock-droped'])).stderr).toContain('did you mean lock-dropped');
  });

  it('explains a rule', async () => {
    const { code, stdout } = await gupLens(['explain', 'gup-pin-put-mismatch']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^gup-pin-put-mismatch\n {2}[A-Z]/);
    expect(stdout).toMatch(/^ {2}severity: error, Linux 5\.6 and later$/m);
    expect(stdout).toMatch(/^ {2}what to do: .*unpin_user_page/m);
    expect(stdout).toMatch(/^ {4}\tput_page\(page\);$/m);
    expect(stdout).toMatch(/ {2}see: docs\/rules\/gup-pin-put-mismatch\.md\n$/);
    const json = await gupLens(['explain', 'gup-pin-put-mismatch', '--format', 'json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      name: 'gup-pin-put-mismatch',
      kind: 'rule',
      releases: [{ since: '5.6', until: null }],
    });
    expect((await gupLens(['explain', 'gup-pin-putt-mismatch'])).stderr).toContain(
      'did you mean gup-pin-put-mismatch',
    );
  });

  it('names the nearest for a name it does not know', async () => {
    const { code, stdout, stderr } = await gupLens(['explain', '--kernel', '6.1', 'FOLL_LONGTREM']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(
      'no such flag, function, switch, rule or discussion; did you mean FOLL_LONGTERM',
    );
    expect((await gupLens(['explain', '--kernel', '6.1', 'xyzzy'])).stderr).toBe(
      'gup-lens: error: explain xyzzy: no such flag, function, switch, rule or discussion\n',
    );
  });

  it('names the nearest releases for one that never was', async () => {
    const { code, stdout, stderr } = await gupLens(['explain', 'FOLL_PIN', '--kernel', '4.25']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('there was no Linux 4.25; the releases next to it are 4.20 and 5.0');
  });

  it('explains for one release at a time', async () => {
    const { code, stderr } = await gupLens(['explain', 'FOLL_PIN', '--kernel', '5.4,6.1']);
    expect(code).toBe(2);
    expect(stderr).toContain('give one release');
  });

  it('tells what changed when, where a flag ends up, and where to read on', async () => {
    const { stdout } = await gupLens(['explain', 'FOLL_NOWAIT', '--kernel', '6.12']);
    expect(stdout).toContain('  becomes: FAULT_FLAG_ALLOW_RETRY FAULT_FLAG_RETRY_NOWAIT\n');
    expect(stdout).toContain('    6.3: 0x10; it was 0x20\n');
    expect(stdout).toContain('  see: docs/releases/6.12.md\n');
  });

  it('tells the meaning of locked, and accepts a name with its parentheses', async () => {
    const { stdout } = await gupLens(['explain', 'pin_user_pages_remote()', '--kernel', '6.12']);
    expect(stdout).toContain('  locked: ');
    expect(stdout).toContain('    5.9: no longer struct task_struct *tsk\n');
  });

  it('explains a behaviour', async () => {
    const { stdout } = await gupLens(['explain', 'unshareBeforePin', '--kernel', '5.15']);
    expect(stdout).toMatch(/^unshareBeforePin {2}Linux 5\.15 \(--kernel\)\n {2}off; since 5\.19\n/);
    expect(stdout).toContain('a7f226604170');
  });

  it('writes the JSON of a flag with these keys in this order', async () => {
    const { stdout } = await gupLens(['explain', 'FOLL_NOWAIT', '--kernel', '6.12', '--format', 'json']);
    const json = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(json).join(' ')).toBe(
      'name kind release present value meaning since until certainty implies excludes becomes evidence',
    );
    expect(json.becomes).toEqual(['FAULT_FLAG_ALLOW_RETRY', 'FAULT_FLAG_RETRY_NOWAIT']);
    expect(json.evidence).toContainEqual({ where: 'mm/gup.c faultin_page', commit: null });
  });

  it('writes the JSON of a function, of a behaviour, and of a name that the release does not have', async () => {
    const json = async (name: string, kernel: string): Promise<unknown> =>
      JSON.parse((await gupLens(['explain', name, '--kernel', kernel, '--format', 'json'])).stdout);
    expect(await json('pin_user_pages_remote', '6.12')).toMatchObject({
      kind: 'function',
      kernel: '6.12',
      present: true,
      addsFlags: ['FOLL_PIN', 'FOLL_TOUCH', 'FOLL_REMOTE', 'FOLL_UNLOCKABLE'],
      parameters: expect.arrayContaining([{ name: 'locked', type: 'int *' }]),
      lock: { before: 'mmap-lock', after: 'depends-on-locked', mayDrop: true },
      release: expect.arrayContaining(['unpin_user_pages']),
    });
    expect(await json('get_user_pages', '6.1')).toMatchObject({
      refusesFlags: expect.arrayContaining(['FOLL_PIN', 'FOLL_LONGTERM']),
      lock: { before: 'mmap-lock', after: 'kept', mayDrop: false },
    });
    expect(await json('zeroPagePinNotCounted', '6.2')).toMatchObject({
      kind: 'switch',
      release: '6.2',
      present: false,
      on: [
        { since: '6.1', until: '6.1' },
        { since: '6.5', until: null },
      ],
    });
    expect(await json('FOLL_UNLOCKABLE', '6.1')).toMatchObject({
      present: false,
      value: null,
      since: '6.3',
      describedAs: '6.3',
    });
  });
});

describe('nearestNames', () => {
  const names = ['FOLL_WRITE', 'FAULT_FLAG_WRITE', 'get_user_pages', '__get_user_pages', 'put_page'];

  it('forgives spelling, case, and a missing prefix', () => {
    expect(nearestNames('FOLL_WIRTE', names)).toEqual(['FOLL_WRITE']);
    expect(nearestNames('write', names)).toEqual(['FOLL_WRITE', 'FAULT_FLAG_WRITE']);
    expect(nearestNames('Get_User_Page', names)).toEqual(['get_user_pages', '__get_user_pages']);
    expect(nearestNames('something else', names)).toEqual([]);
    expect(nearestNames('', names)).toEqual([]);
  });
});
