/** The `memory` of a litmus file: fields of a scenario that tell of memory. */

import { NEWEST_RELEASE } from '../../../kernel/src/index.js';
import { type FieldProblem, FieldReader, isFields } from '../fieldReader.js';
import { parseScenario } from '../parse.js';
import { MAX_PAGES } from '../scenarioSchema.js';
import type { LitmusMemory } from './litmus.js';
import { unknownFields } from './unknownFields.js';

export const MEMORY_FIELDS = ['variant', 'vma', 'page_state', 'pte_before', 'pages', 'value'] as const;

const NOTHING: LitmusMemory = {
  vma: { kind: 'anon', share: 'private', prot: 'rw-', len: 16384 },
  page_state: 'unpopulated',
  pages: 1,
  value: 'old',
};

/** The memory; problems are added to `problems`. */
export function parseMemory(value: unknown, problems: FieldProblem[]): LitmusMemory {
  if (!isFields(value)) {
    const message =
      'an object is needed, e.g. {"vma":{"kind":"anon","prot":"rw-"},"page_state":"write_populated"}';
    problems.push({ field: 'memory', message });
    return NOTHING;
  }
  const read = new FieldReader(value, 'memory.', problems);
  unknownFields(read, MEMORY_FIELDS);
  const { pages: _, value: __, ...rest } = value;
  const pages = read.integer('pages', 1, MAX_PAGES);
  const contents = read.text('value', 'old');
  const parsed = parseScenario({ ...rest, kernel: NEWEST_RELEASE, fn: 'user_read', nr: pages });
  if ('problems' in parsed) {
    for (const { field, message } of parsed.problems) problems.push({ field: `memory.${field}`, message });
    return NOTHING;
  }
  const { variant, vma, page_state, pte_before } = parsed.scenario;
  return {
    ...(variant !== undefined && { variant }),
    vma,
    page_state,
    ...(pte_before !== undefined && { pte_before }),
    pages,
    value: contents,
  };
}
