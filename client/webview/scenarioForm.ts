/** The form that changes a scenario: release, function, memory, flags, arguments, signals. */

import {
  type Profile,
  profileFor,
  RELEASES,
  type ResolvedFunction,
  resolveRelease,
  sortFlags,
} from '../../kernel/src/index.js';
import { MODELLED_FUNCTIONS, type Scenario } from '../../simulator/src/index.js';
import { flagsNamespace, takes } from './calls.js';
import { compareOptions } from './compareTarget.js';
import { check, dropDown, element, type Option } from './dom.js';
import { SITUATIONS, situationOf } from './situations.js';

/** The profile of a scenario's release; null when the text names no release. */
export function profileOf(scenario: Scenario): Profile | null {
  const resolved = resolveRelease(scenario.kernel);
  return 'error' in resolved ? null : profileFor(resolved.release);
}

/** The value of "compare with nothing" in its list. */
const NOTHING = '';

const OPTIONS: readonly { readonly name: string; readonly label: string }[] = [
  { name: 'pages_null', label: 'pages is NULL' },
  { name: 'signal_pending', label: 'a signal is pending' },
  { name: 'sigkill_pending', label: 'SIGKILL is pending' },
  { name: 'mmap_write_lock_held', label: 'the caller holds mmap_lock for writing' },
];

/** Names without the namespace, as they are compared: scenarios may have them either way. */
const bare = (flag: string): string => flag.replace(/^(?:FOLL|FAULT_FLAG)_/, '');

function withFlag(scenario: Scenario, flag: string, on: boolean): Scenario {
  const others = scenario.flags.filter(name => bare(name) !== bare(flag));
  // The recordings' form: FOLL_ names are written out, fault flags are not.
  const written = flag.startsWith('FOLL_') ? flag : bare(flag);
  return { ...scenario, flags: on ? [...others, written] : others };
}

function withOption(scenario: Scenario, option: string, on: boolean): Scenario {
  const others = scenario.opts.filter(name => name !== option);
  return { ...scenario, opts: on ? [...others, option] : others };
}

function withFunction(scenario: Scenario, profile: Profile | null, name: string): Scenario {
  const before = flagsNamespace(profile?.functions.get(scenario.fn));
  const fn = profile?.functions.get(name);
  const flags = flagsNamespace(fn) === before ? scenario.flags : [];
  const lockable = takes(fn, 'locked') || takes(fn, 'unlocked');
  const { flags_are: _, ...rest } = scenario as Scenario & { flags_are?: unknown };
  return {
    ...rest,
    fn: name,
    flags,
    locked: lockable ? scenario.locked : null,
    mm: takes(fn, 'mm') ? scenario.mm : 'current',
    opts: takes(fn, 'pages') ? scenario.opts : scenario.opts.filter(option => option !== 'pages_null'),
  };
}

/** Groups of the list of functions, in its order. */
const GROUPS: readonly { readonly label: string; readonly has: (fn: ResolvedFunction) => boolean }[] = [
  { label: 'Get a reference', has: fn => fn.kind === 'gup' && !fn.name.includes('pin_') },
  { label: 'Pin', has: fn => fn.kind === 'gup' && fn.name.includes('pin_') },
  { label: 'Fault only', has: fn => fn.name === 'fixup_user_fault' },
];

function callable(profile: Profile): Option[] {
  const functions = [...profile.functions.values()].sort((a, b) => a.name.localeCompare(b.name));
  return GROUPS.flatMap(({ label, has }) =>
    functions.filter(has).map(({ name }) => ({
      value: name,
      label: MODELLED_FUNCTIONS.includes(name) ? name : `${name} (not modelled)`,
      group: label,
    })),
  );
}

function flagChecks(scenario: Scenario, profile: Profile, changed: (next: Scenario) => void): HTMLElement {
  const namespace = flagsNamespace(profile.functions.get(scenario.fn));
  const set = new Set(scenario.flags.map(bare));
  const flags = sortFlags(
    profile,
    [...profile.flags.values()].filter(flag => flag.namespace === namespace).map(flag => flag.name),
  );
  const made = (name: string): HTMLElement =>
    check(name, bare(name), `${name}: ${profile.flags.get(name)?.meaning ?? ''}`, set.has(bare(name)), on =>
      changed(withFlag(scenario, name, on)),
    );
  const isInternal = (name: string): boolean => profile.flags.get(name)?.internal === true;
  // A mask stands for its members, which are there by themselves.
  const single = flags.filter(
    name => (profile.flags.get(name)?.implies.length ?? 0) === 0 || !name.endsWith('_DEFAULT'),
  );
  const internal = single.filter(isInternal);
  return element(
    'fieldset',
    { class: 'flags' },
    element('legend', {}, `${namespace}_ flags of the caller`),
    element('div', { class: 'checks' }, ...single.filter(name => !isInternal(name)).map(made)),
    internal.length > 0 &&
      element(
        'details',
        { open: internal.some(name => set.has(bare(name))) },
        element('summary', {}, 'Internal to mm (a caller must not pass them)'),
        element('div', { class: 'checks' }, ...internal.map(made)),
      ),
    element('p', { id: 'added-flags', class: 'added' }),
  );
}

/** The form's question beside the scenario: what to compare with (see compareTarget.ts), null for nothing. */
export interface Comparison {
  readonly target: string | null;
  readonly changed: (target: string | null) => void;
}

/** Makes the form of a scenario. `changed` gets each new scenario; the form is then made anew from it. */
export function scenarioForm(
  scenario: Scenario,
  comparison: Comparison,
  changed: (next: Scenario) => void,
): HTMLElement {
  const profile = profileOf(scenario);
  const fn = profile?.functions.get(scenario.fn);
  const situation = situationOf(scenario);
  const situations: Option[] = SITUATIONS.map(({ id, label, group }) => ({ value: id, label, group }));
  const asGiven = `as given: ${scenario.page_state}, ${scenario.vma.kind} ${scenario.vma.share}, ${scenario.vma.prot}`;
  const pointer = takes(fn, 'locked') ? 'locked' : 'unlocked';
  const form = element(
    'form',
    { class: 'scenario', 'aria-label': 'Scenario' },
    element(
      'div',
      { class: 'fields' },
      dropDown(
        { id: 'kernel', label: 'Linux' },
        [...RELEASES].reverse().map(release => ({ value: release, label: release })),
        profile?.release ?? scenario.kernel,
        kernel => changed({ ...scenario, kernel }),
      ),
      dropDown(
        { id: 'compare', label: 'Compare with' },
        compareOptions(NOTHING),
        comparison.target ?? NOTHING,
        target => comparison.changed(target === NOTHING ? null : target),
      ),
      dropDown(
        { id: 'function', label: 'Function', wide: true },
        profile === null ? [] : callable(profile),
        scenario.fn,
        name => changed(withFunction(scenario, profile, name)),
      ),
      (takes(fn, 'locked') || takes(fn, 'unlocked')) &&
        dropDown(
          { id: 'locked', label: pointer, wide: true },
          [
            { value: 'null', label: 'NULL: the lock is kept' },
            { value: '1', label: `&${pointer}: may be dropped` },
          ],
          scenario.locked === null ? 'null' : String(scenario.locked),
          value => changed({ ...scenario, locked: value === 'null' ? null : value === '1' ? 1 : 0 }),
        ),
      takes(fn, 'mm') &&
        dropDown(
          { id: 'mm', label: 'mm' },
          [
            { value: 'current', label: "the caller's" },
            { value: 'remote', label: "another's" },
          ],
          scenario.mm,
          mm => changed({ ...scenario, mm: mm === 'remote' ? 'remote' : 'current' }),
        ),
      takes(fn, 'count') &&
        dropDown(
          { id: 'nr', label: 'Pages' },
          [1, 2, 3, 4].map(nr => ({ value: String(nr), label: String(nr) })),
          String(scenario.nr),
          nr => changed({ ...scenario, nr: Number(nr) }),
        ),
      dropDown({ id: 'memory', label: 'Memory', wide: true }, situations, situation?.id ?? asGiven, id => {
        const chosen = SITUATIONS.find(candidate => candidate.id === id);
        if (chosen === undefined) return;
        const { pte_before: _, ...rest } = scenario;
        changed({ ...rest, ...chosen.set });
      }),
    ),
    profile !== null && flagChecks(scenario, profile, changed),
    element(
      'fieldset',
      { class: 'options' },
      element('legend', {}, 'When the call is made'),
      element(
        'div',
        { class: 'checks' },
        ...OPTIONS.filter(({ name }) => name !== 'pages_null' || takes(fn, 'pages')).map(({ name, label }) =>
          check(name, label, name, scenario.opts.includes(name), on =>
            changed(withOption(scenario, name, on)),
          ),
        ),
      ),
    ),
  );
  form.addEventListener('submit', event => event.preventDefault());
  return form;
}
