/** Litmus tests for people and programs: which there are, and what came out on which kernel. */

export { litmusLibrary, litmusNamed, type StoredLitmus } from './litmusLibrary.js';
export { type LitmusRow, litmusRow, type ShownRun } from './litmusRow.js';
export { runSearch, type SearchBudget } from './runSearch.js';
