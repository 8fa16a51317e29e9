import { describe, expect, it } from 'vitest';
import { groupsOf, isGrouping, type Row, subsystemOf } from '../../client/src/callSites/groups.js';
import {
  AUDITS,
  filtered,
  filterText,
  isSiteFilter,
  NO_FILTER,
} from '../../client/src/callSites/siteFilter.js';
import { countText, rowText, rowTooltip } from '../../client/src/callSites/siteText.js';
import { kernelMarkdown, kernelText } from '../../client/src/kernelText.js';
import type { Site } from '../../server/protocol/index.js';
import { file, finding, rangeAt, site } from './sites.js';

const FAULT: Partial<Site> = { kind: 'fault-entry', callee: 'handle_mm_fault' };
const HANDLER: Partial<Site> = {
  kind: 'handler',
  callee: 'demo_fault',
  handler: { role: 'install', op: 'fault' },
  flags: null,
  implied: [],
};

const FILES = [
  file('mm/gup.c', { sites: [site(4, FAULT)] }),
  file('drivers/gpu/a.c', {
    sites: [site(3, { may: ['FOLL_WRITE', 'FOLL_FORCE'] }), site(9, { may: ['FOLL_LONGTERM'] })],
    findings: [
      finding(20, { related: [{ range: rangeAt(9), message: 'pinned here' }] }),
      finding(30, { rule: 'gup-zero-pages', severity: 'info' }),
    ],
  }),
  file('drivers/gpu/b.c', { sites: [site(1, HANDLER)] }),
];

const place = (row: Row): string => {
  const at = row.type === 'site' ? row.site.range : row.type === 'finding' ? row.finding.range : row.at.range;
  return `${row.file.path}:${at?.start.line ?? ''}`;
};
const inShort = (...given: Parameters<typeof groupsOf>): unknown[] =>
  groupsOf(...given).map(({ label, rows }) => [label, rows.map(place)]);

describe('call sites in groups', () => {
  it('by subsystem are those of its directory, in order of path', () => {
    expect(inShort(FILES, 'subsystem')).toEqual([
      ['drivers/gpu', ['drivers/gpu/a.c:3', 'drivers/gpu/a.c:9', 'drivers/gpu/b.c:1']],
      ['mm', ['mm/gup.c:4']],
    ]);
  });

  it.each([
    ['mm/gup.c', 'mm'],
    ['drivers/infiniband/hw/mlx5/mem.c', 'drivers/infiniband'],
    ['arch/x86/mm/fault.c', 'arch/x86'],
    ['drivers/a.c', 'drivers'],
    ['virt/kvm/kvm_main.c', 'virt'],
    ['a.c', '.'],
  ])('of %s the subsystem is %s', (path, expected) => {
    expect(subsystemOf(path)).toBe(expected);
  });

  it('by callee have handlers together, whatever their names', () => {
    expect(inShort(FILES, 'callee')).toEqual([
      ['.fault handlers', ['drivers/gpu/b.c:1']],
      ['handle_mm_fault', ['mm/gup.c:4']],
      ['pin_user_pages_fast', ['drivers/gpu/a.c:3', 'drivers/gpu/a.c:9']],
    ]);
  });

  it('by flag are in the group of each flag, and what has no name comes last', () => {
    const odd = file('a.c', {
      sites: [
        site(1, { may: ['FOLL_WRITE', 'param:flags', 'field:x->flags'] }),
        site(2),
        site(3, {
          flags: { text: 'f()', namespace: 'FOLL', possible: null, must: [], may: [], from: 'unknown' },
        }),
        site(4, HANDLER),
        site(5, { may: ['FAULT_FLAG_WRITE'] }),
      ],
    });
    expect(inShort([odd], 'flag')).toEqual([
      ['FOLL_WRITE', ['a.c:1']],
      ['FAULT_FLAG_WRITE', ['a.c:5']],
      ['what callers pass', ['a.c:1']],
      ['not known', ['a.c:3']],
      ['no flags', ['a.c:2']],
      ['takes no flags', ['a.c:4']],
    ]);
  });

  it('by finding are the findings, the gravest rule first', () => {
    expect(inShort(FILES, 'finding')).toEqual([
      ['gup-pin-put-mismatch', ['drivers/gpu/a.c:20']],
      ['gup-zero-pages', ['drivers/gpu/a.c:30']],
    ]);
  });

  it('have the findings that speak of them', () => {
    const [group] = groupsOf(FILES, 'subsystem');
    const found = group?.rows.map(row => (row.type === 'site' ? row.findings.map(({ rule }) => rule) : null));
    expect(found).toEqual([[], ['gup-pin-put-mismatch'], []]);
  });

  it('name what was left out, whatever they are grouped by', () => {
    const left = file('x.c', { notAnalysed: [{ range: null, function: null, reason: 'larger than 4 MB' }] });
    for (const grouping of ['subsystem', 'callee', 'flag', 'finding'] as const) {
      expect(groupsOf([left], grouping).map(({ label }) => label)).toEqual(['left out']);
    }
  });

  it('take a grouping that an earlier window kept only if there is one of that name', () => {
    expect(['flag', 'toString', 3, null].map(isGrouping)).toEqual([true, false, false, false]);
  });
});

describe('the filter', () => {
  const shown = (filter: Parameters<typeof filtered>[0]): string[] =>
    FILES.flatMap(each =>
      filtered(filter, each).sites.map(({ range }) => `${each.path}:${range.start.line}`),
    );

  it('leaves nothing out that was not asked for', () => {
    expect(shown(NO_FILTER)).toHaveLength(4);
    expect(filterText(NO_FILTER)).toBe('');
  });

  it('takes any of the kinds, and any of the flags that may be passed or are added', () => {
    expect(shown({ kinds: ['fault-entry', 'handler'], flags: [] })).toEqual([
      'mm/gup.c:4',
      'drivers/gpu/b.c:1',
    ]);
    expect(shown({ kinds: [], flags: ['FOLL_FORCE'] })).toEqual(['drivers/gpu/a.c:3']);
    expect(shown({ kinds: ['gup'], flags: ['FOLL_PIN'] })).toEqual([
      'drivers/gpu/a.c:3',
      'drivers/gpu/a.c:9',
    ]);
    expect(filterText({ kinds: ['gup'], flags: ['FOLL_PIN'] })).toBe('get and pin pages, FOLL_PIN');
  });

  it('has audits with a name', () => {
    expect(shown(AUDITS.force.filter)).toEqual(['drivers/gpu/a.c:3']);
    expect(shown(AUDITS.longterm.filter)).toEqual(['drivers/gpu/a.c:9']);
    expect(filterText(AUDITS.force.filter)).toBe('FOLL_FORCE audit');
  });

  it('keeps the findings that speak of a site that is shown', () => {
    const findings = FILES.flatMap(each => filtered(AUDITS.longterm.filter, each).findings);
    expect(findings.map(({ rule }) => rule)).toEqual(['gup-pin-put-mismatch']);
  });

  it('of an earlier window is taken only if it can be understood', () => {
    expect(isSiteFilter(AUDITS.force.filter)).toBe(true);
    for (const odd of [null, {}, { kinds: ['x'], flags: [] }, { kinds: [], flags: [3] }, { kinds: [] }]) {
      expect(isSiteFilter(odd)).toBe(false);
    }
  });
});

describe('the words of a row', () => {
  const [first] = groupsOf(FILES, 'subsystem');
  const rows = first?.rows ?? [];

  it('are its place below the group, then the call', () => {
    expect(rows.slice(0, 1).map(row => rowText(row, { below: 'drivers/gpu' }))).toEqual([
      { label: 'a.c:4', description: 'pin_user_pages_fast · in demo · FOLL_WRITE FOLL_FORCE +PIN' },
    ]);
    expect(rows.slice(0, 1).map(row => rowText(row, { below: '' }))).toEqual([
      {
        label: 'a.c:4',
        description: 'drivers/gpu · pin_user_pages_fast · in demo · FOLL_WRITE FOLL_FORCE +PIN',
      },
    ]);
  });

  it('say which release a row is for if it is another, and what FOLL_FORCE overrides', () => {
    const odd = file('a.c', { sites: [site(1, { otherRelease: '5.5', overrides: ['writes'] })] });
    const [group] = groupsOf([odd], 'callee');
    const [row] = group?.rows ?? [];
    expect(row === undefined ? '' : rowText(row, { below: '' }).description).toMatch(
      / · Linux 5\.5 · overrides: writes$/,
    );
  });

  it('tell all in the tooltip, with nothing of the source taken for Markdown', () => {
    const odd = file('a.c', {
      sites: [
        site(1, {
          flags: { text: 'a`b`\n c', namespace: 'FOLL', possible: null, must: [], may: [], from: 'unknown' },
        }),
      ],
      findings: [finding(1, { message: 'see <b>*x*</b>' })],
    });
    const [group] = groupsOf([odd], 'callee');
    const [row] = group?.rows ?? [];
    const tooltip = row === undefined ? '' : rowTooltip(row);
    expect(tooltip).toContain("- passes: `a'b' c`");
    expect(tooltip).toContain('- mmap_lock: not held → not held');
    expect(tooltip).toContain('**error** `gup-pin-put-mismatch`: see \\<b\\>\\*x\\*');
    expect(tooltip).toContain('- read for: Linux 6.12');
  });

  it('count sites and the files that hold some', () => {
    expect(countText(FILES)).toBe('4 sites in 3 files');
    expect(countText([file('a.c', { sites: [site(1)] })])).toBe('1 site in 1 file');
  });
});

describe('the release', () => {
  const info = { uri: '', release: '6.12', text: '6.12.3', source: 'makefile', note: null } as const;

  it('comes with its source', () => {
    expect(kernelText(info)).toBe('Linux 6.12 (Makefile)');
    expect(kernelText({ ...info, source: 'setting' })).toBe('Linux 6.12 (setting)');
  });

  it('comes with where its flags are known from, and with a note if there is one', () => {
    expect(kernelMarkdown({ ...info, headers: ['include/linux/mm_types.h'] })).toMatch(
      /of this tree: `include\/linux\/mm_types\.h`/,
    );
    const noted = kernelMarkdown({ ...info, note: 'a note', headers: [] });
    expect(noted).toMatch(/from the tables of the release\.\n\na note\n\n/);
  });
});
