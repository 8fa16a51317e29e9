/** Functions that the kernel calls in a way that says whether mmap_lock is held when they start. */

import { HANDLER_OPS } from '../../../../kernel/src/index.js';
import type { FunctionAnalysis } from '../../analysis/index.js';
import type { Span } from '../../syntax/ast.js';
import { callsByName, type SourceFile } from '../../syntax/index.js';

/** What holds when a function starts, and why. */
export interface LockOnEntry {
  readonly held: boolean;
  /** Completes "… is called", e.g. `as a system call, without it`. */
  readonly why: string;
  /** Where that can be seen: the initialiser, or the function's own head. */
  readonly span: Span;
}

/** Members of operation structures whose functions start without mmap_lock (fs/ioctl.c) or with it (mm/mmap.c). */
const INSTALLED: readonly { readonly member: string; readonly held: boolean; readonly why: string }[] = [
  { member: 'unlocked_ioctl', held: false, why: 'for an ioctl, without mmap_lock' },
  { member: 'compat_ioctl', held: false, why: 'for an ioctl, without mmap_lock' },
  ...[
    'open',
    'release',
    'read',
    'write',
    'read_iter',
    'write_iter',
    'proc_ioctl',
    'proc_read',
    'proc_write',
  ].map(member => ({ member, held: false, why: 'as an operation of a file, without mmap_lock' })),
  { member: 'mmap', held: true, why: 'by mmap(), with mmap_lock held for write' },
];

/**
 * The lock of the current address space when the kernel calls a function.
 * @returns null where nothing is known, or where the file calls the function by name too, maybe otherwise
 */
export function lockOnEntry(fn: FunctionAnalysis): LockOnEntry | null {
  const { item, file } = fn;
  if (item.alternative !== null) return null;
  const systemCall = { held: false, why: 'as a system call, without mmap_lock', span: item.nameSpan };
  if (item.macro !== null) return /^(COMPAT_)?SYSCALL_DEFINE\d$/.test(item.macro) ? systemCall : null;
  if (isCalledByName(fn)) return null;
  // As architectures write those of their own.
  if (/^sys_\w/.test(item.name) && /\basmlinkage\b/.test(file.text.slice(item.start, item.body.start)))
    return systemCall;
  const handler = file.opsEntries.find(
    entry => entry.handler === item.name && HANDLER_OPS.some(op => op === entry.op),
  );
  if (handler !== undefined) {
    return {
      held: true,
      why: `as ->${handler.op}(), with mmap_lock or the lock of the VMA held`,
      span: handler.handlerSpan,
    };
  }
  const parameters = fn.ast.parameters;
  const [first] = parameters;
  if (parameters.length === 1 && first?.type === 'struct work_struct' && first.pointers === 1) {
    return { held: false, why: 'from a work queue, without mmap_lock', span: item.nameSpan };
  }
  // Documentation/filesystems/sysfs.rst: show() and store() of an attribute run for a read() or a write().
  if (parameters.some(({ type }) => /^struct (?:device|kobj)_attribute$/.test(type))) {
    return { held: false, why: 'for a file of sysfs, without mmap_lock', span: item.nameSpan };
  }
  const members = installedIn(file).get(item.name);
  if (members === undefined) return null;
  for (const { member, held, why } of INSTALLED) {
    if (held && !parameters.some(parameter => parameter.type === 'struct vm_area_struct')) continue;
    const span = members.get(member);
    if (span !== undefined) return { held, why, span };
  }
  return null;
}

const INSTALLS = new RegExp(`\\.(${INSTALLED.map(({ member }) => member).join('|')})\\s*=\\s*&?(\\w+)`, 'g');

/** By function: the members that it is given to, and where first. */
function installedIn(file: SourceFile): ReadonlyMap<string, ReadonlyMap<string, Span>> {
  let found = installed.get(file);
  if (found === undefined) {
    const byName = new Map<string, Map<string, Span>>();
    for (const match of file.text.matchAll(INSTALLS)) {
      const [all, member = '', name = ''] = match;
      const end = match.index + all.length;
      const members = byName.get(name) ?? new Map<string, Span>();
      byName.set(name, members);
      if (!members.has(member)) members.set(member, { start: end - name.length, end });
    }
    found = byName;
    installed.set(file, found);
  }
  return found;
}

const installed = new WeakMap<SourceFile, ReadonlyMap<string, ReadonlyMap<string, Span>>>();

/** Whether some function of the file calls it by name. */
function isCalledByName({ item, file }: FunctionAnalysis): boolean {
  return (callsByName(file).get(item.name)?.length ?? 0) > 0;
}
