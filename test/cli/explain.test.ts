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
    expect(stdout).toContain('must not be held');
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
      exists: true,
      fact: { name: 'FAULT_FLAG_WRITE', value: 1 },
    });
  });

  it('names the nearest for a name it does not know', async () => {
    const { code, stdout, stderr } = await gupLens(['explain', '--kernel', '6.1', 'FOLL_LONGTREM']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('no such flag or function; did you mean FOLL_LONGTERM');
    expect((await gupLens(['explain', '--kernel', '6.1', 'xyzzy'])).stderr).toBe(
      'gup-lens: error: explain xyzzy: no such flag or function\n',
    );
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
