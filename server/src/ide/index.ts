/** The façade: all that other layers may import of this folder. */

export { Analysis } from './analysis.js';
export type { Change, FileChange } from './analysisHost.js';
export { AnalysisHost } from './analysisHost.js';
export {
  type AffectedSite,
  type CallFacts,
  DISCUSSIONS,
  type Discussion,
  differenceText,
  discussionNamed,
  type Explanation,
  explain,
  explainableNames,
  explanationJson,
  isInMm,
  proposalsOf,
  type Reason,
  readingOf,
  reasonsFor,
  ruleNamed,
  ruleSections,
  ruleText,
  type Section,
  type Sections,
  type Step,
  sectionsOf,
} from './explain/index.js';
export { profileOf, versionOf } from './kernelProfile.js';
export { pageAt } from './pages/index.js';
export { type ReachStep, stepAtCalls, stepAtSite } from './reachStep.js';
export type { ScenarioAt } from './scenarioAt.js';
export { findingsMarkdown, type MarkdownSite, sitesMarkdown } from './sitesMarkdown.js';
export {
  flagsInShort,
  forceOverrides,
  handsOn,
  lockInShort,
  passesOneOf,
  releaseInShort,
} from './siteWords.js';
export type {
  CodeAction,
  CodeLens,
  Diagnostic,
  DocumentLink,
  HintPart,
  Hover,
  InlayHint,
  KernelChoice,
  Logger,
  SemanticMark,
} from './types.js';
