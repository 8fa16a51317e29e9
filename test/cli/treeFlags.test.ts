import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { gupLens } from './run.js';

/** A tree of release 6.1 with flags of its own; see the README next to it. */
const VENDOR = fileURLToPath(new URL('../workspace/fixtures/vendor-tree', import.meta.url));

describe('explain in a tree whose headers differ from its release', () => {
  /** The text as one line: where it is broken depends on its width. */
  const explain = async (...argv: string[]): Promise<string> => {
    const { code, stdout } = await gupLens(['explain', ...argv], { cwd: VENDOR });
    expect(code).toBe(0);
    return stdout.replace(/\s+/g, ' ');
  };

  it('gives the value of the tree, and that of the release', async () => {
    const text = await explain('FOLL_GET');
    expect(text).toContain('0x2 in this tree (include/linux/mm_types.h); 0x4 in Linux 6.1');
    expect(text).toContain('Linux 6.1.99-vendor14 (Makefile)');
  });

  it('knows flags that the release does not have', async () => {
    expect(await explain('FOLL_INTERRUPTIBLE')).toContain('Linux 6.1 does not have it (since 6.2)');
    expect(await explain('FOLL_VENDOR_DMA')).toContain('0x1000 in this tree');
    const { value, present } = JSON.parse(await explain('FOLL_VENDOR_DMA', '--format', 'json'));
    expect({ value, present }).toEqual({ value: 0x1000, present: true });
  });

  it('says what the tree does not define', async () => {
    expect(await explain('FOLL_MIGRATION')).toContain(
      "not defined in this tree's headers; 0x400 in Linux 6.1",
    );
  });

  it('gives the tables for a release that is asked for', async () => {
    expect(await explain('FOLL_GET', '--kernel', '6.1')).not.toContain('in this tree');
  });
});
