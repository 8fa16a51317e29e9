/**
 * The part of SARIF 2.1.0 that is written, as a JSON schema: from the text of the OASIS specification, section 3. It is
 * closed, so that a property that this file does not know fails the test; the published schema admits more.
 */

const text = { type: 'string', minLength: 1 } as const;
const line = { type: 'integer', minimum: 1 } as const;

type Schema = Readonly<Record<string, unknown>>;

function closed(properties: Readonly<Record<string, Schema>>, required: readonly string[]): Schema {
  return { type: 'object', properties, required, additionalProperties: false };
}

const message = closed({ text, markdown: text }, ['text']);

const region = closed({ startLine: line, startColumn: line, endLine: line, endColumn: line }, ['startLine']);

const artifactLocation = closed({ uri: { type: 'string', format: 'uri-reference' }, uriBaseId: text }, [
  'uri',
]);

const physicalLocation = closed({ artifactLocation, region }, ['artifactLocation']);

const location = closed({ id: { type: 'integer', minimum: 0 }, physicalLocation, message }, [
  'physicalLocation',
]);

const level = { enum: ['none', 'note', 'warning', 'error'] };

const rule = closed(
  {
    id: text,
    shortDescription: message,
    fullDescription: message,
    help: message,
    defaultConfiguration: closed({ level }, ['level']),
  },
  ['id'],
);

const suppression = closed(
  {
    kind: { enum: ['inSource', 'external'] },
    status: { enum: ['accepted', 'underReview', 'rejected'] },
    justification: text,
    location,
  },
  ['kind'],
);

const fix = closed(
  {
    description: message,
    artifactChanges: {
      type: 'array',
      minItems: 1,
      items: closed(
        {
          artifactLocation,
          replacements: {
            type: 'array',
            minItems: 1,
            items: closed(
              { deletedRegion: region, insertedContent: closed({ text: { type: 'string' } }, []) },
              ['deletedRegion'],
            ),
          },
        },
        ['artifactLocation', 'replacements'],
      ),
    },
  },
  ['artifactChanges'],
);

const result = closed(
  {
    ruleId: text,
    ruleIndex: { type: 'integer', minimum: 0 },
    level,
    message,
    locations: { type: 'array', minItems: 1, items: location },
    relatedLocations: { type: 'array', minItems: 1, uniqueItems: true, items: location },
    partialFingerprints: { type: 'object', additionalProperties: text },
    baselineState: { enum: ['new', 'unchanged', 'updated', 'absent'] },
    suppressions: { type: 'array', uniqueItems: true, items: suppression },
    fixes: { type: 'array', uniqueItems: true, items: fix },
    properties: { type: 'object' },
  },
  ['message'],
);

const notification = closed(
  { level, message, locations: { type: 'array', uniqueItems: true, items: location } },
  ['message'],
);

const run = closed(
  {
    tool: closed(
      {
        driver: closed(
          { name: text, version: text, rules: { type: 'array', uniqueItems: true, items: rule } },
          ['name'],
        ),
      },
      ['driver'],
    ),
    columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
    invocations: {
      type: 'array',
      items: closed(
        {
          executionSuccessful: { type: 'boolean' },
          toolExecutionNotifications: { type: 'array', items: notification },
        },
        ['executionSuccessful'],
      ),
    },
    results: { type: 'array', items: result },
    properties: { type: 'object' },
  },
  ['tool'],
);

/** The schema of a log. */
export const SARIF_SHAPE: Schema = closed(
  {
    $schema: { type: 'string', format: 'uri' },
    version: { const: '2.1.0' },
    runs: { type: 'array', items: run },
  },
  ['version', 'runs'],
);
