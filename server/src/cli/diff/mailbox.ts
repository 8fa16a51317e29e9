/** The patches of a text as it comes: a diff, a mail as git-format-patch writes it, or a mailbox of several. */

/** The text of one patch, decoded; what is not part of a diff is still in it. */
export interface PatchText {
  /** The subject of its mail, to name it by; null: it is no mail. */
  readonly subject: string | null;
  readonly text: string;
}

/** What separates the mails of a mailbox. */
const FROM_LINE = /^From \S.*\b\d\d:\d\d(?::\d\d)?\b.*\d{4}\r?$/;

/**
 * Takes a text apart. Mails without a diff (cover letters, replies) are left out; the mails of a numbered series
 * (`[PATCH v2 3/7]`) are brought into its order.
 */
export function patchTexts(text: string): PatchText[] {
  const mails = mailsOf(text);
  if (mails === null) return hasDiff(text) ? [{ subject: null, text }] : [];
  return inSeries(mails.map(readMail).filter(patch => hasDiff(patch.text)));
}

function hasDiff(text: string): boolean {
  return /^(?:diff --git |--- \S.*\r?\n\+\+\+ )/m.test(text);
}

/** The mails of a text; null if it is none. */
function mailsOf(text: string): string[] | null {
  const lines = text.split('\n');
  const starts = lines.flatMap((line, index) => {
    const first = index === 0 || (lines[index - 1] ?? '').trim() === '';
    return first && FROM_LINE.test(line) && /^[\w-]+:/.test(lines[index + 1] ?? '') ? [index] : [];
  });
  if (starts.length > 0) {
    return starts.map((start, n) => lines.slice(start + 1, starts[n + 1] ?? lines.length).join('\n'));
  }
  return /^[\w-]+: .*\r?\n(?:[\w-]+:|[ \t])/.test(text) && /^subject:/im.test(text) ? [text] : null;
}

function readMail(mail: string): PatchText {
  const { headers, body } = splitMail(mail);
  return { subject: decodeWords(headers.get('subject') ?? '(no subject)'), text: bodyText(headers, body) };
}

function splitMail(mail: string): { readonly headers: ReadonlyMap<string, string>; readonly body: string } {
  const end = /\r?\n\r?\n/.exec(mail);
  const head = end === null ? mail : mail.slice(0, end.index);
  const headers = new Map<string, string>();
  for (const [, name = '', value = ''] of head
    .replace(/\r?\n[ \t]+/g, ' ')
    .matchAll(/^([\w-]+):[ \t]*(.*?)\r?$/gm)) {
    headers.set(name.toLowerCase(), value);
  }
  return { headers, body: end === null ? '' : mail.slice(end.index + end[0].length) };
}

/** The text of a mail or of one of its parts, with attached patches; empty for anything else. */
function bodyText(headers: ReadonlyMap<string, string>, body: string): string {
  const type = headers.get('content-type') ?? 'text/plain';
  const boundary = /^multipart\//i.test(type) ? /boundary="?([^";]+)"?/i.exec(type)?.[1] : undefined;
  if (boundary !== undefined) {
    const parts = body.split(`--${boundary}`).slice(1);
    const texts = parts
      .filter(part => !part.startsWith('--'))
      .map(part => {
        const inner = splitMail(part.replace(/^[ \t]*\r?\n/, ''));
        return bodyText(inner.headers, inner.body);
      });
    return texts.join('\n');
  }
  const name = `${type} ${headers.get('content-disposition') ?? ''}`;
  const isText = /^text\/(?!html)/i.test(type) || /name="?[^";]*\.(?:patch|diff)\b/i.test(name);
  if (!isText) return '';
  const charset = /charset="?([\w.:-]+)"?/i.exec(type)?.[1] ?? 'utf-8';
  switch ((headers.get('content-transfer-encoding') ?? '').trim().toLowerCase()) {
    case 'base64':
      return decode(Buffer.from(body, 'base64'), charset);
    case 'quoted-printable':
      return decode(quotedPrintable(body), charset);
    default:
      return body;
  }
}

function quotedPrintable(text: string): Buffer {
  const joined = text.replace(/[ \t]+(\r?\n)/g, '$1').replace(/=\r?\n/g, '');
  const bytes = joined.replace(/=([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  // What is not of ASCII should not be here; it is kept as it is in UTF-8.
  return Buffer.from(bytes, /^[\0-\xff]*$/.test(bytes) ? 'latin1' : 'utf8');
}

function decode(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

/** A header with its encoded words (`=?UTF-8?q?…?=`) decoded. */
function decodeWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?([\w-]+)\?([bq])\?([^?]*)\?=/gi, (_, charset: string, how: string, word: string) =>
      how.toLowerCase() === 'b'
        ? decode(Buffer.from(word, 'base64'), charset)
        : decode(quotedPrintable(word.replaceAll('_', ' ')), charset),
    );
}

/** The patches in the order that their subjects number them in; as they are, if not all are numbered. */
function inSeries(patches: readonly PatchText[]): PatchText[] {
  const numbered = patches.map(patch => ({
    patch,
    number: Number(/\[[^\]]*?(\d+)\/\d+[^\]]*\]/.exec(patch.subject ?? '')?.[1] ?? Number.NaN),
  }));
  const numbers = new Set(numbered.map(({ number }) => number));
  if (numbers.has(Number.NaN) || numbers.size < patches.length) return [...patches];
  return numbered.sort((a, b) => a.number - b.number).map(({ patch }) => patch);
}
