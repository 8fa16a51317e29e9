/** The errors of the modelled routines, as positive numbers (include/uapi/asm-generic/errno*.h). */

export const EPERM = 1;
export const ENOENT = 2;
export const EINTR = 4;
export const EIO = 5;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EFAULT = 14;
export const EACCES = 13;
export const EBUSY = 16;
export const EEXIST = 17;
export const EINVAL = 22;
export const EMLINK = 31;
export const EOPNOTSUPP = 95;
export const EHWPOISON = 133;
/** Inside the kernel only (include/linux/errno.h). */
export const ERESTARTSYS = 512;

const NAMES: ReadonlyMap<number, string> = new Map([
  [EPERM, 'EPERM'],
  [ENOENT, 'ENOENT'],
  [EINTR, 'EINTR'],
  [EIO, 'EIO'],
  [EAGAIN, 'EAGAIN'],
  [ENOMEM, 'ENOMEM'],
  [EFAULT, 'EFAULT'],
  [EACCES, 'EACCES'],
  [EBUSY, 'EBUSY'],
  [EEXIST, 'EEXIST'],
  [EINVAL, 'EINVAL'],
  [EMLINK, 'EMLINK'],
  [EOPNOTSUPP, 'EOPNOTSUPP'],
  [EHWPOISON, 'EHWPOISON'],
  [ERESTARTSYS, 'ERESTARTSYS'],
]);

/** `-EFAULT` for -14, `count` for a positive result, `0` for zero: how a return value is named in an outcome. */
export function returnName(value: number): string {
  if (value > 0) return 'count';
  if (value === 0) return '0';
  return `-${NAMES.get(-value) ?? String(-value)}`;
}
