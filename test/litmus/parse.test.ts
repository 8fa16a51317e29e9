/** What a litmus file may say, and how it is told what is wrong with it. */

import { describe, expect, it } from 'vitest';
import { parseLitmus } from '../../simulator/src/litmus/parse.js';
import { releasesNamed } from '../../simulator/src/litmus/releases.js';
import { PLAIN, parsed } from './files.js';

const TASKS = { writer: { does: [{ do: 'write', as: 'w' }] } };
const QUESTION = { value: 'w.signal', is: 0 };

function problems(fields: object): string[] {
  const result = parseLitmus({ ...PLAIN, tasks: TASKS, question: QUESTION, ...fields });
  return 'problems' in result ? result.problems.map(({ field, message }) => `${field}: ${message}`) : [];
}

describe('a litmus file', () => {
  it('gets defaults for what it does not say', () => {
    const { variants } = parsed({ ...PLAIN, tasks: TASKS, question: QUESTION });
    expect(variants).toHaveLength(1);
    expect(variants[0]?.memory).toMatchObject({ pages: 1, value: 'old', vma: { share: 'private' } });
    expect(variants[0]?.tasks[0]).toMatchObject({ name: 'writer', mm: 'parent', after: [] });
  });

  it.each([
    [{ name: undefined }, 'name: a text is needed, e.g. "gup-fast-fork"'],
    [{ colour: 1 }, 'colour: no such field; it may have $schema, name,'],
    [{ memory: { vma: { prot: 'wr-' } } }, 'memory.vma.prot: "wr-" is no protection'],
    [{ memory: { vma: {}, pags: 1 } }, 'memory.pags: no such field'],
    [{ tasks: {} }, 'tasks: an object of 1 to 26 tasks'],
    [{ tasks: { a: { does: [] } } }, 'tasks.a.does: a list of actions'],
    [{ tasks: { a: { does: [{ do: 'wirte' }] } } }, 'tasks.a.does[0].do: "wirte" is no action; there are'],
    [{ tasks: { a: { does: [{ do: 'write', flags: [] }] } } }, 'tasks.a.does[0].flags: no such field'],
    [{ tasks: { a: { does: [{ do: 'unpin' }] } } }, 'tasks.a.does[0].of: unpin needs it'],
    [
      { tasks: { a: { does: [{ do: 'get_user_pages', flags: ['FOLL_WRIT'] }] } } },
      'tasks.a.does[0].flags: there is no flag "FOLL_WRIT"',
    ],
    [{ tasks: { a: { mm: 'child', does: [{ do: 'read' }] } } }, 'tasks.a.mm: child is not parent'],
    [{ tasks: { a: { after: ['b'], does: [{ do: 'read' }] } } }, 'tasks.a.after: there is no task b'],
    [{ tasks: { a: { after: ['a'], does: [{ do: 'read' }] } } }, 'tasks.a.after: the task waits for itself'],
    [
      {
        tasks: {
          a: { after: ['b'], does: [{ do: 'read' }] },
          b: { mm: 'child', does: [{ do: 'read' }] },
          c: { after: ['a'], does: [{ do: 'fork', as: 'child' }] },
        },
      },
      'tasks.a.after: the task waits for itself',
    ],
    [
      {
        tasks: {
          a: { does: [{ do: 'get_user_pages_fast', as: 'p' }] },
          b: { does: [{ do: 'put', of: 'p' }] },
        },
      },
      'tasks.b.does[0].of: p may not be there yet: put a into "after" of b',
    ],
    [{ tasks: { a: { does: [{ do: 'kill', task: 'z' }] } } }, 'tasks.a.does[0].task: there is no task z'],
    [
      {
        tasks: {
          a: {
            does: [
              { do: 'read', as: 'r' },
              { do: 'read', as: 'r' },
            ],
          },
        },
      },
      'tasks.a.does[1].as: the name r is given twice',
    ],
    [{ question: { property: 'x' } }, 'question: "x" is no property; there are pinned-page-not-replaced'],
    [
      { question: { any: [{ value: 'q', is: 1 }] } },
      'question.any[0]: "q" is the "as" of no action; there are w',
    ],
    [{ question: { is: 1 } }, 'question: no condition has the fields is'],
    [{ expect: [] }, 'expect: a list is needed'],
    [{ expect: [{ releases: '9.99', verdict: 'allowed' }] }, 'expect[0].releases: '],
    [{ expect: [{ releases: '6.1..5.4', verdict: 'allowed' }] }, 'expect[0].releases: 6.1 is newer than 5.4'],
    [{ expect: [{ releases: '6.1' }] }, 'expect[0].verdict: one of forbidden, allowed, required, unknown'],
    [
      { expect: [{ releases: '6.1', verdict: 'allowed', with: ['noSwitch'] }] },
      'expect[0].with: there is no switch "noSwitch"',
    ],
    [
      { expect: [{ releases: '6.1', verdict: 'allowed', for: { kind: ['thp'] } }] },
      'expect[0].for.kind: no axis of variants; there is none',
    ],
    [{ variants: { 'memory.nothing.x': [1] } }, 'variants.memory.nothing.x.1: there is no memory.nothing.x'],
    [{ variants: { 'memory.page_state': [] } }, 'variants.memory.page_state: a list of values'],
  ])('is told what is wrong: %j', (fields, message) => {
    const found = problems(fields);
    expect(found.join('\n')).toContain(message);
  });

  it('tells what every variant has wrong once', () => {
    const found = problems({ question: { property: 'x' }, variants: { 'memory.pages': [1, 2, 3] } });
    expect(found).toHaveLength(1);
  });

  it('is run in each combination of its variants', () => {
    const { variants } = parsed({
      ...PLAIN,
      tasks: TASKS,
      question: QUESTION,
      variants: {
        'memory.page_state': ['write_populated', 'swapped_out'],
        kind: { small: {}, two: { 'memory.pages': 2, 'tasks.writer.does.0.page': 1 } },
      },
    });
    expect(variants.map(({ variant }) => Object.values(variant).join(' '))).toEqual([
      'write_populated small',
      'write_populated two',
      'swapped_out small',
      'swapped_out two',
    ]);
    expect(variants[3]?.memory).toMatchObject({ page_state: 'swapped_out', pages: 2 });
    expect(variants[3]?.tasks[0]?.does[0]?.page).toBe(1);
    expect(variants[0]?.tasks[0]?.does[0]?.page).toBe(0);
  });
});

describe('releases of a litmus file', () => {
  it.each([
    ['6.1', ['6.1']],
    ['6.10..6.12', ['6.10', '6.11', '6.12']],
    ['..4.9', ['4.8', '4.9']],
    ['7.2.., 4.8', ['4.8', '7.2', '7.3']],
  ])('%s', (text, releases) => {
    expect(releasesNamed(text)).toEqual({ releases });
  });
});
