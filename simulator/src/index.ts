/** The simulator: what a call of the GUP and fault path does in one memory situation. */

export { describe } from './describe.js';
export type { Searching } from './explore/depthFirst.js';
export type { Exploration, FoundEnding, Mode, Progress, Stop } from './explore/exploration.js';
export type { Violation } from './explore/program.js';
export { NOBODY_WAITS_FOR_EVER, PROPERTIES } from './explore/properties/index.js';
export type { Replay, ReplayedStep } from './explore/replay.js';
export { runSearch, type SearchBudget } from './explore/runSearch.js';
export { formatSchedule, parseSchedule, type Turn, taskLetter } from './explore/schedule.js';
export type { FieldProblem } from './fieldReader.js';
export { ACTIONS } from './litmus/actions/index.js';
export type { LitmusAnswer } from './litmus/answer.js';
export { inapplicable } from './litmus/applicable.js';
export { holdsAtEnd, valuesOf } from './litmus/conditions.js';
export { actionText, conditionText, observedText, taskText } from './litmus/describeLitmus.js';
export {
  behaviourOfKernel,
  type ExpectedCase,
  expectationsFor,
  expectedCases,
  type Kernel,
  uncovered,
} from './litmus/expectations.js';
export type {
  Condition,
  Expectation,
  Litmus,
  LitmusFile,
  LitmusTask,
  Observed,
  Verdict,
} from './litmus/litmus.js';
export { type AskedCases, type LitmusCase, litmusCases, variantText } from './litmus/litmusCases.js';
export { litmusLibrary, litmusNamed, litmusNames, type StoredLitmus } from './litmus/litmusLibrary.js';
export { litmusProgram } from './litmus/litmusProgram.js';
export { type LitmusRow, litmusRow, type ShownRun } from './litmus/litmusRow.js';
export { LitmusRunner } from './litmus/litmusRunner.js';
export { LITMUS_SCHEMA } from './litmus/litmusSchema.js';
export { type ParsedLitmus, parseLitmus } from './litmus/parse.js';
export { replayLitmus } from './litmus/replay.js';
export { type ReplayedRun, type RunStep, replayedRun } from './litmus/replayedRun.js';
export { isAcceptance } from './ops/isValidGupArgs.js';
export type {
  FastOutcome,
  FaultOutcome,
  GupCallOutcome,
  Outcome,
  PageOutcome,
  PteOutcome,
} from './outcome.js';
export type { FolioState } from './pageWatch.js';
export { type ParsedScenario, parseScenario } from './parse.js';
export { folioText, renderTrace } from './render.js';
export type { PteBefore, Scenario, Userfaultfd, VmaSetup } from './scenario.js';
export { type JsonSchema, SCENARIO_FIELDS, SCENARIO_SCHEMA } from './scenarioSchema.js';
export {
  MODELLED_FUNCTIONS,
  type ModelledSimulation,
  type Simulation,
  simulate,
  type UnmodelledSimulation,
} from './simulate.js';
export type { LockMode } from './state/index.js';
export type { TraceStep } from './trace.js';
