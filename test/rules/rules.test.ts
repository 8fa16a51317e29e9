/** What every rule promises: its texts, its examples, and that one rule's failure is only its own. */

import { describe, expect, it } from 'vitest';
import { profileFor, RELEASES } from '../../kernel/src/index.js';
import { appliesTo, defineRule, RULES, runRules } from '../../server/src/rules/index.js';
import { analyse, applyFix, lint, releasesOfExample } from './harness.js';

describe('rules', () => {
  it('are in order of id, and each id is there once', () => {
    const ids = RULES.map(rule => rule.id);
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  describe.each(RULES.map(rule => [rule.id, rule] as const))('%s', (id, rule) => {
    it('has texts, each of them sentences', () => {
      expect(id).toMatch(/^(gup|mmap-lock|vma|fault|fixup)-[a-z-]+$/);
      for (const text of [rule.summary, rule.why, rule.remedy, rule.unreported])
        expect(text).toMatch(/^[A-Z].*\.$/s);
      expect(rule.summary.length).toBeLessThan(110);
      expect(rule.examples.length).toBeGreaterThan(0);
    });

    it('refers to rules that are there', () => {
      const known = new Set(RULES.map(other => other.id));
      const references = (rule.related ?? []).filter(name => !name.includes('/'));
      expect(references.filter(name => !known.has(name))).toEqual([]);
    });

    it.each([...rule.examples.entries()])('example %i: bad is reported, good is not', async (_, example) => {
      for (const release of releasesOfExample(rule, example)) {
        const bad = (await lint(example.bad, release)).filter(found => found.rule === id);
        expect(bad.length, `Linux ${release}`).toBeGreaterThan(0);
        expect(bad.every(found => found.severity === rule.severity)).toBe(true);
        const good = await lint(example.good, release);
        expect(good.filter(found => found.rule === id || found.severity !== 'info')).toEqual([]);
      }
    });
  });
});

describe('findings', () => {
  it('say what is wrong, with the way here', async () => {
    const [found] = await lint(
      RULES.find(rule => rule.id === 'gup-pin-put-mismatch')?.examples[0]?.bad ?? '',
      '6.12',
    );
    expect(found?.message).toBe(
      'page pinned by pin_user_pages_fast() is released with put_page(), so its pin is never dropped',
    );
    expect(found?.finding.related.map(way => way.message)).toEqual([
      'pinned here by pin_user_pages_fast() (FOLL_WRITE)',
    ]);
    expect(found?.finding.fix?.title).toBe('Replace put_page() with unpin_user_page()');
  });

  it('name the refusal of the release', async () => {
    const text =
      'static long f(unsigned long a, struct page **p)\n{\n\treturn get_user_pages_unlocked(a, 1, p, FOLL_PIN);\n}\n';
    const [found] = await lint(text, '6.12');
    expect(found?.message).toMatch(
      /^FOLL_PIN is for mm\/ only: in Linux 6\.12 get_user_pages_unlocked\(\) refuses it/,
    );
  });

  it('a flag is taken out of a chain wherever it stands', async () => {
    const call = (flags: string): string =>
      `static long f(unsigned long a, struct page **p)\n{\n\treturn get_user_pages_unlocked(a, 1, p, ${flags});\n}\n`;
    for (const flags of ['FOLL_WRITE | FOLL_TOUCH', 'FOLL_TOUCH | FOLL_WRITE']) {
      const [found] = await lint(call(flags), '6.12');
      expect(applyFix(call(flags), found?.finding.fix ?? { title: '', edits: [] })).toBe(call('FOLL_WRITE'));
    }
    const [alone] = await lint(call('FOLL_TOUCH'), '6.12');
    expect(applyFix(call('FOLL_TOUCH'), alone?.finding.fix ?? { title: '', edits: [] })).toBe(call('0'));
  });

  it('mm/ itself may pass what others may not', async () => {
    const text =
      'static long f(unsigned long a, struct page **p)\n{\n\treturn get_user_pages_fast(a, 1, FOLL_PIN, p);\n}\n';
    expect(await lint(text, '6.12', { path: 'mm/process_vm_access.c' })).toEqual([]);
    expect((await lint(text, '6.12', { path: 'arch/x86/mm/fault.c' })).map(found => found.rule)).toEqual([
      'gup-internal-flag',
    ]);
  });
});

describe('runRules', () => {
  const rule = (id: string, check: () => never): ReturnType<typeof defineRule> =>
    defineRule({
      id,
      severity: 'error',
      releases: [{ since: '4.8' }],
      summary: 'A rule.',
      why: 'Why.',
      remedy: 'Remedy.',
      unreported: 'Nothing.',
      examples: [],
      check,
    });

  it('a rule that throws loses only its own findings', async () => {
    const broken = rule('gup-broken', () => {
      throw new Error('broken');
    });
    const file = await analyse(
      RULES.find(other => other.id === 'gup-mmap-lock-held')?.examples[0]?.bad ?? '',
      '6.12',
    );
    const failed: string[] = [];
    const findings = runRules({ file, profile: profileFor('6.12') }, [broken, ...RULES], failing => {
      failed.push(failing.id);
    });
    expect(failed).toEqual(['gup-broken']);
    const alone = runRules({ file, profile: profileFor('6.12') }, RULES, failing => failed.push(failing.id));
    expect(findings).toEqual(alone);
    expect(failed).toEqual(['gup-broken']);
    expect(findings.map(found => found.rule.id)).toContain('gup-mmap-lock-held');
  });

  it('a rule is run in its releases only', () => {
    expect(RELEASES.filter(release => appliesTo(release, [{ since: '5.6', until: '5.8' }]))).toEqual([
      '5.6',
      '5.7',
      '5.8',
    ]);
    expect(appliesTo('7.3', [{ since: '6.5' }])).toBe(true);
    expect(appliesTo('6.4', [{ since: '6.5' }])).toBe(false);
  });
});
