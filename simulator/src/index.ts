/** The simulator: what a call of the GUP and fault path does in one memory situation. */

export { describe } from './describe.js';
export { NOBODY_WAITS_FOR_EVER, PROPERTIES } from './explore/properties/index.js';
export type { FieldProblem } from './fieldReader.js';
export type { FolioState } from './folioWatch.js';
export { ACTIONS } from './litmus/actions/index.js';
export { LITMUS_SCHEMA } from './litmus/litmusSchema.js';
export { type ParsedLitmus, parseLitmus } from './litmus/parse.js';
export type {
  FastOutcome,
  FaultOutcome,
  GupCallOutcome,
  Outcome,
  PageOutcome,
  PteOutcome,
} from './outcome.js';
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
