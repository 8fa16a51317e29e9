/** Litmus files and tests of any kind: nothing throws, and what the model does not have it says. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RELEASES } from '../../kernel/src/index.js';
import type { ActionField } from '../../simulator/src/litmus/actions/action.js';
import { ACTIONS } from '../../simulator/src/litmus/actions/index.js';
import { inapplicable } from '../../simulator/src/litmus/applicable.js';
import { behaviourOfKernel } from '../../simulator/src/litmus/expectations.js';
import { parseLitmus } from '../../simulator/src/litmus/parse.js';
import { NotModelled } from '../../simulator/src/notModelled.js';
import { made, programOf, UNWATCHED } from './files.js';

const VALID = JSON.parse(
  readFileSync('test/litmus/unshare-gup-fast/gup-fast-fork.litmus.json', 'utf8'),
) as Record<string, unknown>;

/** Every path to a value in it. */
function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

/** The value with another one at a path. */
function replaced(value: unknown, [first, ...rest]: readonly string[], by: unknown): unknown {
  if (first === undefined) return by;
  if (Array.isArray(value)) return value.with(Number(first), replaced(value[Number(first)], rest, by));
  const fields = value as Record<string, unknown>;
  return { ...fields, [first]: replaced(fields[first], rest, by) };
}

describe('reading a litmus file', () => {
  it('answers with the file or with problems, whatever it is given', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect('problems' in parseLitmus(value)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('answers so wherever a file is damaged', () => {
    fc.assert(
      fc.property(fc.constantFrom(...pathsOf(VALID)), fc.jsonValue(), (path, value) => {
        const result = parseLitmus(replaced(VALID, path, value));
        for (const { message } of 'problems' in result ? result.problems : []) expect(message).not.toBe('');
      }),
      { numRuns: 600 },
    );
  });
});

const KINDS = [
  { kind: 'anon' },
  { kind: 'anon', uffd: { mode: 'missing' } },
  { kind: 'anon_thp', len: 2 ** 21 },
  { kind: 'tmpfs_memfd', share: 'shared' },
  { kind: 'ext4' },
  { kind: 'hugetlb' },
  { kind: 'driver', driver: 'fault', share: 'shared' },
];

const FIELDS: Partial<Record<ActionField, fc.Arbitrary<unknown>>> = {
  page: fc.constantFrom(0, 0, 0, 1, 3, 600),
  nr: fc.constantFrom(1, 1, 2),
  flags: fc.subarray(['FOLL_WRITE', 'FOLL_FORCE', 'FOLL_LONGTERM', 'FOLL_NOWAIT'], { maxLength: 2 }),
  prot: fc.constantFrom('rw-', 'r--', '---'),
  value: fc.constantFrom('x', 'old'),
  to: fc.constantFrom(1024, 2048, 0),
  task: fc.constantFrom('a', 'b'),
  dirty: fc.boolean(),
};

/**
 * Any action that needs nothing taken before, with fields that it may have. get_dump_page() is left out, which up to v5.9 looked
 * at vmas without mmap_lock, and exit, which is for the last task of an mm.
 */
const LEFT_OUT = ['get_dump_page', 'exit'];

const anyAction = fc
  .constantFrom(
    ...[...ACTIONS].filter(([name, { takes }]) => !takes.includes('of') && !LEFT_OUT.includes(name)),
  )
  .chain(([name, { takes, needs = [] }]) => {
    const fields = takes.filter(field => name !== 'fixup_user_fault' || field !== 'flags');
    const known = Object.fromEntries(
      fields.flatMap(field => (FIELDS[field] === undefined ? [] : [[field, FIELDS[field]]])),
    );
    const requiredKeys = needs.filter(field => field in known);
    return fc.record(known, { requiredKeys }).map(record => ({ do: name, ...record }));
  });

describe('a litmus test', () => {
  it('of any actions, in any order of its steps, does what the model has and says what it has not', () => {
    const taskOf = (name: string) =>
      fc.array(anyAction, { minLength: 1, maxLength: 3 }).map(does => ({
        does: does.map((action, index) =>
          action.do === 'fork' ? { ...action, as: `${name}${index}` } : action,
        ),
      }));
    const anyTest = fc.record({ a: taskOf('a'), b: taskOf('b') });
    const states = fc.constantFrom('unpopulated', 'write_populated', 'read_populated', 'swapped_out');
    let ended = 0;
    fc.assert(
      fc.property(
        anyTest,
        fc.constantFrom(...KINDS),
        states,
        fc.constantFrom(...RELEASES),
        fc.array(fc.nat(1), { minLength: 1, maxLength: 40 }),
        (tasks, vma, page_state, release, order) => {
          const question = {
            any: ['locks-balance', 'vma-under-lock', 'lock-as-promised'].map(property => ({ property })),
          };
          const litmus = made(tasks, question, { memory: { vma, page_state, pages: 2 } });
          fc.pre(inapplicable(litmus, behaviourOfKernel({ release, with: [], without: [] })) === null);
          try {
            const program = programOf(litmus, release);
            const run = program.begin(UNWATCHED);
            for (let step = 0; step < 5000; step++) {
              const ready = [0, 1].filter(task => run.status(task) === 'ready');
              if (ready.length === 0) break;
              run.step(ready[(order[step % order.length] ?? 0) % ready.length] ?? 0);
            }
            ended += 1;
            for (const property of program.properties.keys()) expect(run.check(property)).toBeNull();
          } catch (error) {
            if (!(error instanceof NotModelled)) throw error;
          }
        },
      ),
      { numRuns: 400 },
    );
    // Most are within the model: else this would show nothing.
    expect(ended).toBeGreaterThan(100);
  });
});
