/** Neovim with its own LSP client, set up by the snippet of docs/editors.md: findings, hover, navigation, and an edit. */

import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { temporaryFolder } from './atExit.js';
import { run } from './commands.js';
import { docsSnippet, installCommand } from './docsSnippets.js';
import { FILES } from './kernelTree/kernelFile.js';
import { ensureKernelSource, LINUX_6_12 } from './kernelTree/kernelSource.js';
import { root } from './places.js';
import { expectMatch, expectTrue, type Report } from './report.js';
import { copyFolders, KERNEL_FOLDER } from './workbench.js';

interface Seen {
  readonly diagnostics?: readonly {
    readonly line: number;
    readonly code?: string;
    readonly message: string;
  }[];
  readonly hover?: string;
  readonly flag?: string;
  readonly lenses?: number;
  readonly root?: string;
  readonly definition?: readonly string[];
  readonly reached_by?: readonly string[];
  readonly marked?: number;
  readonly after_edit?: readonly unknown[];
  readonly after_undo?: readonly unknown[];
  readonly core_diagnostics?: readonly unknown[];
  readonly core_hover?: string;
  readonly core_hints?: readonly { readonly line: number; readonly label: string }[];
  readonly driver_diagnostics?: readonly { readonly line: number; readonly code?: string }[];
  readonly driver_actions?: readonly string[];
  readonly driver_after_action?: readonly { readonly code?: string }[];
  readonly error?: string;
}

async function runNeovim(home: string, kernelSource: string): Promise<Seen> {
  await copyFolders(home, { [KERNEL_FOLDER]: kernelSource });
  const seen = join(home, 'seen.json');
  const snippet = join(home, 'snippet.lua');
  await writeFile(snippet, await docsSnippet('lua'));
  const variables = {
    gup_snippet: snippet,
    gup_file: join(home, 'tree/drivers/misc/sample.c'),
    gup_core: join(home, KERNEL_FOLDER, FILES.gup),
    gup_driver: join(home, KERNEL_FOLDER, FILES.usnic),
    gup_out: seen,
  };
  const lets = Object.entries(variables).flatMap(([name, value]) => ['--cmd', `let g:${name} = '${value}'`]);
  const script = join(root, 'test/e2e/neovim.lua');
  const env = {
    ...process.env,
    PATH: [await installCommand(home), process.env.PATH ?? ''].join(delimiter),
    TMPDIR: home,
    XDG_STATE_HOME: home,
    XDG_CACHE_HOME: home,
    XDG_DATA_HOME: home,
  };
  const failure = await run(
    'nvim',
    ['--headless', '-u', 'NONE', '-i', 'NONE', '-n', ...lets, '-c', `luafile ${script}`],
    {
      env,
    },
  ).then(
    () => null,
    (error: unknown) => error,
  );
  try {
    return JSON.parse(await readFile(seen, 'utf8')) as Seen;
  } catch {
    throw failure ?? new Error('Neovim wrote no result');
  }
}

/** Runs the checks in Neovim. */
export async function neovimE2e(report: Report): Promise<void> {
  const folder = await temporaryFolder('gup-lens-nvim');
  const home = folder.path;
  try {
    const seen = await runNeovim(home, await ensureKernelSource(LINUX_6_12, text => report.note(text)));
    await report.check('the script ran to its end', async () => {
      expectTrue(seen.error === undefined, String(seen.error));
    });
    await report.check('a pin released with put_page() is a finding on its line', async () => {
      const lines = (await readFile(join(home, 'tree/drivers/misc/sample.c'), 'utf8')).split('\n');
      const line = lines.findIndex(text => text.includes('put_page(page)')) + 1;
      expectTrue(
        seen.diagnostics?.some(one => one.code === 'gup-pin-put-mismatch' && one.line === line) === true,
        `no gup-pin-put-mismatch on line ${line}: ${JSON.stringify(seen.diagnostics)}`,
      );
    });
    await report.check('hover on a call tells its contract', async () => {
      expectMatch(seen.hover ?? '', /pin_user_pages_fast/);
      expectMatch(seen.hover ?? '', /6\.12/);
    });
    await report.check('hover on a flag tells its meaning', async () => {
      expectMatch(seen.flag ?? '', /FOLL_LONGTERM/);
    });
    await report.check('the snippet of docs/editors.md starts the server in the tree', async () => {
      expectTrue(seen.root === join(home, 'tree'), `root: ${seen.root}`);
    });
    await report.check('a flag leads to its definition in the tree', async () => {
      expectMatch(seen.definition?.join() ?? '', /include\/linux\/mm_types\.h:\d+$/);
    });
    await report.check('a call tells what reaches it', async () => {
      expectTrue(
        seen.reached_by?.join(' ') === 'sample_peek sample_ops.peek of sample_ops',
        `reached by ${seen.reached_by?.join(' ')}`,
      );
    });
    await report.check('a call that may drop the lock is marked', async () => {
      expectTrue(seen.marked === 1, `marked: ${seen.marked}`);
    });
    await report.check('calls have a lens', async () => {
      expectTrue((seen.lenses ?? 0) >= 1, `lenses: ${seen.lenses}`);
    });
    await report.check('an edit takes the finding away, undo brings it back', async () => {
      expectTrue(seen.after_edit?.length === 0, `after the edit: ${JSON.stringify(seen.after_edit)}`);
      expectTrue((seen.after_undo?.length ?? 0) > 0, 'no finding after undo');
    });
    await report.check('mm/gup.c of the kernel: nothing is found', async () => {
      expectTrue(seen.core_diagnostics?.length === 0, JSON.stringify(seen.core_diagnostics));
    });
    await report.check('mm/gup.c of the kernel: hover on the fault, hints at an inner function', async () => {
      expectMatch(seen.core_hover ?? '', /handle_mm_fault.*Linux 6\.12.*mmap_lock/s);
      expectMatch(JSON.stringify(seen.core_hints), /TOUCH\|REMOTE\|PIN\|gup_flags/);
    });
    await report.check('a driver of the kernel: its two findings', async () => {
      const codes = seen.driver_diagnostics?.map(({ code }) => code).sort();
      expectTrue(
        codes?.join() === 'gup-atomic-context,gup-error-path-leak',
        JSON.stringify(seen.driver_diagnostics),
      );
    });
    await report.check('a driver of the kernel: a code action silences one of them', async () => {
      expectMatch(seen.driver_actions?.join() ?? '', /Suppress gup-error-path-leak here.*Explain/);
      expectTrue(
        seen.driver_after_action?.map(({ code }) => code).join() === 'gup-atomic-context',
        JSON.stringify(seen.driver_after_action),
      );
    });
  } finally {
    await folder.remove();
  }
}
