/** A user pointer goes to the slow walk without access_ok(). */

import { siteFunction } from '../../../../kernel/src/index.js';
import type { FileAnalysis } from '../../analysis/index.js';
import { type CallToken, callTokens } from '../../syntax/index.js';
import { defineRule, type Finding } from '../rule.js';
import { functionsWithPages, givenByUserSpace, namesBehind } from './startOf.js';

/** What looks at the range itself, or touches it and so proves it. */
const CHECKS: ReadonlySet<string> = new Set([
  'access_ok',
  '__access_ok',
  'access_process_vm',
  'import_ubuf',
  'import_iovec',
  'import_single_range',
  'user_access_begin',
  'user_read_access_begin',
  'user_write_access_begin',
  'fault_in_readable',
  'fault_in_writeable',
  'fault_in_safe_writeable',
  'clear_user',
  // A VMA of the task at this address: it is of user space.
  'find_vma',
  'vma_lookup',
]);

/** Callers of callers are asked this far. */
const CALLERS = 3;

export const gupMissingAccessOk = defineRule({
  id: 'gup-missing-access-ok',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary:
    'A pointer of user space reaches get_user_pages() or pin_user_pages() and access_ok() was never asked.',
  why:
    'The *_fast() functions refuse a range that is not of user space. The others look for VMAs only: an address in the gate area of the kernel’s ' +
    'half finds one, a task that runs with the limits of the kernel passes with more, and nothing sees that address ' +
    'plus length wraps around. The access that the driver gives is then not the access that the task has. Without FOLL_LONGTERM this is ' +
    'advice only: the buffer may be one of read() or write(), for which the VFS has asked.',
  remedy:
    'Call access_ok(ptr, len) on the whole range before anything else, or let pin_user_pages_fast() or get_user_pages_fast() do it, which also take ' +
    'mmap_lock only where they have to.',
  unreported:
    'The *_fast functions, which ask themselves; one page; an address whose VMA was looked up; numbers of which the file does not show that user space gave them.',
  examples: [
    {
      release: '6.12',
      bad: `static long hold(const void __user *buf, int n, struct page **pages)
{
	return pin_user_pages_unlocked((unsigned long)buf & PAGE_MASK, n, pages, FOLL_WRITE | FOLL_LONGTERM);
}
`,
      good: `static long hold(const void __user *buf, int n, struct page **pages)
{
	return pin_user_pages_fast((unsigned long)buf & PAGE_MASK, n, FOLL_WRITE | FOLL_LONGTERM, pages);
}
`,
    },
  ],
  related: ['gup-missing-untag', 'gup-nr-pages-overflow'],
  check({ file, profile, path }) {
    // The kernel's own mm/ is asked by those who have looked, or tries itself out.
    if (path !== undefined && /(^|\/)mm\//.test(path)) return [];
    const findings: Finding[] = [];
    for (const { fn, sites } of functionsWithPages(file.functions)) {
      const pointers = givenByUserSpace(fn);
      if (pointers.size === 0) continue;
      for (const site of sites) {
        const callee = siteFunction(profile, site.callee);
        if (callee === null || !looksAtVmasOnly(callee.name) || callee.argument('mm') >= 0) continue;
        const start = site.args[callee.argument('start')];
        const count = site.args[callee.argument('count')];
        // One page has no length that could wrap around; it is mostly a helper whose callers have looked.
        if (start === undefined || (count?.kind === 'number' && count.value === 1)) continue;
        const pointer = [...namesBehind(fn, start)].find(name => pointers.has(name));
        if (pointer === undefined || isChecked(file, fn.item.name, CALLERS)) continue;
        findings.push({
          span: site.span,
          message: `${site.callee}() does not check that \`${pointer}\` is an address of user space, and nothing here calls access_ok()`,
          related: [{ span: pointers.get(pointer) ?? site.span, message: 'user space gave it here' }],
          confidence: 'medium',
          fix: null,
          // For read() and write() the VFS has asked access_ok(); for what is registered nobody has.
          ...(site.flags?.may.includes('FOLL_LONGTERM') ? {} : { severity: 'info' as const }),
        });
      }
    }
    return findings;
  },
});

/** Whether a function, or one that calls it, looks at the range of what it was given. */
function isChecked(file: FileAnalysis, name: string, depth: number): boolean {
  const { source } = file;
  const nameOf = (token: CallToken): string | undefined => source.functions[token.function]?.name;
  if (callTokens(source, CHECKS).some(token => nameOf(token) === name)) return true;
  if (depth === 0) return false;
  return callTokens(source, new Set([name])).some(token => {
    const caller = nameOf(token);
    return caller !== undefined && isChecked(file, caller, depth - 1);
  });
}

/** The slow walk; the *_fast() functions begin with access_ok(). */
function looksAtVmasOnly(name: string): boolean {
  return !/_fast(?:_only)?$/.test(name) && /^(?:get|pin)_user_pages/.test(name);
}
