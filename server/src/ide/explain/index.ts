/** What is known of a name, for the command line: the rest of the façade uses the files themselves. */

export { type CallFacts, type Reason, reasonsFor, type Step } from './affected.js';
export { type AffectedSite, affectedSites, isInMm, readingOf } from './affectedSites.js';
export { type Change, changesOf, differenceText, namesIn } from './changes.js';
export { DISCUSSIONS, type Discussion, discussionNamed, proposalsOf } from './discussions.js';
export { type Explanation, explain, explainableNames } from './explanation.js';
export { explanationJson } from './explanationJson.js';
export { ruleNamed, ruleSections, ruleText } from './rule.js';
export { type Section, type Sections, sectionsOf } from './sections.js';
