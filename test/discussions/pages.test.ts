/** The pages of the discussions, and what commands say in short. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isSwitchName, PROPOSALS } from '../../kernel/src/index.js';
import { DISCUSSIONS } from '../../server/src/ide/index.js';
import { parseScenario } from '../../simulator/src/index.js';
import { LITMUS_PATHS, litmusFile } from '../litmus/files.js';

const FOLDER = 'docs/discussions';
const page = (name: string): string => readFileSync(join(FOLDER, `${name}.md`), 'utf8');

describe.each(DISCUSSIONS.map(each => [each.name, each] as const))('%s', (name, discussion) => {
  it('has a page, which the list links to', () => {
    expect(page('README')).toContain(`[${name}](${name}.md)`);
    expect(page(name)).toMatch(/^# .+\n\n## The question\n/);
    for (const heading of ['## What the model says', '## What upstream did'])
      expect(page(name)).toContain(heading);
  });

  it('names its proposals there', () => {
    for (const proposal of discussion.proposals) {
      expect(PROPOSALS).toContain(proposal);
      expect(page(name)).toContain(proposal);
    }
  });

  it('has litmus tests', () => {
    const tests = LITMUS_PATHS.map(litmusFile).filter(file => file.discussion === name);
    expect(tests.length).toBeGreaterThan(0);
    for (const path of LITMUS_PATHS.filter(each => each.includes(`/${name}/`)))
      expect(tests.map(file => file.name)).toContain(litmusFile(path).name);
  });

  it('names files, switches and rules that exist', () => {
    const text = page(name);
    for (const [path] of text.matchAll(/\b(?:examples|test\/litmus)\/[\w./-]+\.json/g))
      expect([path, existsSync(path)]).toEqual([path, true]);
    for (const [, link] of text.matchAll(/\]\(((?!http)[^)#]+)\)/g))
      expect([link, existsSync(join(FOLDER, link ?? ''))]).toEqual([link, true]);
    for (const [, option, value] of text.matchAll(/--(with|without) (\w+)/g))
      expect([option, value, isSwitchName(value ?? '')]).toEqual([option, value, true]);
  });
});

describe('the folder', () => {
  it('has no page that nobody can name', () => {
    const names = DISCUSSIONS.map(each => `${each.name}.md`);
    expect(readdirSync(FOLDER).sort()).toEqual([...names, 'README.md'].sort());
  });

  it('has every proposal of the tables in a discussion', () => {
    const told = DISCUSSIONS.flatMap(each => each.proposals);
    expect([...told].sort()).toEqual([...PROPOSALS].sort());
  });

  it('shows scenarios that can be read', () => {
    const parsed = parseScenario(JSON.parse(readFileSync('examples/nowait.json', 'utf8')));
    expect(parsed).toHaveProperty('scenario');
  });
});
