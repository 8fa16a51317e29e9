/** The façade: all that other layers may import of this folder. */

export { Analysis } from './analysis.js';
export type { Change, FileChange } from './analysisHost.js';
export { AnalysisHost } from './analysisHost.js';
export type { ScenarioAt } from './scenarioAt.js';
export type { CodeLens, Diagnostic, HintPart, Hover, InlayHint, KernelChoice, Logger } from './types.js';
