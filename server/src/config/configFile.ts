/** `.gup-lens.json`: settings that a project keeps beside its code, for the command line and for every editor. */

import { parseSettings } from './parseSettings.js';
import { SETTINGS, type Settings } from './settings.js';

/** The name of the file; the nearest one above a source speaks for it. */
export const CONFIG_FILE = '.gup-lens.json';

/** What such a file may set: what decides about findings. How an editor shows things is a person's own. */
export type FileSettings = Pick<Settings, 'kernelRelease' | 'kernelReleases' | 'diagnosticsRules'>;

const FIELDS: readonly (keyof Settings)[] = ['kernelRelease', 'kernelReleases', 'diagnosticsRules'];

/** The settings that {@link CONFIG_FILE} may have. */
export const FILE_SETTINGS = SETTINGS.filter(({ field }) => FIELDS.includes(field));

/**
 * Reads the text of a configuration file. Never throws.
 *
 * @returns what it sets, defaults where it says nothing; what could not be taken is named in `problems`
 */
export function readConfigFile(text: string): {
  readonly settings: FileSettings;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  let given: unknown = null;
  try {
    given = JSON.parse(text);
  } catch (error) {
    problems.push(`this is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) {
    // For editors, which check the file by it.
    const { $schema: _, ...settings } = given as Readonly<Record<string, unknown>>;
    given = settings;
    for (const { key, field } of SETTINGS) {
      const name = key.slice(key.indexOf('.') + 1);
      if (FIELDS.includes(field) || !has(settings, name)) continue;
      problems.push(`${name} is a setting of the editor, and ignored here`);
    }
  } else if (problems.length === 0) {
    problems.push('this must be an object of settings; the defaults are used');
    given = null;
  }
  const parsed = parseSettings(given);
  problems.push(...parsed.problems.map(({ message }) => message.replaceAll('gupLens.', '')));
  const { kernelRelease, kernelReleases, diagnosticsRules } = parsed.settings;
  return { settings: { kernelRelease, kernelReleases, diagnosticsRules }, problems };
}

/** Whether an object has a dotted name, as one key or as objects in each other. */
function has(object: Readonly<Record<string, unknown>>, name: string): boolean {
  return Object.entries(object).some(([key, value]) => {
    if (key === name) return true;
    if (!name.startsWith(`${key}.`) || typeof value !== 'object' || value === null) return false;
    return has(value as Readonly<Record<string, unknown>>, name.slice(key.length + 1));
  });
}

/** Settings with those of a project's file over them: it wins, rule by rule and pattern by pattern. */
export function withFileSettings(settings: Settings, file: FileSettings): Settings {
  return {
    ...settings,
    kernelRelease: file.kernelRelease === 'auto' ? settings.kernelRelease : file.kernelRelease,
    kernelReleases: [...file.kernelReleases, ...settings.kernelReleases],
    diagnosticsRules: new Map([...settings.diagnosticsRules, ...file.diagnosticsRules]),
  };
}
