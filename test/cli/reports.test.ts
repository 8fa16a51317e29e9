import { describe, expect, it } from 'vitest';
import { Progress, styleFor } from '../../server/src/cli/io.js';
import { lintGithub } from '../../server/src/cli/lintGithub.js';
import { lintJson } from '../../server/src/cli/lintJson.js';
import { lintReport } from '../../server/src/cli/lintReport.js';
import { lintText } from '../../server/src/cli/lintText.js';
import type { FileReport, LintFinding } from '../../server/src/cli/report.js';
import type { SiteRow } from '../../server/src/cli/siteRow.js';
import { sitesSummary, sitesTable } from '../../server/src/cli/sitesTable.js';

const plain = styleFor({ isTTY: false, columns: 80, write: () => {} }, {});

const call: SiteRow = {
  file: 'virt/kvm/kvm_main.c',
  line: 2859,
  column: 11,
  function: 'hva_to_pfn_slow',
  callee: 'get_user_pages_unlocked',
  kind: 'gup',
  flags: {
    text: 'flags',
    namespace: 'FOLL',
    possible: null,
    must: ['FOLL_HWPOISON', 'FOLL_HONOR_NUMA_FAULT'],
    may: ['FOLL_WRITE', 'FOLL_NOWAIT', 'FOLL_HWPOISON', 'FOLL_HONOR_NUMA_FAULT', 'FOLL_INTERRUPTIBLE'],
    from: 'conditional',
  },
  implied: ['FOLL_TOUCH', 'FOLL_GET', 'FOLL_UNLOCKABLE'],
  effective: [],
  fault: [],
  locked: null,
  lock: { before: 'not-held', after: 'not-held', evidence: 'contract' },
  release: { how: ['put_page'], kind: 'returned', where: 'return', checksShort: 'no' },
};

const handler: SiteRow = {
  ...call,
  file: 'mm/filemap.c',
  line: 3600,
  function: null,
  callee: 'filemap_fault',
  kind: 'handler',
  role: 'install',
  op: 'fault',
  flags: null,
  implied: [],
  lock: { before: 'caller-dependent', after: 'caller-dependent', evidence: 'none' },
  release: { how: [], kind: 'none', where: null, checksShort: 'no' },
};

describe('sitesTable', () => {
  it('groups by directory and keeps to 80 columns', () => {
    const unpin: SiteRow = {
      ...handler,
      line: 12,
      callee: 'unpin_user_page',
      kind: 'unpin',
      function: 'f',
    };
    const remote: SiteRow = {
      ...call,
      file: 'virt/kvm/async_pf.c',
      line: 60,
      callee: 'get_user_pages_remote',
      lock: { before: 'held-read', after: 'depends-on-locked', evidence: 'local' },
    };
    const table = sitesTable([handler, unpin, call, remote], 80, plain);
    expect(table).toBe(
      [
        'mm/',
        '  filemap.c:3600  filemap_fault',
        '                    handler of .fault',
        '  filemap.c:12    unpin_user_page',
        '                    in f',
        '',
        'virt/kvm/',
        '  kvm_main.c:2859  get_user_pages_unlocked                   not held → not held',
        '                     in hva_to_pfn_slow',
        '                     HWPOISON HONOR_NUMA_FAULT ±WRITE ±NOWAIT ±INTERRUPTIBLE',
        '                     +TOUCH +GET +UNLOCKABLE',
        '                     release: put_page (returned)',
        '  async_pf.c:60    get_user_pages_remote                     read → by *locked',
        '                     in hva_to_pfn_slow',
        '                     HWPOISON HONOR_NUMA_FAULT ±WRITE ±NOWAIT ±INTERRUPTIBLE',
        '                     +TOUCH +GET +UNLOCKABLE',
        '                     release: put_page (returned)',
        '',
      ].join('\n'),
    );
    expect(Math.max(...table.split('\n').map(line => line.length))).toBeLessThanOrEqual(80);
    expect(sitesTable([], 80, plain)).toBe('');
  });

  it('says what is not known, and what was given as no flags', () => {
    const flags = {
      text: 'a |\n\t  b',
      namespace: 'FOLL',
      possible: null,
      must: [],
      may: [],
      from: 'unknown',
    } as const;
    const unknown: SiteRow = { ...call, flags, implied: [] };
    expect(sitesTable([unknown], 80, plain)).toContain(' a | b?\n');
    const none: SiteRow = { ...call, flags: { ...flags, text: '0', possible: [[]], from: 'const' } };
    expect(sitesTable([none], 80, plain)).toContain(' no flags ');
  });

  it('counts', () => {
    const below = { ...call, line: call.line + 1 };
    expect(sitesSummary([handler, call, below])).toBe('3 sites in 2 files: 1 handler, 2 gup');
    // Rows of several releases are one site.
    expect(
      sitesSummary([
        { ...call, releases: ['5.4'] },
        { ...call, releases: ['6.1'] },
      ]),
    ).toBe('1 site in 1 file: 1 gup');
    expect(sitesSummary([call])).toBe('1 site in 1 file: 1 gup');
  });
});

const finding: LintFinding = {
  file: 'drivers/a,b.c',
  line: 87,
  column: 3,
  endLine: 87,
  endColumn: 11,
  rule: 'gup-pin-put-mismatch',
  severity: 'error',
  confidence: 'high',
  message: 'page pinned by pin_user_pages_fast() is released with put_page(), so its pin is never dropped',
  why: 'The page keeps a raised pin count: it can not be migrated, and after a fork it is copied early, 100% of the time.',
  remedy: 'Use unpin_user_page().',
  release: '6.1',
  related: [{ line: 41, column: 8, endLine: 41, endColumn: 20, message: 'pinned here' }],
  fix: {
    title: 'replace with unpin_user_page()',
    edits: [{ line: 87, column: 3, endLine: 87, endColumn: 11, newText: 'unpin_user_page' }],
  },
  sourceLine: '\t\tput_page(page);',
  function: 'release',
  statement: 'put_page ( page ) ;',
  suppression: null,
};

const file: FileReport = {
  file: finding.file,
  kernels: [{ release: '6.1', text: '6.1.192', source: 'makefile', note: null }],
  note: null,
  sites: [call],
  findings: [finding, { ...finding, line: 90, endLine: 90, severity: 'warning', related: [], fix: null }],
  notAnalysed: [
    {
      file: finding.file,
      line: 5,
      column: 1,
      endLine: 9,
      endColumn: 2,
      function: 'odd',
      reason: 'cannot be read',
    },
  ],
};

const report = lintReport([file], file.findings, {
  version: '1.2.3',
  known: null,
  before: 0,
  problems: [{ path: 'x.c', reason: 'permission denied' }],
  notes: [],
  kernels: ['Linux 6.1.192 (Makefile)'],
});

describe('lint formats', () => {
  it('text: the place, the source, the way there; why and remedy once a rule; what was left out', () => {
    expect(lintText(report, plain)).toBe(
      [
        'drivers/a,b.c:87:3: error: page pinned by pin_user_pages_fast() is released with put_page(), so its pin is never dropped [gup-pin-put-mismatch]',
        '   87 | \t\tput_page(page);',
        '      | \t\t^~~~~~~~',
        'drivers/a,b.c:41:8: note: pinned here',
        '        The page keeps a raised pin count: it can not be migrated, and after a',
        '        fork it is copied early, 100% of the time.',
        '        Use unpin_user_page().',
        '        Fix: replace with unpin_user_page().',
        'drivers/a,b.c:90:3: warning: page pinned by pin_user_pages_fast() is released with put_page(), so its pin is never dropped [gup-pin-put-mismatch]',
        '   90 | \t\tput_page(page);',
        '      | \t\t^~~~~~~~',
        'drivers/a,b.c:5:1: note: function odd was not analysed: cannot be read',
        '1 error, 1 warning. 1 file with 1 site analysed for Linux 6.1.192 (Makefile); 1 function not analysed, 1 path not read.',
        '',
      ].join('\n'),
    );
  });

  it('github: workflow commands, escaped', () => {
    expect(lintGithub(report).split('\n')).toEqual([
      '::error file=drivers/a%2Cb.c,line=87,col=3,endColumn=11,title=gup-pin-put-mismatch::page pinned by pin_user_pages_fast() is released with put_page(), so its pin is never dropped%0Aline 41: pinned here%0AThe page keeps a raised pin count: it can not be migrated, and after a fork it is copied early, 100%25 of the time.%0AUse unpin_user_page().',
      expect.stringMatching(/^::warning file=drivers\/a%2Cb\.c,line=90,/),
      '::notice file=drivers/a%2Cb.c,line=5,title=not analysed::function odd was not analysed: cannot be read',
      '::error file=x.c,title=not read::x.c: permission denied',
      expect.stringMatching(/^1 error, 1 warning\./),
      '',
    ]);
  });

  it('json: an array of findings with these members, and `fix` only where there is one', () => {
    const json = JSON.parse(lintJson(report));
    const members = [
      ...['file', 'line', 'column', 'endLine', 'endColumn', 'rule', 'severity', 'confidence', 'message'],
      ...['release', 'related'],
    ];
    expect(json.map((one: object) => Object.keys(one))).toEqual([[...members, 'fix'], members]);
    expect(json[0]).toMatchObject({ file: 'drivers/a,b.c', line: 87, fix: { edits: [{ line: 87 }] } });
  });
});

describe('Progress', () => {
  it('rewrites one line on a terminal, and is silent elsewhere', () => {
    const written: string[] = [];
    const output = (isTTY: boolean) => ({
      isTTY,
      columns: 10,
      write: (text: string) => void written.push(text),
    });
    const quiet = new Progress(output(false));
    quiet.show('reading');
    quiet.clear();
    expect(written).toEqual([]);
    const shown = new Progress(output(true));
    shown.clear();
    shown.show('reading 100 files');
    shown.show('reading 100 files');
    shown.clear();
    shown.clear();
    expect(written).toEqual(['\r\u001b[Kreading 1', '\r\u001b[K']);
  });
});
