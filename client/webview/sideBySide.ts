/** Two runs in one list: a line has the step of the left one, the step of the right one, or both. */

import { type AlignedSteps, alignSteps, firstDifference, type StepTexts } from './alignSteps.js';
import { element } from './dom.js';
import { stepList } from './stepList.js';

/** A run as it is shown. */
export interface ShownSide {
  readonly name: string;
  readonly steps: readonly StepTexts[];
  /** The bars of a step, and what it says, for a place in `steps`. */
  readonly cells: (index: number) => readonly HTMLElement[];
  /** What is known at the step, shown for the chosen line. */
  readonly details: (index: number) => readonly (readonly [string, string])[];
}

function half(side: ShownSide, other: ShownSide, index: number | null): HTMLElement {
  if (index === null)
    return element(
      'div',
      { class: 'half missing' },
      element('span', { class: 'heard' }, `only ${other.name}`),
    );
  const details = side.details(index);
  return element(
    'div',
    { class: 'half' },
    ...side.cells(index),
    details.length > 0 &&
      element(
        'dl',
        { 'aria-hidden': 'true' },
        ...details.flatMap(([name, text]) => [
          element('dt', {}, name),
          element('dd', { class: 'mono' }, text),
        ]),
      ),
  );
}

function row(line: AlignedSteps, isFirst: boolean, here: ShownSide, there: ShownSide): HTMLElement {
  const number = line.here ?? line.there;
  return element(
    'li',
    { class: `step pair${line.same ? '' : ' differs'}${isFirst ? ' differs-first' : ''}` },
    element('span', { class: 'number' }, number === null ? '' : String(number + 1)),
    half(here, there, line.here),
    half(there, here, line.there),
    isFirst && element('span', { class: 'badge first-difference' }, 'first difference'),
  );
}

function partingText(lines: readonly AlignedSteps[], first: number): string {
  if (first >= 0) return `Steps: they part at line ${first + 1}`;
  return lines.every(({ same }) => same) ? 'Steps: the same on both' : 'Steps: the same is done on both';
}

/**
 * The two runs, the line `selected` chosen; a negative one: where they part. `choose` hears of each new choice. `id` is that
 * of the list.
 */
export function sideBySide(
  id: string,
  here: ShownSide,
  there: ShownSide,
  selected: number,
  choose: (index: number) => void,
): HTMLElement {
  const lines = alignSteps(here.steps, there.steps);
  const first = firstDifference(lines);
  const names = element(
    'div',
    { class: 'pair-names', 'aria-hidden': 'true' },
    element('span', {}, here.name),
    element('span', {}, there.name),
  );
  const rows = lines.map((line, index) => row(line, index === first, here, there));
  return element(
    'section',
    { 'aria-label': `Steps, ${here.name} beside ${there.name}` },
    element('h2', {}, partingText(lines, first)),
    stepList(
      { id, label: `Steps of ${here.name} and ${there.name}` },
      rows,
      selected < 0 ? Math.max(first, 0) : selected,
      choose,
      names,
    ),
  );
}
