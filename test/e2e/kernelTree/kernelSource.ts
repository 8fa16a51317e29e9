/** The kernel sources that the editors open: Debian's packages of them, unpacked as far as the checks need them. */

import { existsSync, statSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../commands.js';
import { cache } from '../places.js';

/** A package of kernel source, and what of it is unpacked. */
export interface KernelSource {
  /** Debian's name, which the folder in its archive has too. */
  readonly name: string;
  readonly parts: readonly string[];
}

/**
 * What the checks open, what VS Code asks of a tree (its release and its flags), and enough beside it for a search of the
 * tree to take a while. The whole tree is 1.5 GB.
 */
export const LINUX_6_12: KernelSource = {
  name: 'linux-source-6.12',
  parts: [
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
  ],
};

/** What is opened beside the other: a driver, and what its release and its flags are known by. */
export const LINUX_6_1: KernelSource = {
  name: 'linux-source-6.1',
  parts: ['Makefile', 'MAINTAINERS', 'Kbuild', 'include/linux', 'drivers/infiniband/hw/usnic', 'virt/kvm'],
};

/** What the package installs. */
export function archiveOf({ name }: KernelSource): string {
  return `/usr/src/${name}.tar.xz`;
}

/**
 * The folder of the parts in the cache, unpacked if that was not done of this version of the package. Takes as long as the
 * archive is decoded: some 10 s. Not to be changed: what an editor opens is a copy.
 */
export async function ensureKernelSource(
  source: KernelSource,
  note: (text: string) => void,
): Promise<string> {
  const { name, parts } = source;
  const archive = archiveOf(source);
  if (!existsSync(archive)) throw new Error(`${archive} is missing: install ${name}`);
  const { size, mtimeMs } = statSync(archive);
  const folder = join(cache, `${name}-${size}-${Math.round(mtimeMs)}-${parts.length}`);
  if (existsSync(folder)) return folder;
  note(`unpacking parts of ${archive} into ${folder} (once)`);
  await mkdir(cache, { recursive: true });
  // Those of another version, and one that was cut short.
  for (const old of await readdir(cache)) {
    if (old.startsWith(`${name}-`)) await rm(join(cache, old), { recursive: true, force: true });
  }
  const partial = `${folder}.partial`;
  await mkdir(partial);
  const members = parts.map(part => `${name}/${part}`);
  await run('tar', ['-xJf', archive, '-C', partial, '--strip-components=1', ...members]);
  await rename(partial, folder);
  return folder;
}
