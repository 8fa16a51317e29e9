import { describe, expect, it } from 'vitest';
import { NEWEST_RELEASE, RELEASES, RELEASES_NOT_READ, resolveRelease } from '../../kernel/src/index.js';

describe('RELEASES', () => {
  it('is every mainline release from 4.8 to 7.3, oldest first', () => {
    const expected = [
      ...Array.from({ length: 13 }, (_, i) => `4.${i + 8}`),
      ...Array.from({ length: 20 }, (_, i) => `5.${i}`),
      ...Array.from({ length: 20 }, (_, i) => `6.${i}`),
      ...Array.from({ length: 4 }, (_, i) => `7.${i}`),
    ];
    expect([...RELEASES]).toEqual(expected);
  });

  it('ends with the newest', () => {
    expect(RELEASES.at(-1)).toBe(NEWEST_RELEASE);
  });

  it('names the releases that were not read among them', () => {
    expect([...RELEASES_NOT_READ].every(release => RELEASES.includes(release))).toBe(true);
  });
});

describe('resolveRelease', () => {
  it.each([
    ['6.1', '6.1'],
    ['v6.1', '6.1'],
    [' 6.1.192\n', '6.1'],
    ['6.1.0-56-amd64', '6.1'],
    ['6.12.117+deb12-amd64', '6.12'],
    ['5.15.149-android14', '5.15'],
    ['6.12-rc3', '6.12'],
    ['4.8.0', '4.8'],
    ['linux-5.10', '5.10'],
    ['7.3.4', '7.3'],
  ])('understands %j as %s', (text, release) => {
    expect(resolveRelease(text)).toEqual({ release, exact: true, text: text.trim(), note: null });
  });

  it('takes 6.1 and 6.10 apart', () => {
    expect(resolveRelease('6.10.2')).toMatchObject({ release: '6.10', exact: true });
    expect(resolveRelease('6.1.10')).toMatchObject({ release: '6.1', exact: true });
  });

  it('says of a release without a tree that its facts are inferred', () => {
    for (const release of RELEASES_NOT_READ) {
      const resolved = resolveRelease(release);
      expect(resolved).toMatchObject({ release, exact: true });
      expect('note' in resolved && resolved.note).toContain('inferred');
    }
  });

  it('warns of enterprise kernels, whose number says little', () => {
    expect(resolveRelease('4.18.0-553.el8_10.x86_64')).toMatchObject({
      release: '4.18',
      note: expect.stringContaining('enterprise'),
    });
  });

  const next = NEWEST_RELEASE.replace(/\d+$/, minor => String(Number(minor) + 1));
  it.each([next, '8.0', '8.9.1', '12.34'])('reads %s, newer than the tables, as the newest', text => {
    const resolved = resolveRelease(text);
    expect(resolved).toMatchObject({ release: NEWEST_RELEASE, exact: false, text });
    expect('note' in resolved && resolved.note).toContain(`using ${NEWEST_RELEASE}`);
  });

  it.each(['4.7', '3.10.0-1160.el7', '2.6.32'])('refuses %s, older than the tables', text => {
    expect(resolveRelease(text)).toEqual({
      error: expect.stringContaining('4.8'),
      nearest: ['4.8'],
    });
  });

  it('refuses a release that never was and names its neighbours', () => {
    expect(resolveRelease('5.25')).toEqual({
      error: 'there was no Linux 5.25; the releases next to it are 5.19 and 6.0',
      nearest: ['5.19', '6.0'],
    });
    expect(resolveRelease('4.21')).toMatchObject({ nearest: ['4.20', '5.0'] });
  });

  it.each(['', 'next', '6', 'v6.', 'six.one', 'constructor', '__proto__'])('refuses %j, no version', text => {
    expect(resolveRelease(text)).toEqual({
      error: expect.stringContaining(`"${text}" is not a kernel version`),
      nearest: [NEWEST_RELEASE],
    });
  });
});
