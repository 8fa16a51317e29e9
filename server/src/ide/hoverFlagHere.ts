/** What a flag does at the call that it reaches: what comes out otherwise in the simulation without it. */

import type { CallSite } from '../analysis/index.js';
import type { Span } from '../syntax/ast.js';
import type { AnalysedFile } from './analysedFile.js';
import { code } from './flagText.js';
import { runScenario } from './runScenario.js';
import { flagSetsOf, isSimulated, scenarioOf } from './scenarioAt.js';
import { type Cells, cellsOf } from './simulated.js';
import { SITUATIONS } from './situations.js';

/** Differences that are told. */
const MOST_DIFFERENCES = 3;

/** Situations that a difference names. */
const MOST_NAMES = 2;

/**
 * Of a FOLL_ name in the code whose flag reaches a call of its function, there or by a variable: one line of Markdown. null
 * where it reaches none that is simulated, or the settings leave simulations out.
 */
export function flagHere(file: AnalysedFile, word: Span): string | null {
  if (!file.settings.hoverSimulate) return null;
  const name = file.textOf(word);
  const site = file.sites.find(each => isSimulated(each) && isBroughtBy(each, name, word));
  const flags = site === undefined ? undefined : flagSetsOf(site).find(set => set.includes(name));
  if (site === undefined || flags === undefined) return null;
  const others = flags.filter(flag => flag !== name);
  const told = { result: new Map<string, string[]>(), course: new Map<string, string[]>() };
  let situations = 0;
  for (const situation of SITUATIONS) {
    const passed = runScenario(file, scenarioOf(file, site, flags, situation));
    const left = runScenario(file, scenarioOf(file, site, others, situation));
    if (passed === null || left === null) continue;
    situations++;
    const differs = difference(cellsOf(passed), cellsOf(left));
    if (differs === null) continue;
    const of = told[differs.of];
    of.set(differs.text, [...(of.get(differs.text) ?? []), situation.label]);
  }
  if (situations === 0) return null;
  const where = `*Here*, simulated at ${code(`${site.callee}()`)} (line ${file.lineOf(site.span.start)})`;
  const all = [...told.result, ...told.course];
  if (all.length === 0) return `${where}: no difference to the call without it in ${situations} situations.`;
  const shown = all.slice(0, MOST_DIFFERENCES).map(([text, names]) => `${some(names)}: ${text}`);
  const more = all.length - shown.length;
  return `${where} with it and without: ${shown.join('; ')}${more > 0 ? `; ${more} more` : ''}.`;
}

function isBroughtBy({ flags }: CallSite, name: string, word: Span): boolean {
  const origins = flags?.origins.get(name) ?? [];
  return origins.some(({ start, end }) => start <= word.start && word.end <= end);
}

/** Where results differ they are what matters, then the lock, then the fault; null: nothing differs. */
function difference(
  passed: Cells,
  left: Cells,
): { readonly of: 'result' | 'course'; readonly text: string } | null {
  if (passed.result !== left.result)
    return { of: 'result', text: `${passed.result} instead of ${left.result}` };
  if (passed.lock !== left.lock)
    return { of: 'course', text: `mmap_lock ${passed.lock} instead of ${left.lock}` };
  if (passed.fault !== left.fault)
    return {
      of: 'course',
      text: `${faultText(passed)} instead of ${left.fault === '–' ? 'none' : left.fault}`,
    };
  return null;
}

function faultText({ fault }: Cells): string {
  return fault === '–' ? 'no fault' : `fault ${fault}`;
}

function some(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? `, ${more} more` : '');
}
