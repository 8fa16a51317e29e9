/** The kernel source that the editors open: Debian's package of it, unpacked as far as the checks need it. */

import { existsSync, statSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../commands.js';
import { cache } from '../places.js';

/** Debian's package, and the folder that its archive holds. */
export const KERNEL_PACKAGE = 'linux-source-6.12';

/** What the package installs. */
export const KERNEL_ARCHIVE = `/usr/src/${KERNEL_PACKAGE}.tar.xz`;

/**
 * What the checks open, what VS Code asks of a tree (its release and its flags), and enough beside it for a search of the
 * tree to take a while. The whole tree is 1.5 GB.
 */
const PARTS = [
  'Makefile',
  'MAINTAINERS',
  'Kbuild',
  'Documentation/core-api',
  'mm',
  'include/linux',
  'arch/x86/mm',
  'arch/x86/kvm',
  'drivers/infiniband/core',
  'drivers/infiniband/hw/usnic',
  'drivers/misc/bcm-vk',
  'drivers/vfio',
  'fs/proc',
  'io_uring',
  'kernel/events',
  'net/rds',
  'virt/kvm',
] as const;

/**
 * The folder of the parts in the cache, unpacked if that was not done of this version of the package. Takes as long as the
 * archive is decoded: some 10 s. Not to be changed: what an editor opens is a copy.
 */
export async function ensureKernelSource(note: (text: string) => void): Promise<string> {
  if (!existsSync(KERNEL_ARCHIVE)) throw new Error(`${KERNEL_ARCHIVE} is missing: install ${KERNEL_PACKAGE}`);
  const { size, mtimeMs } = statSync(KERNEL_ARCHIVE);
  const name = `${KERNEL_PACKAGE}-${size}-${Math.round(mtimeMs)}-${PARTS.length}`;
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  note(`unpacking parts of ${KERNEL_ARCHIVE} into ${folder} (once)`);
  await mkdir(cache, { recursive: true });
  // Those of another version, and one that was cut short.
  for (const old of await readdir(cache)) {
    if (old.startsWith(KERNEL_PACKAGE)) await rm(join(cache, old), { recursive: true, force: true });
  }
  const partial = `${folder}.partial`;
  await mkdir(partial);
  const members = PARTS.map(part => `${KERNEL_PACKAGE}/${part}`);
  await run('tar', ['-xJf', KERNEL_ARCHIVE, '-C', partial, '--strip-components=1', ...members]);
  await rename(partial, folder);
  return folder;
}
