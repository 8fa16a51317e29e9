/** The JSON schema of `.gup-lens.json`, from the schema of the settings. */

import { CONFIG_FILE, FILE_SETTINGS } from './configFile.js';
import { type ContributedSetting, contributedSettings } from './contributedSettings.js';

type Schema = Readonly<Record<string, unknown>>;

/** @returns a JSON schema (draft 7): generated into schemas/, never written by hand */
export function configFileSchema(): Schema {
  const { properties: settings } = contributedSettings();
  const groups: Record<string, Record<string, Schema>> = {};
  for (const { key } of FILE_SETTINGS) {
    const setting = settings[key];
    const [, group = '', name = ''] = key.split('.');
    if (setting !== undefined) groups[group] = { ...groups[group], [name]: schemaOf(setting) };
  }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: CONFIG_FILE,
    description: 'What GUP Lens is to know of a project: for its command line, and for every editor.',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      ...Object.fromEntries(
        Object.entries(groups).map(([group, properties]) => [
          group,
          { type: 'object', properties, additionalProperties: false },
        ]),
      ),
    },
    additionalProperties: false,
  };
}

/** A setting without what only VS Code's settings page knows. */
function schemaOf({ order: _, scope: __, markdownDescription, ...schema }: ContributedSetting): Schema {
  return { description: markdownDescription, ...schema };
}
