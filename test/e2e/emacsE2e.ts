/** Emacs with eglot on `gup-lens serve --stdio`, set up by the snippet of docs/editors.md: findings, hover, a quick fix. */

import { cp, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { temporaryFolder } from './atExit.js';
import { run } from './commands.js';
import { docsSnippet, installCommand } from './docsSnippets.js';
import { fixtures, root } from './places.js';
import { expectMatch, expectTrue, type Report } from './report.js';

interface Seen {
  readonly mode?: string;
  readonly managed?: boolean;
  readonly diagnostics?: readonly { readonly line: number; readonly text: string }[];
  readonly hover?: string;
  readonly flag?: string;
  readonly definition?: readonly string[];
  readonly fixed_line?: string;
  readonly after_fix?: readonly unknown[] | null;
  readonly error?: string;
}

async function runEmacs(home: string): Promise<Seen> {
  await cp(join(fixtures, 'tree'), join(home, 'tree'), { recursive: true });
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
    const seen = await runEmacs(home);
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
  } finally {
    await folder.remove();
  }
}
