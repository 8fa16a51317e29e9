/** A run of a litmus test, step by step: one lane a task, how each holds mmap_lock, and what a step violated at the step. */

import {
  isAcceptance,
  type LockMode,
  type ReplayedRun,
  type RunStep,
  taskLetter,
} from '../../../simulator/src/index.js';
import { element } from '../dom.js';
import { type ShownSide, sideBySide } from '../sideBySide.js';
import { stepList } from '../stepList.js';
import { lockLegend } from '../timeline.js';

/** Whether a step begins a turn: the one before was another task's. */
export function beginsTurn(steps: readonly RunStep[], index: number): boolean {
  return steps[index - 1]?.task !== steps[index]?.task;
}

/** By step how each task holds mmap_lock after it, in the order of `tasks`. */
export function locksHeld(
  steps: readonly RunStep[],
  tasks: readonly string[],
): readonly (readonly LockMode[])[] {
  let held: readonly LockMode[] = tasks.map(() => 'none');
  return steps.map(({ task, lock }) => {
    held = held.map((mode, index) => (tasks[index] === task ? lock : mode));
    return held;
  });
}

const HELD: Readonly<Record<LockMode, string>> = {
  none: '',
  read: ', holds mmap_lock for reading',
  write: ', holds mmap_lock for writing',
};

function laneCells(step: RunStep, tasks: readonly string[], held: readonly LockMode[]): HTMLElement {
  const task = tasks.indexOf(step.task);
  return element(
    'span',
    { class: 'lanes' },
    ...tasks.map((name, lane) =>
      element(
        'span',
        {
          class: `lane ${held[lane] ?? 'none'}${lane === task ? ' here' : ''}`,
          title: `${name}${HELD[held[lane] ?? 'none']}`,
        },
        lane === task && element('b', {}, taskLetter(lane)),
      ),
    ),
    element('span', { class: 'heard' }, `${step.task}${HELD[step.lock]}`),
  );
}

function textCells(step: RunStep): readonly HTMLElement[] {
  return [
    element('span', { class: 'routine' }, step.routine ?? ''),
    element(
      'span',
      { class: 'text' },
      step.text ?? 'the model ends here',
      step.page !== undefined && element('span', { class: 'badge' }, `page ${step.page}`),
      ...step.violations.map(({ property, text }) =>
        element('span', { class: 'violation' }, element('strong', {}, `${property} does not hold: `), text),
      ),
    ),
  ];
}

const legend = (tasks: readonly string[]): readonly HTMLElement[] => [
  element(
    'p',
    { class: 'legend lanes-legend' },
    ...tasks.map((name, lane) =>
      element('span', {}, element('b', { class: 'lane here' }, element('b', {}, taskLetter(lane))), name),
    ),
  ),
  lockLegend(),
];

/** The run as a list with the step `selected` chosen; `tasks` by their order in the test. `choose` hears of each new choice. */
export function lanes(
  { steps }: ReplayedRun,
  tasks: readonly string[],
  selected: number,
  choose: (index: number) => void,
): HTMLElement {
  const held = locksHeld(steps, tasks);
  const rows = steps.map((step, index) =>
    element(
      'li',
      {
        class: `step race${beginsTurn(steps, index) ? ' turn' : ''}${step.violations.length > 0 ? ' violated' : ''}`,
      },
      element('span', { class: 'number' }, String(index + 1)),
      laneCells(step, tasks, held[index] ?? []),
      ...textCells(step),
    ),
  );
  return element(
    'section',
    { 'aria-label': 'Schedule' },
    element('h2', {}, 'Steps'),
    ...legend(tasks),
    stepList({ id: 'run-steps', label: 'Steps of the run' }, rows, selected, choose),
  );
}

/** A run on two kernels, side by side; `selected` and `choose` as of {@link sideBySide}. */
export function lanesBeside(
  here: { readonly name: string; readonly run: ReplayedRun },
  there: { readonly name: string; readonly run: ReplayedRun },
  tasks: readonly string[],
  selected: number,
  choose: (index: number) => void,
): HTMLElement {
  const shown = sideBySide('run-steps', sideOf(here, tasks), sideOf(there, tasks), selected, choose);
  shown.querySelector('h2')?.after(...legend(tasks));
  return shown;
}

function sideOf(
  { name, run: { steps } }: { readonly name: string; readonly run: ReplayedRun },
  tasks: readonly string[],
): ShownSide {
  const held = locksHeld(steps, tasks);
  return {
    name,
    steps: steps.map(({ task, text = '', page = '', lock, violations }) => {
      const what = `${task} ${text}`;
      const all = [what, page, lock, ...violations.map(({ property }) => property)].join(' ');
      return { what, all, effect: isAcceptance(text) ? '' : all };
    }),
    cells: index => {
      const step = steps[index];
      return step === undefined ? [] : [laneCells(step, tasks, held[index] ?? []), ...textCells(step)];
    },
    details: () => [],
  };
}
