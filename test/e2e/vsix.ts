/** Packages the built extension, as a person would install it. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { cache, root } from './places.js';

/** Writes the VSIX into the cache and returns its path. dist/ has to be built. */
export async function packageVsix(): Promise<string> {
  await mkdir(cache, { recursive: true });
  const packagePath = join(cache, 'gup-lens.vsix');
  await createVSIX({
    cwd: root,
    packagePath,
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  return packagePath;
}
