/** Emacs with eglot on `gup-lens serve --stdio`, set up by the snippet of docs/editors.md: findings, hover, a quick fix. */

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
  readonly mode?: string;
  readonly managed?: boolean;
  readonly diagnostics?: readonly { readonly line: number; readonly text: string }[];
  readonly hover?: string;
  readonly flag?: string;
  readonly definition?: readonly string[];
  readonly fixed_line?: string;
  readonly after_fix?: readonly unknown[] | null;
  readonly core_hover?: string;
  readonly core_hints?: string;
  readonly core_diagnostics?: readonly unknown[] | null;
  readonly driver_diagnostics?: readonly { readonly text: string }[];
  readonly driver_after_action?: readonly { readonly text: string }[];
  readonly error?: string;
}

async function runEmacs(home: string, kernelSource: string): Promise<Seen> {
  await copyFolders(home, { [KERNEL_FOLDER]: kernelSource });
  const seen = join(home, 'seen.json');
  const init = join(home, 'snippet.el');
  await writeFile(init, await docsSnippet('elisp'));
  const env = {
    ...process.env,
    PATH: [await installCommand(home), process.env.PATH ?? ''].join(delimiter),
    HOME: home,
    TMPDIR: home,
    GUP_SNIPPET: init,
    GUP_FILE: join(home, 'tree/drivers/misc/sample.c'),
    GUP_CORE: join(home, KERNEL_FOLDER, FILES.gup),
    GUP_DRIVER: join(home, KERNEL_FOLDER, FILES.usnic),
    GUP_OUT: seen,
  };
  const failure = await run('emacs', ['--batch', '-l', join(root, 'test/e2e/emacs.el')], { env }).then(
    () => null,
    (error: unknown) => error,
  );
  try {
    return JSON.parse(await readFile(seen, 'utf8')) as Seen;
  } catch {
    throw failure ?? new Error('Emacs wrote no result');
  }
}

/** Runs the checks in Emacs. */
export async function emacsE2e(report: Report): Promise<void> {
  const folder = await temporaryFolder('gup-lens-emacs');
  const home = folder.path;
  try {
    const seen = await runEmacs(home, await ensureKernelSource(LINUX_6_12, text => report.note(text)));
    await report.check('the script ran to its end', async () => {
      expectTrue(seen.error === undefined, String(seen.error));
    });
    await report.check('the snippet of docs/editors.md makes eglot manage a C buffer', async () => {
      expectTrue(seen.managed === true, `mode ${seen.mode}, managed: ${seen.managed}`);
    });
    await report.check('a pin released with put_page() is a finding on its line', async () => {
      const lines = (await readFile(join(home, 'tree/drivers/misc/sample.c'), 'utf8')).split('\n');
      const line = lines.findIndex(text => text.includes('put_page(page)')) + 1;
      expectTrue(
        seen.diagnostics?.some(one => one.text.includes('unpin_user_page') && one.line === line) === true,
        `no finding on line ${line}: ${JSON.stringify(seen.diagnostics)}`,
      );
    });
    await report.check('hover on a call tells its contract', async () => {
      expectMatch(seen.hover ?? '', /pin_user_pages_fast/);
      expectMatch(seen.hover ?? '', /6\.12/);
    });
    await report.check('hover on a flag tells its meaning', async () => {
      expectMatch(seen.flag ?? '', /FOLL_LONGTERM/);
    });
    await report.check('a flag leads to its definition in the tree', async () => {
      expectMatch(seen.definition?.join() ?? '', /include\/linux\/mm_types\.h$/);
    });
    await report.check('the code action replaces the release, and the finding goes', async () => {
      expectMatch(seen.fixed_line ?? '', /^\tunpin_user_page\(page\);$/);
      expectTrue(seen.after_fix?.length === 0, `after the fix: ${JSON.stringify(seen.after_fix)}`);
    });
    await report.check('mm/gup.c of the kernel: hover on the fault, hints, no finding', async () => {
      expectMatch(seen.core_hover ?? '', /handle_mm_fault.*Linux 6\.12.*mmap_lock/s);
      expectMatch(seen.core_hints ?? '', /TOUCH\|REMOTE\|PIN\|gup_flags/);
      expectTrue(seen.core_diagnostics?.length === 0, JSON.stringify(seen.core_diagnostics));
    });
    await report.check(
      'a driver of the kernel: two findings, one of which a code action silences',
      async () => {
        expectTrue(seen.driver_diagnostics?.length === 2, JSON.stringify(seen.driver_diagnostics));
        expectTrue(
          seen.driver_after_action?.length === 1 && /may sleep/.test(seen.driver_after_action[0]?.text ?? ''),
          JSON.stringify(seen.driver_after_action),
        );
      },
    );
  } finally {
    await folder.remove();
  }
}
