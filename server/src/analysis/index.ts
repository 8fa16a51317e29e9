/** What the analysis offers to the layers above it. */

export { lastField, type Place } from './accessPath.js';
export { type AnalysisContext, analyseFile, type FileAnalysis } from './analyseFile.js';
export type { AtomicSection } from './atomicFlow.js';
export { type CallerLock, callersLock, isGivenAway } from './callersLock.js';
export type * from './callSite.js';
export {
  Cfg,
  type CfgBlock,
  type CfgEdge,
  type CfgElement,
  type CfgPosition,
  type EdgeLabel,
} from './cfg.js';
export { buildCfg } from './cfgBuilder.js';
export { type FlowProblem, type FlowSolution, type Lattice, solveForward } from './dataflow.js';
export { speaksOfDirty } from './dirtyText.js';
export {
  calleeName,
  constantTruth,
  isNull,
  lvalueText,
  rootOf,
  TESTED_AS_ARGUMENT,
  valueExpression,
  variableName,
} from './expressions.js';
export { faultHelpersOf, flagsPassedOn } from './faultHelpers.js';
export {
  errorsReaching,
  FAULT_ERRORS,
  type FaultFlow,
  type FaultOutcome,
  type FaultTag,
  faultFlowOf,
} from './faultOutcomes.js';
export type { FieldHolding } from './fieldCensus.js';
export { atomicContextOf, FileAtomicContext, type SleepingCall } from './fileAtomicContext.js';
export { knowledgeOf } from './fileKnowledge.js';
export { FilePages, filePagesOf } from './filePages.js';
export { flagTest } from './flagTest.js';
export { FunctionAnalysis } from './functionAnalysis.js';
export { FunctionResult } from './functionResult.js';
export { handlerEntries, type InstalledHandler, installedHandlers } from './handlers.js';
export { KnowledgeMemo } from './knowledgeMemo.js';
export { type Facts, isSet, NON_ZERO, POSITIVE, signFact, withFact, ZERO } from './lattices/factLattice.js';
export type { FlagValue } from './lattices/flagLattice.js';
export {
  type LockMode,
  type LockPath,
  type LockState,
  overallMode,
  overallSource,
} from './lattices/lockLattice.js';
export {
  type KnownAtCall,
  knownAtCall,
  type LeftToCaller,
  leftBySite,
  NOTHING_LEFT,
} from './leftToCaller.js';
export { mmOfOperation } from './lockFlow.js';
export { RETURNED } from './lockSummary.js';
export { lockedVariable } from './lockTransfer.js';
export { MmAliases } from './mmAliases.js';
export { directoryOf, type FieldCounts } from './pageFields.js';
export {
  type Acquisition,
  type FunctionPages,
  HELD,
  type Holding,
  type PageRelease,
  type SummaryRelease,
} from './pageLifetime.js';
export { countsLeft } from './pagePaths/countsLeft.js';
export { type FilePagePaths, pagePathsOf } from './pagePaths/filePagePaths.js';
export { integerTypesOf } from './pagePaths/integerType.js';
export type { PageCall } from './pagePaths/pageCall.js';
export type {
  ExitEvent,
  OverstateEvent,
  OverwriteEvent,
  PageEvent,
  ReleaseEvent,
  UseEvent,
} from './pagePaths/pageEvent.js';
export { type StaleVmaUse, staleVmaUses } from './staleVma.js';
export { structMembersOf } from './structMembers.js';
export { solveTagged, type Tag, type TaggedPath, type TaggedState } from './taggedFlow.js';
export {
  type Asked,
  answersAny,
  asksDirectoryOf,
  directoriesAsked,
  type FileKnowledge,
  gatherInRounds,
  gatherKnowledge,
  mayOffer,
  mayTellOfFields,
  NO_KNOWLEDGE,
  NOTHING_ASKED,
  namesStoredField,
  type RoughOffers,
  roughOffers,
  sameKnowledge,
  type TreeKnowledge,
  uniteAsked,
} from './treeKnowledge.js';
