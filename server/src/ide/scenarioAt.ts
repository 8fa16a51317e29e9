/** From a call in the source to a scenario that the simulator can run. */

import { isSymbolic, type ResolvedFunction, siteFunction } from '../../../kernel/src/index.js';
import type { Scenario } from '../../../simulator/src/index.js';
import type { CallSite } from '../analysis/index.js';
import type { Expression } from '../syntax/ast.js';
import type { AnalysedFile } from './analysedFile.js';
import { lockDropped, runScenario } from './runScenario.js';
import { SITUATIONS, type Situation, UNPOPULATED } from './situations.js';

/** A scenario, and what to call it. */
export interface ScenarioAt {
  readonly scenario: Scenario;
  /** `get_user_pages_remote in uprobe_write_opcode`. */
  readonly title: string;
  readonly site: CallSite;
}

/** Inline wrappers for one page (include/linux/mm.h), and what they call. */
const ONE_PAGE_WRAPPERS: ReadonlyMap<string, string> = new Map([
  ['get_user_page_fast_only', 'get_user_pages_fast_only'],
  ['get_user_page_vma_remote', 'get_user_pages_remote'],
]);

/** Sets beyond these would make a wall of a table. */
export const MOST_SETS = 8;

/** More pages than this show nothing new, and a scenario's region is four pages long. */
const MOST_PAGES = 4;

/**
 * The call whose callee or arguments hold the offset, else the first on its line; null if there is none to simulate.
 * @param label of a situation that drops the lock, as a lens names it: with the first flags that do; null, or one that is
 *   not known: the flags of the first path in memory that was never touched
 */
export function scenarioAt(file: AnalysedFile, offset: number, label: string | null): ScenarioAt | null {
  const { lines } = file.source;
  const { line } = lines.positionAt(offset);
  const candidates = file.sites.filter(isSimulated);
  const around = candidates.filter(({ callSpan }) => callSpan.start <= offset && offset <= callSpan.end);
  const innermost = around.reduce<CallSite | null>(
    (best, site) => (best === null || site.callSpan.start >= best.callSpan.start ? site : best),
    null,
  );
  const site = innermost ?? candidates.find(({ span }) => lines.positionAt(span.start).line === line);
  if (site === undefined) return null;
  const situation = SITUATIONS.find(each => each.label === label);
  const dropping = situation === undefined ? null : droppingScenario(file, site, situation);
  const scenario = dropping ?? scenarioOf(file, site, firstFlags(site), situation ?? UNPOPULATED);
  if (scenario === null) return null;
  const title = site.function === null ? site.callee : `${site.callee} in ${site.function}`;
  return { scenario, title, site };
}

function droppingScenario(file: AnalysedFile, site: CallSite, situation: Situation): Scenario | null {
  for (const set of flagSetsOf(site)) {
    const scenario = scenarioOf(file, site, set, situation);
    const simulation = runScenario(file, scenario);
    if (simulation !== null && lockDropped(simulation)) return scenario;
  }
  return null;
}

/** Whether calls of this kind are something that the simulator runs at all. */
export function isSimulated(site: CallSite): boolean {
  return site.kind === 'gup' || site.callee === 'fixup_user_fault';
}

/** The flags of the first path through the function; of unknown flags those that are certain. */
export function firstFlags(site: CallSite): readonly string[] {
  return site.flags?.possible?.[0] ?? site.flags?.must ?? [];
}

/** The sets of flags to try a call with. */
export function flagSetsOf(site: CallSite): readonly (readonly string[])[] {
  const all = site.flags?.possible ?? [firstFlags(site)];
  const known = all.map(set => set.filter(flag => !isSymbolic(flag)));
  return [...new Map(known.map(set => [set.join(' '), set])).values()].slice(0, MOST_SETS);
}

/**
 * The call with some flags in some memory.
 * @param flags the caller's flags; what a parameter or a structure brings is taken as nothing
 * @returns null if this release (and its neighbours) have no such function
 */
export function scenarioOf(
  file: AnalysedFile,
  site: CallSite,
  flags: readonly string[],
  situation: Situation,
): Scenario | null {
  const fn = siteFunction(file.profile, site.callee);
  if (fn === null) return null;
  return {
    kernel: file.input.kernel.release,
    fn: ONE_PAGE_WRAPPERS.get(site.callee) ?? site.callee,
    flags: [...new Set([...flags.filter(flag => !isSymbolic(flag)), ...truthFlags(fn, site)])],
    locked: lockedOf(file, fn, site),
    mm: mmOf(file, fn, site),
    opts: [
      ...(situation.opts ?? []),
      ...(isNull(file, argument(fn, site, 'pages')) ? ['pages_null'] : []),
      ...(fn.lock.before === 'mmap-lock' && site.lock.before === 'held-write'
        ? ['mmap_write_lock_held']
        : []),
    ],
    vma: situation.vma,
    page_state: situation.pageState,
    nr: countOf(fn, site),
    addr_offset: 0,
  };
}

function argument(
  fn: ResolvedFunction,
  site: CallSite,
  role: Parameters<ResolvedFunction['argument']>[0],
): Expression | null {
  const index = fn.argument(role);
  return index < 0 ? null : (site.args[index] ?? null);
}

function isNull(file: AnalysedFile, expression: Expression | null): boolean {
  return expression !== null && /^\(*\s*(?:\(void\s*\*\)\s*)?(?:NULL|0)\s*\)*$/.test(file.textOf(expression));
}

/** `write` and `force` of the releases before 4.9, where they are constants. */
function truthFlags(fn: ResolvedFunction, site: CallSite): string[] {
  const isTrue = (role: 'write' | 'force'): boolean => {
    const given = argument(fn, site, role);
    return given?.kind === 'number'
      ? given.value !== 0
      : given?.kind === 'identifier' && given.name === 'true';
  };
  return [...(isTrue('write') ? ['FOLL_WRITE'] : []), ...(isTrue('force') ? ['FOLL_FORCE'] : [])];
}

function lockedOf(file: AnalysedFile, fn: ResolvedFunction, site: CallSite): 1 | null {
  const given = argument(fn, site, 'locked') ?? argument(fn, site, 'unlocked');
  return given === null || isNull(file, given) ? null : 1;
}

/** `current` only where it is certain: nothing forbids `_remote` on one's own mm, and it makes a difference. */
function mmOf(file: AnalysedFile, fn: ResolvedFunction, site: CallSite): 'current' | 'remote' {
  const given = argument(fn, site, 'mm');
  return given === null || /^current\s*->\s*mm$/.test(file.textOf(given)) ? 'current' : 'remote';
}

function countOf(fn: ResolvedFunction, site: CallSite): number {
  const given = argument(fn, site, 'count');
  const value = given?.kind === 'number' ? given.value : null;
  return value === null ? 1 : Math.max(1, Math.min(MOST_PAGES, value));
}
