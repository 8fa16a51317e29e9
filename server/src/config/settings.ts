/** The settings: one schema from which the types, the checks, the documentation and package.json follow. */

import { NEWEST_RELEASE, OLDEST_RELEASE } from '../../../kernel/src/index.js';
import { RULES } from '../rules/index.js';

/** What a rule reports as, instead of its own severity. */
export const RULE_LEVELS = ['off', 'info', 'warning', 'error'] as const;
export type RuleLevel = (typeof RULE_LEVELS)[number];

/** A release for the files that a glob matches; the text is `auto` or one that `resolveRelease` understands. */
export interface ReleaseByPattern {
  readonly pattern: string;
  readonly release: string;
}

/** The settings of one file, complete and valid. */
export interface Settings {
  /** `auto`: that of the tree; else a version text that `resolveRelease` understands. */
  readonly kernelRelease: string;
  /** For the files of some places; the first pattern that matches wins over `kernelRelease`. */
  readonly kernelReleases: readonly ReleaseByPattern[];
  readonly diagnosticsEnable: boolean;
  /** Rule id → level, only where it differs from the rule's own. */
  readonly diagnosticsRules: ReadonlyMap<string, RuleLevel>;
  readonly inlayHintsFlags: boolean;
  readonly inlayHintsFault: boolean;
  readonly inlayHintsLock: boolean;
  readonly inlayHintsStyle: 'compact' | 'full';
  readonly codeLensEnable: boolean;
  readonly codeLensLock: boolean;
  readonly hoverEnable: boolean;
  readonly hoverSimulate: boolean;
  readonly navigationEnable: boolean;
  readonly semanticTokensEnable: boolean;
  readonly traceServer: 'off' | 'messages' | 'verbose';
}

interface SettingBase {
  /** Full key, e.g. `gupLens.hover.enable`. */
  readonly key: string;
  /** The member of {@link Settings} it fills. */
  readonly field: keyof Settings;
  /** Markdown for the settings page. */
  readonly description: string;
  /** `resource`: may differ by folder. `window`: one for the editor. */
  readonly scope: 'resource' | 'window';
}

/** One setting: its type, its default, what it does. */
export type Setting = SettingBase &
  (
    | { readonly type: 'boolean'; readonly default: boolean }
    | { readonly type: 'enum'; readonly default: string; readonly enum: readonly string[] }
    | { readonly type: 'release'; readonly default: 'auto' }
    | { readonly type: 'releases-by-pattern'; readonly default: Readonly<Record<string, string>> }
    | { readonly type: 'rule-levels'; readonly default: Readonly<Record<string, RuleLevel>> }
  );

function toggle(key: string, field: keyof Settings, description: string): Setting {
  return { key, field, type: 'boolean', default: true, scope: 'resource', description };
}

/** Every setting, in the order of the settings page. */
export const SETTINGS: readonly Setting[] = [
  {
    key: 'gupLens.kernel.release',
    field: 'kernelRelease',
    type: 'release',
    default: 'auto',
    scope: 'resource',
    description: `The kernel release to read files for, such as \`6.1\` or \`5.15.149-android14\` (from ${OLDEST_RELEASE} to ${NEWEST_RELEASE}). \`auto\` reads the Makefile of the tree.`,
  },
  {
    key: 'gupLens.kernel.releases',
    field: 'kernelReleases',
    type: 'releases-by-pattern',
    default: {},
    scope: 'resource',
    description:
      'Releases for the files that a pattern matches, such as `{"drivers/vendor/**": "5.15"}`. A pattern is matched against the path from the top of the kernel tree and against the whole path; the first that matches wins over `gupLens.kernel.release`.',
  },
  toggle('gupLens.diagnostics.enable', 'diagnosticsEnable', 'Report misuse while you type.'),
  {
    key: 'gupLens.diagnostics.rules',
    field: 'diagnosticsRules',
    type: 'rule-levels',
    default: {},
    scope: 'resource',
    description: 'What a rule reports as, by its id: `off`, `info`, `warning` or `error`.',
  },
  toggle(
    'gupLens.inlayHints.flags',
    'inlayHintsFlags',
    'Show the FOLL_ flags that a variable may hold (`±` marks those that only some paths pass) and those that the callee adds.',
  ),
  toggle(
    'gupLens.inlayHints.fault',
    'inlayHintsFault',
    'Show the FAULT_FLAG_ set that reaches `handle_mm_fault()`.',
  ),
  toggle('gupLens.inlayHints.lock', 'inlayHintsLock', 'Show the mmap_lock before and after the call.'),
  {
    key: 'gupLens.inlayHints.style',
    field: 'inlayHintsStyle',
    type: 'enum',
    default: 'compact',
    enum: ['compact', 'full'],
    scope: 'resource',
    description:
      '`compact`: `WRITE ±NOWAIT · +PIN`. `full`: `FOLL_WRITE, on some paths FOLL_NOWAIT; adds FOLL_PIN`. VS Code cuts long hints: see `editor.inlayHints.maximumLength`.',
  },
  toggle('gupLens.codeLens.enable', 'codeLensEnable', 'Show "Simulate this call" above calls.'),
  toggle(
    'gupLens.codeLens.lock',
    'codeLensLock',
    'Show how many simulated situations drop mmap_lock, above calls that tell their caller so by a pointer (`locked`).',
  ),
  toggle('gupLens.hover.enable', 'hoverEnable', 'Explain calls and flags when the mouse rests on them.'),
  toggle(
    'gupLens.hover.simulate',
    'hoverSimulate',
    'Add to the explanation of a call what a simulated kernel did with it in several memory situations.',
  ),
  toggle(
    'gupLens.navigation.enable',
    'navigationEnable',
    'Find where a flag is defined and what names it or a function of the family, in the whole tree and without an index, and make links of rules and of `Documentation/` pages in comments. What clangd finds too is the same place, which VS Code shows once.',
  ),
  toggle(
    'gupLens.semanticTokens.enable',
    'semanticTokensEnable',
    'Mark flags that only mm/ may pass, and calls after which mmap_lock may be gone. The colours are `gupLens.internalFlag` and `gupLens.mayDropLock`.',
  ),
  {
    key: 'gupLens.trace.server',
    field: 'traceServer',
    type: 'enum',
    default: 'off',
    enum: ['off', 'messages', 'verbose'],
    scope: 'window',
    description: 'Log what the editor and the language server say to each other.',
  },
];

/** Nothing set. */
export const DEFAULT_SETTINGS: Settings = {
  kernelRelease: 'auto',
  kernelReleases: [],
  diagnosticsEnable: true,
  diagnosticsRules: new Map(),
  inlayHintsFlags: true,
  inlayHintsFault: true,
  inlayHintsLock: true,
  inlayHintsStyle: 'compact',
  codeLensEnable: true,
  codeLensLock: true,
  hoverEnable: true,
  hoverSimulate: true,
  navigationEnable: true,
  semanticTokensEnable: true,
  traceServer: 'off',
};

/** The ids that `gupLens.diagnostics.rules` may name. */
export function ruleIds(): readonly string[] {
  return RULES.map(rule => rule.id);
}
