/** Mailboxes, diffs and how they are applied. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { applyHunks } from '../../server/src/cli/diff/applyPatch.js';
import { filePatches, reversed } from '../../server/src/cli/diff/filePatch.js';
import { patchTexts } from '../../server/src/cli/diff/mailbox.js';

const directory = mkdtempSync(join(tmpdir(), 'gup-lens-patch-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What git says differs between two texts; empty if nothing does. */
function gitDiff(before: string, after: string, context: number): string {
  writeFileSync(join(directory, 'before'), before);
  writeFileSync(join(directory, 'after'), after);
  const argv = ['diff', '--no-index', '--no-color', '--no-ext-diff', `-U${context}`, 'before', 'after'];
  try {
    return execFileSync('git', argv, { cwd: directory, encoding: 'utf8' });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

const DIFF = `diff --git a/drivers/a.c b/drivers/a.c
--- a/drivers/a.c
+++ b/drivers/a.c
@@ -1,2 +1,2 @@
 one
-two
+zwei
`;

describe('filePatches and applyHunks', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', '', '\tc = d;', '-- x', '++ y', '@@ -1 +1 @@'), { maxLength: 12 })
    .chain(lines => fc.constantFrom(lines.join('\n'), `${lines.join('\n')}\n`));

  it('do as git does, forwards and backwards', () => {
    fc.assert(
      fc.property(text, text, fc.constantFrom(0, 1, 3), (before, after, context) => {
        const diff = gitDiff(before, after, context);
        if (before === after) return;
        const [patch] = filePatches(diff);
        if (patch === undefined) throw new Error(diff);
        expect(patch.damage).toBe(null);
        expect(applyHunks(before, patch.hunks)).toEqual({ text: after });
        expect(applyHunks(after, reversed(patch).hunks)).toEqual({ text: before });
      }),
      { numRuns: 60 },
    );
  });

  it('find a hunk that has moved, keep carriage returns, and name the hunk that does not fit', () => {
    const [patch] = filePatches(DIFF);
    const hunks = patch?.hunks ?? [];
    expect(applyHunks('zero\nzero\none\ntwo\nthree\n', hunks)).toEqual({
      text: 'zero\nzero\none\nzwei\nthree\n',
    });
    expect(applyHunks('one\r\ntwo\r\n', hunks)).toEqual({ text: 'one\r\nzwei\r\n' });
    expect(applyHunks('one\nthree\n', hunks)).toEqual({ failed: 1, line: 1 });
  });

  it('refuse a hunk that is cut off', () => {
    expect(filePatches(DIFF.replace('+zwei\n', ''))).toMatchObject([
      { damage: 'hunk 1 is cut off or damaged' },
    ]);
  });

  it('read what a patch makes, removes and renames', () => {
    const diff = `diff --git a/new.c b/new.c
new file mode 100644
--- /dev/null
+++ b/new.c
@@ -0,0 +1 @@
+int a;
diff --git a/old.c b/old.c
deleted file mode 100644
--- a/old.c
+++ /dev/null
@@ -1 +0,0 @@
-int b;
diff --git a/x.c b/y.c
similarity index 100%
rename from x.c
rename to y.c
`;
    const names = filePatches(diff).map(({ from, to }) => [from, to]);
    expect(names).toEqual([
      [null, 'new.c'],
      ['old.c', null],
      ['x.c', 'y.c'],
    ]);
  });
});

describe('patchTexts', () => {
  const mail = (subject: string, headers: string, body: string): string =>
    `From 0123456789abcdef Mon Sep 17 00:00:00 2001\nFrom: A <a@b.c>\nSubject: ${subject}\n${headers}\n${body}`;
  const parts = (text: string): unknown => patchTexts(text).map(({ subject }) => subject);
  const patched = (text: string): unknown =>
    patchTexts(text).map(patch =>
      filePatches(patch.text).map(({ to, damage, hunks }) => [to, damage, hunks[0]?.new]),
    );

  it('take a bare diff as it is, and what has none for nothing', () => {
    expect(patchTexts(DIFF)).toEqual([{ subject: null, text: DIFF }]);
    expect(patchTexts('Subject: hello\n\nNo patch here.\n')).toEqual([]);
    expect(patchTexts('')).toEqual([]);
  });

  it('split a mailbox, leave the cover letter out, and follow the numbers', () => {
    const body = `Words.\n\n--- not a diff\n---\n drivers/a.c | 2 +-\n\n${DIFF}-- \n2.39.5\n\n`;
    const box =
      mail('[PATCH v2 0/2] cover', '', 'From the cover.\n\n') +
      mail('[PATCH v2 2/2] =?UTF-8?q?second_=C3=A4?=', '', body) +
      mail('[PATCH v2 1/2] a subject\n that is folded', '', body);
    expect(parts(box)).toEqual(['[PATCH v2 1/2] a subject that is folded', '[PATCH v2 2/2] second ä']);
    expect(patched(box)).toEqual([
      [['drivers/a.c', null, ['one', 'zwei']]],
      [['drivers/a.c', null, ['one', 'zwei']]],
    ]);
  });

  it('decode quoted-printable, base64 and attachments', () => {
    const diff = DIFF.replace('zwei', 'ä = 2;');
    const want = [[['drivers/a.c', null, ['one', 'ä = 2;']]]];
    const quoted = diff.replace('ä = 2;', '=C3=A4 =3D=\n 2;');
    const type = 'Content-Type: text/plain; charset=UTF-8\n';
    expect(patched(mail('p', `${type}Content-Transfer-Encoding: quoted-printable\n`, quoted))).toEqual(want);
    const base64 = Buffer.from(diff).toString('base64').replace(/.{60}/g, '$&\n');
    expect(patched(mail('p', `${type}Content-Transfer-Encoding: base64\n`, `${base64}\n`))).toEqual(want);
    const attached = [
      '--xyz',
      'Content-Type: text/plain',
      '',
      'See the attachment.',
      '--xyz',
      'Content-Type: application/octet-stream; name="fix.patch"',
      'Content-Transfer-Encoding: base64',
      '',
      base64,
      '--xyz--',
      '',
    ].join('\n');
    expect(patched(mail('p', 'Content-Type: multipart/mixed; boundary="xyz"\n', attached))).toEqual(want);
    expect(patched(mail('p', type, diff).replaceAll('\n', '\r\n'))).toEqual(want);
  });
});
