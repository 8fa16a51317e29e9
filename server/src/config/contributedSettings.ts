/** The settings as VS Code's `contributes.configuration` wants them. */

import { RULES } from '../rules/index.js';
import { RULE_LEVELS, SETTINGS, type Setting } from './settings.js';

/** A JSON schema of one setting, as far as VS Code's settings page uses it. */
export interface ContributedSetting {
  readonly type: 'boolean' | 'string' | 'object';
  readonly default: unknown;
  readonly scope: string;
  readonly order: number;
  readonly markdownDescription: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly additionalProperties?: unknown;
}

/** @returns the block for package.json: generated, never written by hand */
export function contributedSettings(): {
  readonly title: string;
  readonly properties: Readonly<Record<string, ContributedSetting>>;
} {
  const properties = Object.fromEntries(
    SETTINGS.map((setting, order) => [setting.key, contributed(setting, order)]),
  );
  return { title: 'GUP Lens', properties };
}

function contributed(setting: Setting, order: number): ContributedSetting {
  const common = {
    default: setting.default,
    scope: setting.scope,
    order,
    markdownDescription: setting.description,
  };
  switch (setting.type) {
    case 'boolean':
      return { type: 'boolean', ...common };
    case 'enum':
      return { type: 'string', enum: setting.enum, ...common };
    case 'release':
      return { type: 'string', ...common };
    case 'releases-by-pattern':
      return { type: 'object', additionalProperties: { type: 'string' }, ...common };
    case 'rule-levels':
      return {
        type: 'object',
        properties: Object.fromEntries(
          RULES.map(rule => [rule.id, { enum: RULE_LEVELS, description: rule.summary }]),
        ),
        additionalProperties: false,
        ...common,
      };
  }
}
