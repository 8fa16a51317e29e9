/** From what a client sends to complete, valid settings. */

import { resolveRelease } from '../../../kernel/src/index.js';
import {
  DEFAULT_SETTINGS,
  type ReleaseByPattern,
  RULE_LEVELS,
  type RuleLevel,
  ruleIds,
  SETTINGS,
  type Setting,
  type Settings,
} from './settings.js';

/** A setting that was not taken as given: which, why, and what was done instead. */
export interface SettingProblem {
  readonly key: string;
  readonly message: string;
}

const SECTION = 'gupLens';

type Json = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);

/**
 * Reads settings in any of the forms that clients send: nested or with dotted keys, with or without the
 * outer `gupLens`. Never throws.
 *
 * @param value the value of the section `gupLens`, or an object that holds it; null and undefined: nothing set
 * @returns complete settings; a wrong value is replaced by the default and named in `problems`, an unknown key
 *   is named there too
 */
export function parseSettings(value: unknown): {
  settings: Settings;
  problems: readonly SettingProblem[];
} {
  const problems: SettingProblem[] = [];
  const fields: Record<string, unknown> = { ...DEFAULT_SETTINGS };
  for (const [key, given] of flatten(value, problems)) {
    const setting = SETTINGS.find(candidate => candidate.key === key);
    if (setting === undefined) {
      problems.push({ key, message: `${key} is not a setting; it is ignored` });
      continue;
    }
    if (given === null || given === undefined) continue;
    const read = readValue(setting, given, problems);
    if (read !== null) fields[setting.field] = read;
  }
  // Every member is there from the defaults and replaced only by a value of its setting's type.
  return { settings: fields as unknown as Settings, problems };
}

/** The settings given, by full key. */
function flatten(value: unknown, problems: SettingProblem[]): Map<string, unknown> {
  const found = new Map<string, unknown>();
  if (value === null || value === undefined) return found;
  if (!isRecord(value)) {
    problems.push({
      key: SECTION,
      message: `${SECTION} must be an object, not ${shown(value)}; the defaults are used`,
    });
    return found;
  }
  const known = new Set(SETTINGS.map(setting => setting.key));
  const visit = (node: unknown, key: string): void => {
    const isGroup = [...known].some(name => name.startsWith(`${key}.`));
    if (known.has(key) || !isGroup || !isRecord(node)) {
      if (isGroup && !isRecord(node) && node !== null && node !== undefined) {
        problems.push({ key, message: `${key} must be an object, not ${shown(node)}; it is ignored` });
      } else if (!isGroup || known.has(key)) {
        found.set(key, node);
      }
      return;
    }
    for (const [name, child] of Object.entries(node)) visit(child, `${key}.${name}`);
  };
  const prefixed = Object.keys(value).some(name => name === SECTION || name.startsWith(`${SECTION}.`));
  if (!prefixed) {
    visit(value, SECTION);
    return found;
  }
  // An object that holds our section may hold those of others too: they are none of our business.
  for (const [name, child] of Object.entries(value)) {
    if (name === SECTION || name.startsWith(`${SECTION}.`)) visit(child, name);
  }
  return found;
}

function readValue(setting: Setting, given: unknown, problems: SettingProblem[]): unknown {
  const wrong = (expected: string): null => {
    const fallback = typeof setting.default === 'object' ? 'its default' : shown(setting.default);
    problems.push({
      key: setting.key,
      message: `${setting.key} must be ${expected}, not ${shown(given)}; ${fallback} is used`,
    });
    return null;
  };
  switch (setting.type) {
    case 'boolean':
      return typeof given === 'boolean' ? given : wrong('true or false');
    case 'enum':
      return typeof given === 'string' && setting.enum.includes(given)
        ? given
        : wrong(`one of ${setting.enum.join(', ')}`);
    case 'release':
      if (typeof given !== 'string') return wrong('a text such as "auto" or "6.1"');
      return readRelease(setting.key, given, '"auto" is used', problems);
    case 'releases-by-pattern':
      return isRecord(given)
        ? readPatterns(setting.key, given, problems)
        : wrong('an object of patterns and releases');
    case 'rule-levels':
      return isRecord(given) ? readRuleLevels(setting.key, given, problems) : wrong('an object of rule ids');
  }
}

/** `auto`, or a version text that names a release; null, with a problem, for anything else. */
function readRelease(
  key: string,
  given: string,
  otherwise: string,
  problems: SettingProblem[],
): string | null {
  const text = given.trim();
  if (text === '' || text === 'auto') return 'auto';
  const resolved = resolveRelease(text);
  if (!('error' in resolved)) return text;
  problems.push({ key, message: `${key}: ${resolved.error}; ${otherwise}` });
  return null;
}

function readPatterns(key: string, given: Json, problems: SettingProblem[]): readonly ReleaseByPattern[] {
  const patterns: ReleaseByPattern[] = [];
  for (const [pattern, value] of Object.entries(given)) {
    const text = typeof value === 'string' ? value : shown(value);
    const release = readRelease(`${key}.${pattern}`, text, 'the pattern is ignored', problems);
    if (release !== null) patterns.push({ pattern, release });
  }
  return patterns;
}

function readRuleLevels(
  key: string,
  given: Json,
  problems: SettingProblem[],
): ReadonlyMap<string, RuleLevel> {
  const levels = new Map<string, RuleLevel>();
  const ids = ruleIds();
  for (const [id, value] of Object.entries(given)) {
    const level = RULE_LEVELS.find(candidate => candidate === value);
    if (!ids.includes(id)) {
      problems.push({
        key: `${key}.${id}`,
        message: `${key}: there is no rule ${id}; the rules are ${ids.join(', ')}`,
      });
    } else if (level === undefined) {
      problems.push({
        key: `${key}.${id}`,
        message: `${key}: ${id} must be one of ${RULE_LEVELS.join(', ')}, not ${shown(value)}; the rule's own severity is used`,
      });
    } else {
      levels.set(id, level);
    }
  }
  return levels;
}
