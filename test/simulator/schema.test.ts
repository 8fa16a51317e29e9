import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../simulator/src/index.js';
import { readRecordings, recordingFiles } from '../conformance/recordings.js';
import { anyScenario } from './scenarios.js';

const schema = JSON.parse(readFileSync('schemas/scenario.schema.json', 'utf8')) as object;
const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);

function isParsed(value: unknown): boolean {
  return 'scenario' in parseScenario(value);
}

const SMALLEST = { kernel: '6.12', fn: 'get_user_pages', vma: {} };

/** Values of every form that a field may have by mistake. */
const anyValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    1,
    2,
    1.5,
    4097,
    2 ** 43,
    '',
    'x',
    'rw-',
    '0x10',
    'shared',
    [],
    ['x'],
    [1],
    {},
  ),
  fc.constantFrom<unknown>(
    { mode: 'missing' },
    { mode: ['wp', 'minor'], features: 3, user_only: true, plan: 'C' },
    { mode: 'wp', features: ['X'], plan: 7 },
    { mode: 'wp', user_only: 'yes' },
    [{ act: 'RET', ret: ['SIGBUS'] }],
    [{ act: 'PAGE' }, {}],
    [{ lvl: 1, f: ['present'], ref: 1, map: -1 }],
    [{ lvl: 3, f: [] }],
    [{ lvl: 1, f: [], ref: -1 }],
    [{ lvl: 0 }],
  ),
  fc.jsonValue(),
);

const FIELDS = [
  'variant',
  'fn',
  'flags',
  'locked',
  'mm',
  'opts',
  'page_state',
  'nr',
  'addr_offset',
  'pte_before',
  'vma',
];

const VMA_FIELDS = [
  'kind',
  'share',
  'prot',
  'vm_flags',
  'len',
  'uffd',
  'folio_order',
  'readonly_fd',
  'driver',
  'fault_prog',
  'mkwrite_prog',
];

describe('the schema of scenarios', () => {
  it('has every field that these tests try, and no other', () => {
    const { properties } = schema as { properties: Record<string, { properties?: object }> };
    expect(Object.keys(properties).sort()).toEqual(['kernel', ...FIELDS].sort());
    expect(Object.keys(properties.vma?.properties ?? {}).sort()).toEqual([...VMA_FIELDS].sort());
  });

  it('takes what the program takes, field by field', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FIELDS), anyValue, (field, value) => {
        const scenario = { ...SMALLEST, [field]: value };
        expect(validate(scenario)).toBe(isParsed(scenario));
      }),
      { numRuns: 3000, seed: 1 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...VMA_FIELDS), anyValue, (field, value) => {
        const scenario = { ...SMALLEST, vma: { [field]: value } };
        expect(validate(scenario)).toBe(isParsed(scenario));
      }),
      { numRuns: 3000, seed: 1 },
    );
  });

  it('wants the fields that have no default', () => {
    for (const field of ['kernel', 'fn', 'vma']) {
      const { [field as 'kernel']: _, ...rest } = SMALLEST;
      expect(validate(rest)).toBe(false);
      expect(isParsed(rest)).toBe(false);
    }
  });

  it('takes scenarios of every kind, recordings and the example', () => {
    fc.assert(
      fc.property(anyScenario, scenario => {
        expect(validate(scenario)).toBe(true);
        expect(isParsed(scenario)).toBe(true);
      }),
      { numRuns: 500, seed: 1 },
    );
    for (const file of recordingFiles('test/oracle')) {
      const refused = readRecordings(file).filter(recording => !validate(recording) || !isParsed(recording));
      expect(refused.map(({ id }) => id)).toEqual([]);
    }
    expect(validate(JSON.parse(readFileSync('examples/scenario.json', 'utf8')))).toBe(true);
  });
});
