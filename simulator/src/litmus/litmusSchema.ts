/** The fields of a litmus file as a JSON schema: what parseLitmus() accepts, for editors and for people. */

import { PROPERTY_IDS } from '../explore/properties/index.js';
import { type JsonSchema, MAX_PAGES, PROT_PATTERN, SCENARIO_SCHEMA } from '../scenarioSchema.js';
import { ACTIONS } from './actions/index.js';
import { FIRST_MM, VERDICTS } from './litmus.js';
import { NAME_PATTERN } from './parseTasks.js';

const NAME: JsonSchema = { type: 'string', pattern: NAME_PATTERN };
const TEXT: JsonSchema = { type: 'string', minLength: 1 };
const NAMES: JsonSchema = { type: 'array', items: TEXT };
const COUNT: JsonSchema = { type: 'integer', minimum: 0, maximum: MAX_PAGES };

const OF_SCENARIO = SCENARIO_SCHEMA.properties as Readonly<Record<string, JsonSchema>>;

const MEMORY: JsonSchema = {
  description: 'The memory before the tasks begin: fields of a scenario, and what the pages hold.',
  type: 'object',
  required: ['vma'],
  additionalProperties: false,
  properties: {
    vma: { ...OF_SCENARIO.vma, description: 'The mapping, as of a scenario ([scenarios.md](scenarios.md)).' },
    page_state: OF_SCENARIO.page_state,
    pages: { ...COUNT, description: 'Pages that were prepared, from page 0 on.', default: 1 },
    value: { ...TEXT, description: 'What each page holds that is there.', default: 'old' },
    variant: OF_SCENARIO.variant,
    pte_before: { ...OF_SCENARIO.pte_before, description: 'The page table, as of a scenario.' },
  },
};

const ACTION: JsonSchema = {
  type: 'object',
  required: ['do'],
  additionalProperties: false,
  properties: {
    do: { description: 'What is done: a name from the table of actions.', enum: [...ACTIONS.keys()] },
    page: { ...COUNT, description: 'Number of the first page.', default: 0 },
    nr: { ...COUNT, description: 'Number of pages.', default: 1 },
    flags: { ...NAMES, description: 'FOLL_ names; of fixup_user_fault FAULT_FLAG_ names.', default: [] },
    locked: {
      description: 'null: a NULL pointer; 1 or 0: a pointer to that value.',
      enum: [null, 0, 1],
      default: null,
    },
    mm: { ...NAME, description: "The mm that is worked on. Absent: the task's." },
    as: { ...NAME, description: 'The name of the result, which no other action has.' },
    of: { ...NAME, description: 'The `as` of the action that took the pages.' },
    value: { ...TEXT, description: 'Contents of a page.' },
    prot: { description: 'As in /proc/PID/maps.', type: 'string', pattern: PROT_PATTERN, default: 'rw-' },
    to: { ...COUNT, description: 'Number of the page that the first one moves to.' },
    task: { ...NAME, description: 'The task that it is done to.' },
    dirty: { description: 'The pages are marked dirty first.', type: 'boolean', default: false },
  },
};

const CONDITION: JsonSchema = {
  anyOf: [
    {
      type: 'object',
      required: ['property'],
      additionalProperties: false,
      properties: { property: { description: 'It does not hold at some time.', enum: PROPERTY_IDS } },
    },
    {
      type: 'object',
      required: ['value'],
      additionalProperties: false,
      properties: {
        value: { ...TEXT, description: 'The name of a result, such as `p` or `p.locked`.' },
        is: { type: ['string', 'number', 'null'], description: 'null: there is none.' },
        isNot: { type: ['string', 'number', 'null'] },
      },
    },
    ...['all', 'any'].map(name => ({
      type: 'object',
      required: [name],
      additionalProperties: false,
      properties: { [name]: { type: 'array', minItems: 1, items: { $ref: '#/definitions/condition' } } },
    })),
    {
      type: 'object',
      required: ['not'],
      additionalProperties: false,
      properties: { not: { $ref: '#/definitions/condition' } },
    },
  ],
};

/** The schema. */
export const LITMUS_SCHEMA: JsonSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'GUP Lens litmus test',
  description:
    'Tasks side by side on one piece of memory, and what may come out: the input of gup-lens explore.',
  definitions: { condition: CONDITION },
  type: 'object',
  required: ['name', 'about', 'memory', 'tasks', 'question', 'expect'],
  additionalProperties: false,
  properties: {
    $schema: { type: 'string', description: 'Where an editor finds this schema.' },
    name: { ...TEXT, description: 'The name of the file without .litmus.json.', examples: ['gup-fast-fork'] },
    about: { ...TEXT, description: 'What is asked and why, in a sentence or two.' },
    discussion: { ...TEXT, description: 'The discussion it belongs to.', examples: ['unshare-gup-fast'] },
    memory: MEMORY,
    tasks: {
      description: 'The tasks by name. The first is A in schedules, the second B.',
      type: 'object',
      minProperties: 1,
      additionalProperties: {
        type: 'object',
        required: ['does'],
        additionalProperties: false,
        properties: {
          mm: {
            ...NAME,
            description: `Its address space: ${FIRST_MM}, or the \`as\` of a fork, for whose end it waits.`,
            default: FIRST_MM,
          },
          after: { ...NAMES, description: 'Tasks for whose end it waits before it begins.', default: [] },
          does: {
            description: 'Its actions, one after the other.',
            type: 'array',
            minItems: 1,
            items: ACTION,
          },
        },
      },
    },
    question: { $ref: '#/definitions/condition', description: 'What may come out of a run.' },
    variants: {
      description:
        'Axes of variants: the path of a field with a list of its values, or a name with choices by name, each with the paths it sets.',
      type: 'object',
      additionalProperties: {
        anyOf: [
          { type: 'array', minItems: 1 },
          { type: 'object', minProperties: 1, additionalProperties: { type: 'object' } },
        ],
      },
      examples: [{ 'memory.page_state': ['write_populated', 'swapped_out'] }],
    },
    expect: {
      description: 'What is expected. Whatever fits a release and a variant has to be true of it.',
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['releases', 'verdict'],
        additionalProperties: false,
        properties: {
          releases: { ...TEXT, description: 'Releases.', examples: ['6.12', '4.8..5.10', '5.11..'] },
          verdict: {
            description:
              'The question is true of no run (forbidden), of some (allowed), of every one (required), or the model cannot tell.',
            enum: VERDICTS,
          },
          with: { ...NAMES, description: 'Switches that are turned on: proposals.', default: [] },
          without: { ...NAMES, description: 'Switches that are turned off: guards.', default: [] },
          for: { description: 'By axis the choices that it is about. Absent: all.', type: 'object' },
          why: { ...TEXT, description: 'What makes the difference.' },
        },
      },
    },
  },
};
