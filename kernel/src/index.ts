/** What each kernel release promises: the only entrance to the tables. */

export {
  ATOMIC_CALLBACKS,
  ATOMIC_MEMBERS,
  type AtomicCallback,
  type AtomicMember,
  CALLS_ARGUMENT,
  MAY_SLEEP,
  type MaySleep,
  SECTION_GUARDS,
  SECTION_OPERATIONS,
  type SectionOperation,
} from './atomicContext.js';
export { compareProfiles, type DifferenceKind, type ProfileDifference } from './compareProfiles.js';
export {
  addedText,
  lockAfterText,
  lockBeforeText,
  lockText,
  refusalText,
  returnText,
} from './contractText.js';
export type * from './facts.js';
export { faultFlagsOf, hugetlbFaultFlagsOf } from './faultFlags.js';
export { overridesOfForce } from './forceOverrides.js';
export { FUNCTIONS } from './functions/index.js';
export {
  type CallArguments,
  expandFlags,
  type FlagsOfCall,
  flagsOfCall,
  isSymbolic,
  type PointerArgument,
  refusalsOf,
  sortFlags,
} from './gupFlags.js';
export type { DeclaredFunction } from './headerFunctions.js';
export { ITER_PAGE_GETTERS, type IterPageGetter } from './iterPages.js';
export { LOCK_OPERATIONS, type LockEffect, type LockOperation } from './lockOperations.js';
export { convertsPage, keepsPages, PAGE_CONSUMERS, type PageConsumer } from './pageKeepers.js';
export { PAGE_RELEASE_NAMES, PAGE_RELEASES, type PageRelease } from './pageReleases.js';
export { FLAGS, type Profile, profileFor, type ResolvedFlag, type ResolvedFunction } from './profile.js';
export {
  isSwitchName,
  NO_CHANGES,
  PROPOSALS,
  profileWithSwitches,
  type SwitchChanges,
} from './profileWithSwitches.js';
export {
  inRange,
  NEWEST_RELEASE,
  OLDEST_RELEASE,
  RELEASES,
  RELEASES_NOT_READ,
  type Release,
  type ResolvedRelease,
  resolveRelease,
  type UnknownRelease,
} from './release.js';
export {
  endOf,
  isOlder,
  nearestFirst,
  nearestRelease,
  oldestFirst,
  releaseAfter,
  releaseBefore,
  releaseDistance,
  releasesBetween,
} from './releaseOrder.js';
export { releaseSpan } from './releaseSpan.js';
export {
  nearestSignature,
  parametersSince,
  releasesWith,
  type Signature,
  signatureIn,
  whereElse,
} from './signatures.js';
export {
  ACQUIRING_FUNCTIONS,
  CORE_HANDLERS,
  HANDLER_OPS,
  SITE_FUNCTIONS,
  type SiteFunctionKind,
  siteFunction,
} from './sites.js';
export { SWITCHES, type SwitchName } from './switches/index.js';
export {
  profileWithTree,
  readTreeFacts,
  TREE_HEADERS,
  type TreeDifference,
  type TreeDifferenceKind,
  type TreeFacts,
  type TreeFlag,
  type TreeHeaderPath,
} from './treeFacts.js';
