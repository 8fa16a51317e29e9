/** The worked example of ARCHITECTURE.md is what the engine says. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { analyse, siteOf } from './snippet.js';

const page = readFileSync('ARCHITECTURE.md', 'utf8');
const code = /```c\n(static int take[\s\S]*?)```/.exec(page)?.[1] ?? '';
const lineOf = (offset: number): number => code.slice(0, offset).split('\n').length;

it('the worked example of ARCHITECTURE.md comes out as it is told there', () => {
  const site = siteOf(code, 'pin_user_pages_remote');
  expect(site.lock).toMatchObject({ before: 'held-read', after: 'depends-on-locked', evidence: 'local' });
  expect(site.release.kind).toBe('out-param');
  expect(site.flags?.possible).toEqual([['FOLL_FORCE'], ['FOLL_WRITE', 'FOLL_FORCE']]);
  const lines = (flag: string): number[] =>
    (site.flags?.origins.get(flag) ?? []).map(span => lineOf(span.start));
  expect(page).toContain(`by what line ${lineOf(site.lock.origins[0]?.start ?? 0)} does`);
  expect(page).toContain(`with line ${lines('FOLL_FORCE').join()} for the one flag`);
  expect(page).toContain(`line ${lines('FOLL_WRITE').join()} for the other`);
  const peek = analyse(code).functionNamed('peek');
  expect(peek?.lockAtExit('mm').map(path => path.mode)).toEqual(['none']);
  const take = analyse(code).functionNamed('take');
  expect(take?.lockAtExit('mm').map(path => path.mode)).toEqual(['none', 'read']);
});
