/** Rows as the language server gives them, for tests of what the extension makes of them. */

import type { FileSites, Range, Site, SiteFinding } from '../../server/protocol/index.js';

export function rangeAt(line: number): Range {
  return { start: { line, character: 1 }, end: { line, character: 8 } };
}

/** A call with flags, e.g. `FOLL_WRITE`; of an optional one `may` has it, `must` has not. */
export function site(line: number, given: Partial<Site> & { readonly may?: readonly string[] } = {}): Site {
  const { may = [], ...rest } = given;
  return {
    range: rangeAt(line),
    function: 'demo',
    callee: 'pin_user_pages_fast',
    kind: 'gup',
    handler: null,
    flags: { text: may.join(' | '), namespace: 'FOLL', possible: [may], must: may, may, from: 'const' },
    implied: ['FOLL_PIN'],
    effective: [],
    fault: [['FAULT_FLAG_WRITE']],
    locked: null,
    lock: { before: 'not-held', after: 'not-held', evidence: 'contract' },
    release: { how: ['unpin_user_page'], kind: 'local' },
    otherRelease: null,
    overrides: [],
    inShort: {
      flags: [...may, '+PIN'].join(' '),
      lock: 'not held → not held',
      release: 'unpin_user_page (local)',
    },
    ...rest,
  };
}

export function finding(line: number, given: Partial<SiteFinding> = {}): SiteFinding {
  return {
    range: rangeAt(line),
    function: 'demo',
    rule: 'gup-pin-put-mismatch',
    severity: 'error',
    message: 'a pin is released with put_page()',
    related: [],
    ...given,
  };
}

export function file(path: string, given: Partial<FileSites> = {}): FileSites {
  return {
    uri: `file:///tree/${path}`,
    path,
    release: '6.12',
    sites: [],
    findings: [],
    notAnalysed: [],
    ...given,
  };
}
