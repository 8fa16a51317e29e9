/** The steps of a simulation as a list with the mmap_lock beside it. */

import { folioText, isAcceptance, type TraceStep } from '../../simulator/src/index.js';
import { element } from './dom.js';
import type { ShownSide } from './sideBySide.js';
import { stepList } from './stepList.js';

const HELD: Readonly<Record<TraceStep['lock'], string>> = {
  none: 'not held',
  read: 'held for reading',
  write: 'held for writing',
};

/** Tasks by number; see the simulator's TraceStep. */
const TASKS: readonly string[] = ['caller', 'userfaultfd monitor'];

/** A lock event as it is shown: `acquired read`. */
const eventText = (event: string): string => event.replaceAll('_', ' ');

/** A set of names as it is shown; `0`, as C has it, for none. */
const textOf = (names: readonly string[]): string => (names.length === 0 ? '0' : names.join(' '));

/** What is known at a step, as name and text. GUP flags, and what a page has, stay known until a step states others. */
export function stepFacts(steps: readonly TraceStep[], index: number): (readonly [string, string])[] {
  const step = steps[index];
  if (step === undefined) return [];
  const gupFlags = steps.slice(0, index + 1).findLast(({ gupFlags }) => gupFlags !== undefined)?.gupFlags;
  const event = step.lockEvent === undefined ? '' : ` (${eventText(step.lockEvent)})`;
  const facts: (readonly [string, string])[] = [['mmap_lock', HELD[step.lock] + event]];
  if (gupFlags !== undefined) facts.push(['GUP flags', textOf(gupFlags)]);
  if (step.faultFlags !== undefined) facts.push(['fault flags', textOf(step.faultFlags)]);
  if (step.fault !== undefined) facts.push(['fault returns', textOf(step.fault)]);
  const { page } = step;
  if (page === undefined) return facts;
  facts.push(['page', `${page} (the first is 0)`]);
  const ofPage = steps.slice(0, index + 1).filter(each => each.page === page);
  const pte = ofPage.findLast(each => each.pte !== undefined)?.pte;
  const folio = ofPage.findLast(each => each.folio !== undefined)?.folio;
  if (pte !== undefined) facts.push(['page table entry', pte]);
  // The folio that was told last is no longer mapped by an entry that maps none.
  if (folio !== undefined && pte?.includes('present') !== false) facts.push(['folio', folioText(folio)]);
  return facts;
}

/** The flags that a step is the first to state, or states anew: the ones worth a place in its line. */
export function newFlags(steps: readonly TraceStep[], index: number): string | null {
  const stated = (of: (step: TraceStep) => readonly string[] | undefined): string | null => {
    const step = steps[index];
    const now = step === undefined ? undefined : of(step);
    if (now === undefined) return null;
    const before = steps.slice(0, index).findLast(earlier => of(earlier) !== undefined);
    const text = textOf(now);
    return before !== undefined && textOf(of(before) ?? []) === text ? null : text;
  };
  return stated(step => step.faultFlags) ?? stated(step => step.gupFlags);
}

/** The cells of a step: the bar of mmap_lock, the routine, and what it does. */
function cells(steps: readonly TraceStep[], index: number): readonly HTMLElement[] {
  const step = steps[index];
  if (step === undefined) return [];
  const flags = newFlags(steps, index);
  const heard = stepFacts(steps, index).map(fact => fact.join(' '));
  return [
    element('span', { class: `lock ${step.lock}`, title: `mmap_lock: ${HELD[step.lock]}` }),
    element('span', { class: 'routine' }, step.routine),
    element(
      'span',
      { class: 'text' },
      step.task !== 0 && element('span', { class: 'task' }, `${TASKS[step.task] ?? `task ${step.task}`}: `),
      step.text,
      step.lockEvent !== undefined && element('span', { class: 'badge event' }, eventText(step.lockEvent)),
      (step.fault?.length ?? 0) > 0 && element('span', { class: 'badge fault' }, textOf(step.fault ?? [])),
      flags !== null && element('span', { class: 'flags-now', 'aria-hidden': 'true' }, flags),
      element('span', { class: 'heard' }, heard.join('; ')),
    ),
  ];
}

function row(steps: readonly TraceStep[], index: number): HTMLElement {
  return element(
    'li',
    { class: 'step' },
    element('span', { class: 'number' }, String(index + 1)),
    ...cells(steps, index),
    element(
      'dl',
      { 'aria-hidden': 'true' },
      ...stepFacts(steps, index).flatMap(([name, text]) => [
        element('dt', {}, name),
        element('dd', { class: 'mono' }, text),
      ]),
    ),
  );
}

/** A run as one side of two. What is only numbered anew on another release, the folios, does not make steps differ. */
export function sideOf(name: string, steps: readonly TraceStep[]): ShownSide {
  return {
    name,
    steps: steps.map(step => {
      // A routine that was only renamed does the same.
      const what = `${step.task} ${step.text}`;
      const { lock, lockEvent = '', gupFlags = [], faultFlags = [], fault = [], page = '' } = step;
      const done = [what, lock, lockEvent, ...faultFlags, ...fault, page].join(' ');
      // The flags in force have an effect where something is done by them.
      return { what, all: [done, ...gupFlags].join(' '), effect: isAcceptance(step.text) ? '' : done };
    }),
    cells: index => cells(steps, index),
    details: index => stepFacts(steps, index),
  };
}

/** What the bars beside the steps mean. */
export const lockLegend = (): HTMLElement =>
  element(
    'p',
    { class: 'legend', 'aria-hidden': 'true' },
    'mmap_lock:',
    element('span', { class: 'read' }, 'held for reading'),
    element('span', { class: 'write' }, 'held for writing'),
    element('span', {}, 'not held'),
  );

/** The timeline, with the step `selected` open; `choose` hears of each new choice. */
export function timeline(
  steps: readonly TraceStep[],
  selected: number,
  choose: (index: number) => void,
): HTMLElement {
  const list = stepList(
    { id: 'call-steps', label: 'Steps of the call' },
    steps.map((_, index) => row(steps, index)),
    selected,
    choose,
  );
  return element('section', { 'aria-label': 'Timeline' }, element('h2', {}, 'Steps'), lockLegend(), list);
}
