/** What differs between the outcomes of one call on two kernels. */

import type { Outcome } from '../../simulator/src/index.js';
import { element } from './dom.js';
import { returnText } from './result.js';
import type { Run } from './runSimulation.js';

/** One field that differs, as texts of both sides. */
export interface Difference {
  readonly what: string;
  readonly here: string;
  readonly there: string;
}

const names = (flags: readonly string[]): string => (flags.length === 0 ? '0' : flags.join(' '));

/** What is compared, in the order of telling. Numberings (`hex`) differ between releases and mean nothing. */
const ASPECTS: readonly { readonly what: string; readonly of: (outcome: Outcome) => string }[] = [
  { what: 'returns', of: returnText },
  { what: 'lock pointer', of: ({ locked_after }) => (locked_after === null ? '–' : String(locked_after)) },
  { what: 'mmap_lock after', of: outcome => (outcome.mmap_lock_held_after ? 'held' : 'not held') },
  { what: 'the kernel warns', of: ({ warned }) => (warned ? 'yes' : 'no') },
  {
    what: 'GUP flags',
    of: outcome => (outcome.effective_gup_flags === undefined ? '–' : names(outcome.effective_gup_flags)),
  },
  {
    what: 'faults',
    of: ({ faults }) =>
      faults.length === 0
        ? 'none'
        : faults.map(({ flags, ret }) => `${names(flags)} → ${names(ret)}`).join('; '),
  },
  {
    what: 'lock operations',
    of: ({ lock_events }) =>
      lock_events.length === 0 ? 'none' : lock_events.map(event => event.replaceAll('_', ' ')).join(', '),
  },
  {
    what: 'page',
    of: ({ pages, same_page_as_before }) =>
      pages.length === 0
        ? 'none'
        : `${same_page_as_before === null ? '' : same_page_as_before ? 'the one mapped before; ' : 'another than before; '}${names(pages[0]?.f ?? [])}`,
  },
];

/** The aspects in which two outcomes differ. */
export function differences(here: Outcome, there: Outcome): Difference[] {
  return ASPECTS.map(({ what, of }) => ({ what, here: of(here), there: of(there) })).filter(
    difference => difference.here !== difference.there,
  );
}

/** The comparison as the panel shows it. Where a side is not modelled there is nothing to compare, and it says so. */
export function comparisonView(here: Run, there: Run, name: string, other: string): HTMLElement {
  const section = (...children: (Node | string)[]): HTMLElement =>
    element('section', { class: 'comparison', 'aria-label': `Compared with ${other}` }, ...children);
  if (there.kind !== 'simulated')
    return section(element('p', { class: 'note' }, `${other} cannot be simulated.`));
  if (!there.simulation.modelled) {
    return section(
      element('p', { class: 'note' }, element('strong', {}, 'Not modelled: '), there.simulation.reason),
    );
  }
  if (here.kind !== 'simulated' || !here.simulation.modelled) return section();
  const found = differences(here.simulation.outcome, there.simulation.outcome);
  if (found.length === 0) return section(element('p', { class: 'same' }, `The same outcome on ${other}.`));
  const cell = (text: string): HTMLElement => element('td', {}, text);
  return section(
    element(
      'table',
      {},
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          element('td', {}),
          ...[name, other].map(text => element('th', { scope: 'col' }, text)),
        ),
      ),
      element(
        'tbody',
        {},
        ...found.map(difference =>
          element(
            'tr',
            {},
            element('th', { scope: 'row' }, difference.what),
            cell(difference.here),
            cell(difference.there),
          ),
        ),
      ),
    ),
  );
}
