/** What came of litmus tests, as texts and as a table. */

import { RELEASES, releaseSpan } from '../../../kernel/src/index.js';
import { type LitmusRow, observedText, type ShownRun } from '../../../simulator/src/index.js';
import { element } from '../dom.js';
import { choicesText } from './question.js';

/** `allowed, as expected`, `forbidden, but allowed was expected`, `does not apply`. */
export function verdictText({ verdict, expected, asExpected }: LitmusRow): string {
  if (verdict === null) return 'does not apply';
  if (asExpected === null) return verdict;
  return asExpected ? `${verdict}, as expected` : `${verdict}, but ${expected} was expected`;
}

/** `2,314 states, all orders that matter`; empty where nothing was explored. */
export function statesText({ verdict, states, complete }: LitmusRow): string {
  if (verdict === null) return '';
  const count = `${states.toLocaleString('en')} ${states === 1 ? 'state' : 'states'}`;
  return `${count}, ${complete ? 'complete' : 'not complete'}`;
}

/** The run that says most of a row: one of which the question is true, else one of which it is not. */
export function tellingRun({ witness, counterexample }: LitmusRow): ShownRun | null {
  return witness ?? counterexample;
}

/** What was noted in a run: `p = 1; r = "old"; parent waits for ever`. */
export function observedIn({ observed, stuck }: Pick<ShownRun, 'observed' | 'stuck'>): string {
  return [
    ...Object.entries(observed).map(([name, value]) => `${name} = ${observedText(value)}`),
    ...stuck.map(task => `${task} waits for ever`),
  ].join('; ');
}

/** Rows that say the same are one line. */
export interface VerdictLine {
  readonly row: LitmusRow;
  /** `6.12`, `4.8–5.10`. */
  readonly releases: string;
}

/** The rows as lines; each has the last of its rows, of the newest release. */
export function verdictLines(rows: readonly LitmusRow[]): readonly VerdictLine[] {
  const groups: LitmusRow[][] = [];
  const alike = ({
    name,
    variant,
    with: on,
    without,
    verdict,
    reason,
    expected,
    witness,
  }: LitmusRow): string =>
    JSON.stringify([
      name,
      variant,
      on,
      without,
      verdict,
      verdict === null ? '' : reason,
      expected,
      witness?.schedule,
    ]);
  for (const row of rows) {
    const group = groups.find(([first]) => first !== undefined && alike(first) === alike(row));
    if (group === undefined) groups.push([row]);
    else group.push(row);
  }
  return groups.flatMap(group => {
    const last = group.at(-1);
    const releases = group.map(({ release }) => release);
    return last === undefined ? [] : { row: last, releases: releaseSpan(releases, RELEASES) };
  });
}

/** The mark of a row: whether it is as expected. */
function markOf({ asExpected, verdict }: LitmusRow): string {
  if (verdict === null || asExpected === null) return '';
  return asExpected ? 'good' : 'bad';
}

/** The lines as a table; a row's button chooses its run. */
export function verdictTable(
  lines: readonly VerdictLine[],
  chosen: LitmusRow | null,
  choose: (row: LitmusRow) => void,
): HTMLElement {
  const head = ['Test', 'Linux', 'Verdict', 'Explored', 'Run'].map(text =>
    element('th', { scope: 'col' }, text),
  );
  const body = lines.map(({ row, releases }) => {
    const choices = choicesText(row);
    const run = tellingRun(row);
    const show = element(
      'button',
      {
        type: 'button',
        class: 'link',
        'aria-pressed': String(row === chosen),
        'aria-label': `Show a run of ${row.name} on ${releases}${choices === '' ? '' : `, ${choices}`}`,
      },
      'show',
    );
    show.addEventListener('click', () => choose(row));
    return element(
      'tr',
      row === chosen ? { class: 'chosen' } : {},
      element(
        'th',
        { scope: 'row' },
        row.name,
        choices !== '' && element('span', { class: 'choices' }, choices),
      ),
      element('td', {}, releases),
      element(
        'td',
        { class: `verdict ${markOf(row)}` },
        verdictText(row),
        row.reason !== null && element('span', { class: 'choices' }, row.reason),
      ),
      element('td', {}, statesText(row)),
      element('td', {}, run !== null && show),
    );
  });
  return element(
    'table',
    { class: 'verdicts' },
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...body),
  );
}
