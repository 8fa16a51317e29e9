/** Files with conditions on the version: what is read for which release. */

import { describe, expect, it } from 'vitest';
import type { Release } from '../../kernel/src/index.js';
import {
  callTokens,
  isForeignAt,
  otherReleases,
  readSource,
  releasesAt,
  type SourceFile,
  versionCodesOf,
} from '../../server/src/syntax/index.js';

const NAMES = new Set(['gup']);

function read(text: string, release: string): SourceFile {
  return readSource(text, { version: versionCodesOf(release) });
}

/** The arguments `gup(x)` that are read, those of alternatives with a `?`. */
function calls(file: SourceFile): string[] {
  return callTokens(file, NAMES).map(token => {
    const argument = /\((\w+)/.exec(file.text.slice(token.span.end))?.[1] ?? '';
    return file.functions[token.function]?.alternative === null ? argument : `${argument}?`;
  });
}

const BODY = `int f(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	gup(new);
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(4, 9, 0)
# if LINUX_VERSION_CODE < KERNEL_VERSION(5, 9, 0)
	gup(task);
# else
	gup(middle);
# endif
#else
	gup(old);
#endif
}
`;

const at = (text: string, argument: string): number => text.indexOf(`gup(${argument}`);

describe('conditions on the version', () => {
  it.each([
    ['4.8', ['old']],
    ['4.9', ['task']],
    ['5.8', ['task']],
    ['5.9', ['middle']],
    ['6.4.16', ['middle']],
    ['6.5', ['new']],
    ['7.3', ['new']],
  ])('choose one branch of a function in %s', (release, expected) => {
    expect(calls(read(BODY, release))).toEqual(expected);
  });

  it('leave all branches open without a version', () => {
    const file = readSource(BODY);
    expect(calls(file).map(call => call.replace('?', ''))).toEqual(['new', 'task', 'middle', 'old']);
    expect(file.version).toBeNull();
    expect(file.versioned).toBe(true);
  });

  it('say for which releases a branch is', () => {
    const file = read(BODY, '6.1');
    const ends = (argument: string): (Release | undefined)[] => {
      const releases = releasesAt(file, at(BODY, argument)) ?? [];
      return [releases[0], releases.at(-1)];
    };
    expect(ends('new')).toEqual(['6.5', '7.3']);
    expect(ends('task')).toEqual(['4.9', '5.8']);
    expect(ends('middle')).toEqual(['5.9', '6.4']);
    expect(ends('old')).toEqual(['4.8', '4.8']);
    expect(releasesAt(file, 0)).toBeNull();
  });

  it('name the nearest release of each branch that is ruled out', () => {
    expect(otherReleases(read(BODY, '6.1'), '6.1', NAMES)).toEqual(['4.8', '5.8', '6.5']);
    expect(otherReleases(read(BODY, '4.8'), '4.8', NAMES)).toEqual(['4.9', '5.9', '6.5']);
    expect(otherReleases(read(BODY, '6.1'), '6.1', new Set(['other']))).toEqual([]);
  });

  it('choose between whole functions and installed operations', () => {
    const text = `#if LINUX_VERSION_CODE >= KERNEL_VERSION(4, 11, 0)
static int f(struct vm_fault *vmf) { gup(new); }
#else
static int f(struct vm_area_struct *vma, struct vm_fault *vmf) { gup(old); }
#endif
static const struct vm_operations_struct ops = {
#if LINUX_VERSION_CODE >= KERNEL_VERSION(4, 11, 0)
	.fault = f_new,
#else
	.fault = f_old,
#endif
};
`;
    expect(calls(read(text, '4.10'))).toEqual(['old']);
    expect(calls(read(text, '4.11'))).toEqual(['new']);
    expect(read(text, '4.10').opsEntries.map(entry => entry.handler)).toEqual(['f_old']);
    expect(read(text, '4.11').opsEntries.map(entry => entry.handler)).toEqual(['f_new']);
    expect(read(text, '4.10').functions[0]?.releases?.at(-1)).toBe('4.10');
    expect(read(text, '4.11').functions[0]?.releases?.[0]).toBe('4.11');
  });

  it('reach through macros that the file defines by them', () => {
    const text = `#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 8, 0)
#define HAS_IT 1
#else
#define HAS_IT 0
#endif
#define IS_OLD (LINUX_VERSION_CODE < KERNEL_VERSION(4, 9, 0))
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define NEWEST
#endif
int f(void)
{
#if defined(NEWEST)
	gup(newest);
#elif HAS_IT
	gup(new);
#elif IS_OLD
	gup(old);
#else
	gup(middle);
#endif
}
`;
    expect(calls(read(text, '4.8'))).toEqual(['old']);
    expect(calls(read(text, '5.4'))).toEqual(['middle']);
    expect(calls(read(text, '5.8'))).toEqual(['new']);
    expect(calls(read(text, '6.5'))).toEqual(['newest']);
  });

  it('say nothing of a macro that is defined in another way as well', () => {
    const text = `#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 8, 0)
#define HAS_IT
#endif
#ifdef CONFIG_BACKPORT
#define HAS_IT
#endif
int f(void)
{
#ifdef HAS_IT
	gup(new);
#else
	gup(old);
#endif
}
`;
    expect(calls(read(text, '5.4'))).toEqual(['new', 'old?']);
  });

  it('with a macro of a vendor, are read for the release that has the same calls', () => {
    const text = `int f(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0) || (defined(RHEL_RELEASE_CODE) && RHEL_RELEASE_CODE >= RHEL_RELEASE_VERSION(9, 4))
	gup(new);
#else
	gup(old);
#endif
#ifdef RHEL_RELEASE_CODE
	gup(rhel);
#endif
}
`;
    const file = read(text, '5.14');
    expect(calls(file)).toEqual(['old', 'rhel?']);
    expect(otherReleases(file, '5.14', NAMES)).toEqual(['6.5']);
    expect(isForeignAt(file, at(text, 'old'))).toBe(true);
    expect(isForeignAt(file, at(text, 'rhel'))).toBe(true);
    expect(isForeignAt(read(BODY, '6.1'), at(BODY, 'middle'))).toBe(false);
  });

  it('older than every known release rule out and name none', () => {
    const text = `int f(void)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(3, 10, 0)
	gup(ancient);
#endif
	gup(all);
}
`;
    const file = read(text, '6.1');
    expect(calls(file)).toEqual(['all']);
    expect(releasesAt(file, at(text, 'ancient'))).toEqual([]);
    expect(otherReleases(file, '6.1', NAMES)).toEqual([]);
  });

  it('of many kinds and depths do not exhaust anything', () => {
    const chain = Array.from(
      { length: 3000 },
      (_, i) => `#elif LINUX_VERSION_CODE >= KERNEL_VERSION(${i % 9}, ${i % 20}, 0)\n\tgup(x${i});\n`,
    ).join('');
    const many = `int f(void)\n{\n#if A\n${chain}#endif\n}\n`;
    expect(read(many, '6.1').functions.length).toBeGreaterThan(0);
    const doubled = Array.from(
      { length: 60 },
      (_, i) => `#if HAS_${i} || HAS_${i} && LINUX_VERSION_CODE > 5\n#define HAS_${i + 1}\n#endif\n`,
    ).join('');
    expect(read(`${doubled}${BODY}`, '6.1').functions.map(fn => fn.name)).toContain('f');
  });
});
