import { describe, expect, it } from 'vitest';
import {
  type Condition,
  type ConditionNames,
  readCondition,
  type Truth,
  truthOf,
} from '../../server/src/syntax/condition.js';
import { versionCode, versionCodesOf } from '../../server/src/syntax/versionCodes.js';

const names = (release: string | null): ConditionNames => ({
  version: release === null ? null : versionCodesOf(release),
  isSet: name => (name === 'YES' ? 1 : name === 'NO' ? 0 : null),
  isAbsent: name => name === 'NO',
});

const decide = (words: string, release: string | null): Truth =>
  truthOf(readCondition(words), names(release));

describe('versions', () => {
  it.each([
    ['6.1.192', versionCode(6, 1, 192), versionCode(6, 1, 192)],
    ['v5.15', versionCode(5, 15, 0), versionCode(5, 15, 255)],
    ['5.15.149-android14-11', versionCode(5, 15, 149), versionCode(5, 15, 149)],
    // The name of a package: 0 is no sublevel there.
    ['6.1.0-56-amd64', versionCode(6, 1, 0), versionCode(6, 1, 255)],
    ['4.9.337', versionCode(4, 9, 255), versionCode(4, 9, 255)],
  ])('%s', (text, low, high) => {
    expect(versionCodesOf(text)).toEqual({ low, high });
  });

  it('is nothing without a number', () => {
    expect(versionCodesOf('next-20240101')).toBeNull();
  });
});

describe('a condition on the version', () => {
  it.each<[string, string, Truth]>([
    ['if LINUX_VERSION_CODE >= KERNEL_VERSION(6,5,0)', '6.5', 1],
    ['if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)', '6.4', 0],
    ['if LINUX_VERSION_CODE > KERNEL_VERSION(6,4,255)', '6.5', 1],
    ['if LINUX_VERSION_CODE < KERNEL_VERSION(4,9,0)', '4.8', 1],
    ['if LINUX_VERSION_CODE <= KERNEL_VERSION(4,8,255)', '4.8', 1],
    ['if KERNEL_VERSION(5,8,0) <= LINUX_VERSION_CODE', '5.4', 0],
    ['if (KERNEL_VERSION(5,8,0) > LINUX_VERSION_CODE)', '5.4', 1],
    ['if LINUX_VERSION_CODE == KERNEL_VERSION(6,1,5)', '6.1.5', 1],
    ['if LINUX_VERSION_CODE != KERNEL_VERSION(6,1,5)', '6.1.6', 1],
    ['if LINUX_VERSION_CODE == KERNEL_VERSION(6,1,5)', '6.2', 0],
    ['if LINUX_VERSION_CODE >= 0x060500', '6.5', 1],
    ['if LINUX_VERSION_CODE >= ((6 << 16) + (5 << 8) + 0)', '6.4', 0],
    [
      'elif LINUX_VERSION_CODE >= KERNEL_VERSION(5,8,0) && LINUX_VERSION_CODE < KERNEL_VERSION(6,0,0)',
      '5.15',
      1,
    ],
    [
      'if LINUX_VERSION_CODE < KERNEL_VERSION(5,8,0) || LINUX_VERSION_CODE >= KERNEL_VERSION(6,0,0)',
      '5.15',
      0,
    ],
    ['if !(LINUX_VERSION_CODE < KERNEL_VERSION(5,8,0))', '5.15', 1],
    ['if defined(YES) && LINUX_VERSION_CODE >= KERNEL_VERSION(5,8,0)', '5.15', 1],
    ['if defined NO || LINUX_VERSION_CODE >= KERNEL_VERSION(5,8,0)', '5.4', 0],
    ['if NO_IDEA(9, 4) || LINUX_VERSION_CODE >= KERNEL_VERSION(5,8,0)', '5.15', 1],
    ['if LINUX_VERSION_CODE >= KERNEL_VERSION(5,8,0) || NO > 4', '5.4', 0],
  ])('%s in %s', (words, release, truth) => {
    expect(decide(words, release)).toBe(truth);
  });

  it('is open where the sublevel decides and is not known', () => {
    const words = 'if LINUX_VERSION_CODE >= KERNEL_VERSION(5,15,61)';
    expect(decide(words, '5.15')).toBeNull();
    expect(decide(words, '5.15.60')).toBe(0);
    expect(decide(words, '5.15.61')).toBe(1);
  });

  it('is open where it names what nobody knows, and for no version', () => {
    expect(decide('if RHEL_RELEASE_CODE >= RHEL_RELEASE_VERSION(9, 4)', '5.14')).toBeNull();
    expect(decide('if LINUX_VERSION_CODE >= KERNEL_VERSION(MAJOR, 5, 0)', '6.5')).toBeNull();
    expect(decide('if LINUX_VERSION_CODE >= KERNEL_VERSION(6,5,0)', null)).toBeNull();
  });
});

describe('any condition', () => {
  it.each([
    'if',
    'if (',
    'if ((((',
    'if A ==',
    'if 1 +',
    'if KERNEL_VERSION(',
    'if defined(',
    'if "text"',
    'if A ? B : C',
    'if 9z',
    `if ${'('.repeat(5000)}`,
    `if ${'!'.repeat(5000)}A`,
    `if ${'A || '.repeat(20_000)}B`,
    `if ${'A + ('.repeat(3000)}`,
  ])('does not throw: %.30s', words => {
    const condition: Condition = readCondition(words);
    expect(truthOf(condition, names('6.1'))).toBeNull();
  });
});
