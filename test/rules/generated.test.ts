/** What is generated is what is in the repository. */

import { describe, expect, it } from 'vitest';
import { outputs, stale, withRulesTable, withSettings } from '../../scripts/generate/outputs.js';
import { rulePage } from '../../scripts/generate/rulePages.js';
import { prose } from '../../server/src/ide/pages/prose.js';
import { RULES, releasesText } from '../../server/src/rules/index.js';

describe('generated texts', () => {
  it('are up to date (if not: npm run gen)', () => {
    expect(stale(outputs(process.cwd())).map(output => output.path)).toEqual([]);
  });

  it('a README without a place for the table is named, with the remedy', () => {
    expect(() => withRulesTable('# Title\n')).toThrow(/README\.md: no place.*<!-- rules:begin -->/);
  });

  it('the table replaces only what is between the markers', () => {
    const before = 'a\n<!-- rules:begin -->\nold\n<!-- rules:end -->\nb\n';
    const after = withRulesTable(before);
    expect(after).toMatch(/^a\n<!-- rules:begin -->\n\| Rule /);
    expect(after).toMatch(/\n<!-- rules:end -->\nb\n$/);
    expect(after).not.toContain('old');
    expect(withRulesTable(after)).toBe(after);
  });

  it('the settings leave the rest of the manifest alone', () => {
    const text = withSettings('{"name":"x","contributes":{"commands":[1]}}');
    const manifest = JSON.parse(text) as {
      name: string;
      contributes: { commands: unknown; configuration: object };
    };
    expect(manifest.name).toBe('x');
    expect(manifest.contributes.commands).toEqual([1]);
    expect(manifest.contributes.configuration).toHaveProperty('properties');
  });

  it('names of the kernel are code in prose', () => {
    expect(prose('call pin_user_pages*() or *_fast() with FOLL_PIN, not `a_b`, in mm/gup.c')).toBe(
      'call `pin_user_pages*()` or `*_fast()` with `FOLL_PIN`, not `a_b`, in mm/gup.c',
    );
    expect(prose('untagged_addr_remote(mm, addr) of vma->vm_mm, FOLL_WRITE | FOLL_FORCE (as there)')).toBe(
      '`untagged_addr_remote(mm, addr)` of `vma->vm_mm`, `FOLL_WRITE | FOLL_FORCE` (as there)',
    );
    expect(prose('->page_mkwrite() of find_vma (see above)')).toBe(
      '`->page_mkwrite()` of `find_vma` (see above)',
    );
  });

  it('ranges read as a person says them', () => {
    expect(releasesText([{ since: '5.6' }])).toBe('5.6 and later');
    expect(releasesText([{ since: '4.9', until: '5.7' }, { since: '6.1' }])).toBe(
      '4.9 to 5.7, 6.1 and later',
    );
  });

  it.each(RULES.map(rule => [rule.id, rule] as const))(
    'the page of %s shows both sides of each example',
    (_, rule) => {
      const page = rulePage(rule);
      for (const { bad, good } of rule.examples) {
        expect(page).toContain(bad.trimEnd());
        expect(page).toContain(good.trimEnd());
      }
    },
  );
});
