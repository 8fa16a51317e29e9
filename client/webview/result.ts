/** The line that says what came of the call, and what stands there when nothing could be said. */

import type { ModelledSimulation, Outcome } from '../../simulator/src/index.js';
import { button, type Child, element } from './dom.js';
import type { Run } from './runSimulation.js';

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** The facts beside the return value, most telling first. */
export function resultFacts({ scenario, outcome, trace }: ModelledSimulation): string[] {
  const facts: string[] = [];
  if (outcome.ret > 0 && outcome.pages.length > 0) facts.push(counted(outcome.pages.length, 'page', 'pages'));
  if (outcome.locked_after !== null) {
    const pointer = scenario.fn === 'fixup_user_fault' ? 'unlocked' : 'locked';
    facts.push(`*${pointer} = ${outcome.locked_after}`);
  }
  facts.push(outcome.faults.length === 0 ? 'no fault' : counted(outcome.faults.length, 'fault', 'faults'));
  const operations = trace.filter(
    ({ lockEvent }) => lockEvent !== undefined && !lockEvent.startsWith('start'),
  ).length;
  facts.push(
    operations === 0 ? 'mmap_lock untouched' : counted(operations, 'lock operation', 'lock operations'),
  );
  if (trace[0]?.lock !== 'none' && !outcome.mmap_lock_held_after) facts.push('mmap_lock not held after');
  if (outcome.warned) facts.push('the kernel warns');
  return facts;
}

/** The return value as C people read it: `1`, `-EFAULT`. */
export function returnText(outcome: Outcome): string {
  return outcome.ret < 0 ? outcome.ret_name : String(outcome.ret);
}

/** The flags that the kernel adds to the caller's, and those of the first fault; empty where it is not known. */
export function addedFlagsText(run: Run): string {
  if (run.kind !== 'simulated' || !run.simulation.modelled) return '';
  const { scenario, outcome } = run.simulation;
  const passed = new Set(scenario.flags.map(flag => flag.replace(/^FOLL_/, '')));
  const added = (outcome.effective_gup_flags ?? [])
    .map(flag => flag.replace(/^FOLL_/, ''))
    .filter(flag => !passed.has(flag));
  const [fault] = outcome.faults;
  return [
    ...(added.length === 0 ? [] : [`The kernel adds ${added.map(flag => `+${flag}`).join(' ')}`]),
    ...(fault === undefined ? [] : [`handle_mm_fault() gets ${fault.flags.join(' ') || '0'}`]),
  ].join(' · ');
}

export interface ResultActions {
  readonly copyScenario: () => void;
  readonly copyCommandLine: () => void;
}

/** The result of a run: the line, its summary and the buttons; or the reason why there is none. */
export function resultView(run: Run, actions: ResultActions): HTMLElement {
  const buttons = element(
    'div',
    { class: 'actions' },
    button('Copy as scenario JSON', {}, actions.copyScenario),
    button('Copy command line', {}, actions.copyCommandLine),
  );
  const section = (...children: Child[]): HTMLElement =>
    element('section', { 'aria-label': 'Result' }, ...children);
  if (run.kind === 'failed') {
    return section(
      element(
        'p',
        { class: 'note', role: 'alert' },
        `The simulator failed: ${run.message}. Please report it with the scenario.`,
      ),
      buttons,
    );
  }
  if (run.kind === 'refused') {
    return section(
      element(
        'div',
        { class: 'note', role: 'alert' },
        'This scenario cannot be simulated:',
        element(
          'ul',
          {},
          ...run.problems.map(({ field, message }) =>
            element('li', {}, element('code', {}, field), `: ${message}`),
          ),
        ),
      ),
    );
  }
  const { simulation } = run;
  if (!simulation.modelled) {
    return section(
      element(
        'p',
        { class: 'note not-modelled', role: 'status' },
        element('strong', {}, 'Not modelled: '),
        `${simulation.reason}. The simulator makes no statement about this call.`,
      ),
      buttons,
    );
  }
  const { outcome } = simulation;
  const good = outcome.ret >= 0 && !outcome.warned;
  return section(
    element(
      'p',
      { class: `result ${good ? 'good' : 'bad'}`, role: 'status' },
      element('span', { class: 'returns' }, `returns ${returnText(outcome)}`),
      ...resultFacts(simulation).map(fact => element('span', { class: 'fact' }, fact)),
    ),
    element('p', { class: 'summary' }, run.summary),
    buttons,
  );
}
