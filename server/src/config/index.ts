/** The settings: all that other layers may import of this folder. */

export {
  CONFIG_FILE,
  FILE_SETTINGS,
  type FileSettings,
  readConfigFile,
  withFileSettings,
} from './configFile.js';
export { configFileSchema } from './configSchema.js';
export type { ContributedSetting } from './contributedSettings.js';
export { contributedSettings } from './contributedSettings.js';
export type { SettingProblem } from './parseSettings.js';
export { parseSettings } from './parseSettings.js';
export type { ReleaseByPattern, RuleLevel, Setting, Settings } from './settings.js';
export { DEFAULT_SETTINGS, SETTINGS } from './settings.js';
