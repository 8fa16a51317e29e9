/** The front end for kernel C: what the layers above may use of it. */

export * from './ast.js';
export { callsByName, callTokens } from './calls.js';
export { type Comment, commentsWith } from './comments.js';
export { type Definition, definitionOf, includesOf, isStatic } from './definitionOf.js';
export { type FidelityLoss, fidelityLosses } from './fidelity.js';
export { functionsNamed, mainFunctionsNamed } from './functionsNamed.js';
export { LineIndex, type Position } from './lineIndex.js';
export { constantDefinitions, mentionsOf, mentionsOfAny } from './mentions.js';
export { createParser, KernelCParser } from './parser.js';
export { contextKey, type ReadOptions, readSource } from './readSource.js';
export * from './sourceFile.js';
export { statementText } from './statementText.js';
export { type Use, usesOf } from './uses.js';
export {
  isForeignAt,
  isRuledOut,
  otherReleases,
  possibleReleasesAt,
  releasesAt,
} from './versionBranches.js';
export { type VersionCodes, versionCodesOf } from './versionCodes.js';
export {
  childrenOf,
  isStatement,
  type Node,
  namesIdentifier,
  spanOf,
  textOf,
  walk,
  walkExpressions,
} from './visit.js';
