/** From a value read from outside to a litmus file, or to what is wrong with it, field by field. */

import { isSwitchName, type SwitchName } from '../../../kernel/src/index.js';
import { type FieldProblem, FieldReader, type Fields, isFields } from '../fieldReader.js';
import type { Expectation, Litmus, LitmusFile } from './litmus.js';
import { VERDICTS } from './litmus.js';
import { parseCondition } from './parseCondition.js';
import { parseMemory } from './parseMemory.js';
import { parseTasks } from './parseTasks.js';
import { releasesNamed } from './releases.js';
import { unknownFields } from './unknownFields.js';
import { axesOf, variantsOf } from './variants.js';

export type ParsedLitmus = { readonly file: LitmusFile } | { readonly problems: readonly FieldProblem[] };

const FIELDS = [
  '$schema',
  'name',
  'about',
  'discussion',
  'memory',
  'tasks',
  'question',
  'variants',
  'expect',
];

/** The litmus file in `value`; fields it does not know are problems. Never throws. */
export function parseLitmus(value: unknown): ParsedLitmus {
  if (!isFields(value)) return { problems: [{ field: '', message: 'a litmus test is a JSON object' }] };
  const problems: FieldProblem[] = [];
  const read = new FieldReader(value, '', problems);
  unknownFields(read, FIELDS);
  const name = read.text('name', null, 'gup-fast-fork');
  if (name !== '' && !/^[a-z0-9][a-z0-9-]*$/.test(name))
    read.problem(
      'name',
      `${JSON.stringify(name)}: small letters, digits and hyphens are needed, as of the file`,
    );
  const about = read.text('about', null, 'What is asked, in a sentence.');
  const discussion =
    value.discussion === undefined ? null : read.text('discussion', null, 'unshare-gup-fast');
  const variants = variantsOf(value, problems).map(variant => {
    const litmus = {
      name,
      about,
      discussion,
      variant: variant.choice,
      ...parseBody(variant.value, problems),
    };
    return litmus satisfies Litmus;
  });
  const expect = parseExpectations(value, problems);
  return problems.length > 0
    ? { problems: distinct(problems) }
    : { file: { name, about, discussion, variants, expect } };
}

function parseBody(value: Fields, problems: FieldProblem[]): Pick<Litmus, 'memory' | 'tasks' | 'question'> {
  const memory = parseMemory(value.memory, problems);
  const { tasks, names } = parseTasks(value.tasks, problems);
  const question = parseCondition(value.question, 'question', names, problems);
  return { memory, tasks, question };
}

function parseExpectations(file: Fields, problems: FieldProblem[]): readonly Expectation[] {
  const { expect } = file;
  if (!Array.isArray(expect) || expect.length === 0) {
    const message = 'a list is needed, e.g. [{"releases":"5.11..","verdict":"forbidden"}]';
    problems.push({ field: 'expect', message });
    return [];
  }
  const axes = axesOf(file.variants, []);
  return expect.map((item: unknown, index) => {
    const where = `expect[${index}]`;
    if (!isFields(item)) {
      problems.push({ field: where, message: 'an object with releases and verdict is needed' });
      return { releases: '', of: [], with: [], without: [], for: {}, verdict: 'unknown' };
    }
    const read = new FieldReader(item, `${where}.`, problems);
    unknownFields(read, ['releases', 'with', 'without', 'for', 'verdict', 'why']);
    const releases = read.text('releases', null, '5.11..');
    const named = releases === '' ? { releases: [] } : releasesNamed(releases);
    if ('error' in named) read.problem('releases', named.error);
    if (item.verdict === undefined) read.problem('verdict', `one of ${VERDICTS.join(', ')} is needed`);
    if (item.why !== undefined) read.text('why', null, 'What makes the difference.');
    return {
      releases,
      of: 'error' in named ? [] : named.releases,
      with: switchesOf(read, 'with'),
      without: switchesOf(read, 'without'),
      for: choicesOf(read, axes),
      verdict: read.oneOf('verdict', VERDICTS, 'unknown'),
    };
  });
}

function switchesOf(read: FieldReader, field: 'with' | 'without'): readonly SwitchName[] {
  return read.texts(field, 'forkWriteProtectSeq').flatMap(name => {
    if (isSwitchName(name)) return name;
    read.problem(
      field,
      `there is no switch ${JSON.stringify(name)}; docs/litmus.md says where they are listed`,
    );
    return [];
  });
}

function choicesOf(
  read: FieldReader,
  axes: ReadonlyMap<string, ReadonlyMap<string, Fields>>,
): Readonly<Record<string, readonly string[]>> {
  const { for: given } = read.fields;
  if (given === undefined) return {};
  if (!isFields(given)) {
    read.problem('for', 'an object is needed, e.g. {"memory.page_state":["swapped_out"]}');
    return {};
  }
  const inner = new FieldReader(given, `${read.prefix}for.`, read.problems);
  const found: Record<string, readonly string[]> = {};
  for (const axis of Object.keys(given)) {
    const choices = axes.get(axis);
    const names = typeof given[axis] === 'string' ? [given[axis]] : inner.texts(axis, 'swapped_out');
    if (choices === undefined) {
      inner.problem(
        axis,
        `no axis of variants; there ${axes.size === 0 ? 'is none' : `are ${[...axes.keys()].join(', ')}`}`,
      );
      continue;
    }
    for (const name of names)
      if (!choices.has(name))
        inner.problem(axis, `${JSON.stringify(name)} is not one of ${[...choices.keys()].join(', ')}`);
    found[axis] = names;
  }
  return found;
}

/** What is wrong with every variant is told once. */
function distinct(problems: readonly FieldProblem[]): FieldProblem[] {
  const texts = new Set<string>();
  return problems.filter(({ field, message }) => {
    const text = `${field}: ${message}`;
    if (texts.has(text)) return false;
    texts.add(text);
    return true;
  });
}
