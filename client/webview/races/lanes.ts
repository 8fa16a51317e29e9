/** A run of a litmus test, step by step: one lane a task, and what a step violated at the step. */

import { type ReplayedRun, type RunStep, taskLetter } from '../../../simulator/src/index.js';
import { element } from '../dom.js';
import { stepList } from '../stepList.js';

/** Whether a step begins a turn: the one before was another task's. */
export function beginsTurn(steps: readonly RunStep[], index: number): boolean {
  return steps[index - 1]?.task !== steps[index]?.task;
}

function row(run: ReplayedRun, tasks: readonly string[], index: number): HTMLElement {
  const step = run.steps[index];
  if (step === undefined) return element('li');
  const task = tasks.indexOf(step.task);
  const { violations } = step;
  return element(
    'li',
    {
      class: `step race${beginsTurn(run.steps, index) ? ' turn' : ''}${violations.length > 0 ? ' violated' : ''}`,
    },
    element('span', { class: 'number' }, String(index + 1)),
    element(
      'span',
      { class: 'lanes' },
      ...tasks.map((_, lane) =>
        element(
          'span',
          { class: lane === task ? `lane here lane-${lane % LANE_COLOURS}` : 'lane' },
          lane === task && taskLetter(lane),
        ),
      ),
      element('span', { class: 'heard' }, step.task),
    ),
    element('span', { class: 'routine' }, step.routine ?? ''),
    element(
      'span',
      { class: 'text' },
      step.text ?? 'the model ends here',
      step.page !== undefined && element('span', { class: 'badge' }, `page ${step.page}`),
      ...violations.map(({ property, text }) =>
        element('span', { class: 'violation' }, element('strong', {}, `${property} does not hold: `), text),
      ),
    ),
  );
}

/** Colours of lanes in panel.css; a lane has its letter as well. */
const LANE_COLOURS = 5;

/** The run as a list with the step `selected` chosen; `tasks` by their order in the test. `choose` hears of each new choice. */
export function lanes(
  run: ReplayedRun,
  tasks: readonly string[],
  selected: number,
  choose: (index: number) => void,
): HTMLElement {
  const rows = run.steps.map((_, index) => row(run, tasks, index));
  return element(
    'section',
    { 'aria-label': 'Schedule' },
    element('h2', {}, 'Steps'),
    element(
      'p',
      { class: 'legend lanes-legend' },
      ...tasks.map((name, lane) =>
        element(
          'span',
          {},
          element('b', { class: `lane here lane-${lane % LANE_COLOURS}` }, taskLetter(lane)),
          name,
        ),
      ),
    ),
    stepList({ id: 'run-steps', label: 'Steps of the run' }, rows, selected, choose),
  );
}
