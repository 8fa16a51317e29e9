/** What stands above a call: that it can be simulated, and how often that drops the lock where the caller has to know. */

import { siteFunction } from '../../../kernel/src/index.js';
import type { CallSite } from '../analysis/index.js';
import type { AnalysedFile } from './analysedFile.js';
import { isNull } from './flagText.js';
import { runScenario } from './runScenario.js';
import { firstFlags, isSimulated, scenarioOf } from './scenarioAt.js';
import { situationsByLock } from './simulated.js';
import { SITUATIONS } from './situations.js';
import type { CodeLens } from './types.js';

/** The lenses of each place: a call that is analysed in two readings of the file has them once. */
export function codeLensesOf(file: AnalysedFile): CodeLens[] {
  if (!file.settings.codeLensEnable) return [];
  const places = new Map<number, readonly CodeLens[]>();
  for (const site of file.sites) {
    if (places.has(site.span.start) || !canSimulate(file, site)) continue;
    const { span } = site;
    const simulate = { span, title: 'Simulate this call', site: span.start, situation: null };
    const drops = file.settings.codeLensLock ? dropsLens(file, site) : null;
    places.set(span.start, drops === null ? [simulate] : [simulate, drops]);
  }
  return [...places.values()].flat();
}

/** A lens that leads to "not modelled" in every situation would promise what is not there. */
function canSimulate(file: AnalysedFile, site: CallSite): boolean {
  if (!isSimulated(site)) return false;
  const flags = firstFlags(site);
  return SITUATIONS.some(situation => runScenario(file, scenarioOf(file, site, flags, situation)) !== null);
}

/**
 * `5 of 19 situations drop mmap_lock`, where the call is told by a pointer to say so. It leads to the first of them.
 * @returns null where the lock is kept for certain, or no situation drops it
 */
function dropsLens(file: AnalysedFile, site: CallSite): CodeLens | null {
  const fn = siteFunction(file.profile, site.callee);
  if (fn === null || fn.visibility !== 'public') return null;
  const role = fn.lock.after === 'depends-on-locked' ? 'locked' : 'unlocked';
  if (role === 'unlocked' && fn.lock.after !== 'retaken') return null;
  const given = site.args[fn.argument(role)];
  if (given === undefined || isNull(file.textOf(given)) || (site.lock.after === 'held' && role === 'locked'))
    return null;
  const { dropped, kept } = situationsByLock(file, site);
  const all = new Set([...dropped, ...kept]);
  const [first] = dropped;
  if (first === undefined) return null;
  const s = dropped.length === 1 ? 's' : '';
  const retaken = role === 'unlocked' ? ` and retake${s}` : '';
  const title = `${dropped.length} of ${all.size} situations drop${s}${retaken} mmap_lock`;
  return { span: site.span, title, site: site.span.start, situation: first };
}
