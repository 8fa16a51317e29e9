/** "Simulate this call" above the calls that the simulator can run. */

import type { CallSite } from '../analysis/index.js';
import type { AnalysedFile } from './analysedFile.js';
import { runScenario } from './runScenario.js';
import { firstFlags, isSimulated, scenarioOf } from './scenarioAt.js';
import { SITUATIONS } from './situations.js';
import type { CodeLens } from './types.js';

/** One lens for each place: a call that is analysed in two readings of the file has one. */
export function codeLensesOf(file: AnalysedFile): CodeLens[] {
  if (!file.settings.codeLensEnable) return [];
  const places = new Map<number, CodeLens>();
  for (const site of file.sites) {
    if (places.has(site.span.start) || !canSimulate(file, site)) continue;
    places.set(site.span.start, { span: site.span, title: 'Simulate this call', site: site.span.start });
  }
  return [...places.values()];
}

/** A lens that leads to "not modelled" in every situation would promise what is not there. */
function canSimulate(file: AnalysedFile, site: CallSite): boolean {
  if (!isSimulated(site)) return false;
  const flags = firstFlags(site);
  return SITUATIONS.some(situation => runScenario(file, scenarioOf(file, site, flags, situation)) !== null);
}
