import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** A variable of a module that can change: a `let`, or something that begins empty and so is there to be filled. */
const MUTABLE =
  /^(?:export )?(?:let|var) \w+|^(?:export )?const (\w+)[^=\n]*= (?:new (?:Weak)?(?:Map|Set)(?:<.*>)?\(\)|\[\]|\{\});/gm;

function mutablesOf(text: string): string[] {
  return [...text.matchAll(MUTABLE)].map(([found]) => found);
}

it('no module of the simulator keeps anything of a run', () => {
  const files = readdirSync('simulator/src', { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.ts'),
  );
  expect(files.length).toBeGreaterThan(100);
  const found = files.flatMap(name =>
    mutablesOf(readFileSync(join('simulator/src', name), 'utf8')).map(text => `${name}: ${text}`),
  );
  // One entry a profile, which goes with the profile.
  expect(found).toEqual(['behaviour.ts: const cache = new WeakMap<Profile, Behaviour>();']);
});

it('notices what would grow', () => {
  const text =
    'let runs = 0;\nconst seen: Map<string, number> = new Map();\nexport const log: string[] = [];\n';
  expect(mutablesOf(text)).toHaveLength(3);
  expect(mutablesOf('const names = new Map([[1, 2]]);\nfunction f() {\n  let x = 1;\n}\n')).toEqual([]);
});
