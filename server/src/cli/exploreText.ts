/** The texts of `gup-lens explore`, in 80 columns. */

import { RELEASES, releaseSpan } from '../../../kernel/src/index.js';
import {
  conditionText,
  formatSchedule,
  holdsAtEnd,
  type Kernel,
  type Litmus,
  type LitmusCase,
  type LitmusFile,
  type LitmusRow,
  observedText,
  parseSchedule,
  type Replay,
  replayLitmus,
  type ShownRun,
  taskLetter,
  taskText,
  valuesOf,
} from '../../../simulator/src/index.js';
import type { Style } from './io.js';
import { wrap } from './wrap.js';

/** The tests that there are, by discussion. */
export function litmusListText(library: readonly LitmusFile[], style: Style): string {
  const discussions = [...new Set(library.map(({ discussion }) => discussion))];
  const lines = discussions.flatMap(discussion => [
    style.bold(discussion ?? 'of no discussion'),
    ...library
      .filter(file => file.discussion === discussion)
      .flatMap(({ name, about }) => [`  ${name}`, ...wrap('    ', about)]),
    '',
  ]);
  return lines.join('\n');
}

/** One row at length; several as a table, below the tasks of their test. */
export function rowsText(cases: readonly LitmusCase[], rows: readonly LitmusRow[], style: Style): string {
  const names = [...new Set(rows.map(({ name }) => name))];
  const sections = names.map(name => {
    const own = rows.filter(row => row.name === name);
    const litmus = cases.find(each => each.litmus.name === name)?.litmus;
    const [only] = own;
    const head = litmus === undefined ? [] : headLines(litmus, style);
    const kernel = cases.find(each => each.litmus.name === name)?.kernel;
    if (own.length === 1 && only !== undefined && litmus !== undefined && kernel !== undefined)
      return [...head, ...rowLines(only, style), ...stepsOf(only, litmus, kernel)];
    return [...head, ...groupsOf(own).flatMap(group => groupLines(group, style))];
  });
  return `${sections.map(lines => lines.join('\n')).join('\n\n')}\n`;
}

function headLines(litmus: Litmus, style: Style): string[] {
  const { name, about, discussion, tasks, question } = litmus;
  return [
    `${style.bold(name)}${discussion === null ? '' : ` (${discussion})`}`,
    ...wrap('  ', about),
    ...tasks.flatMap((task, index) =>
      wrap(`  ${taskLetter(index)} ${task.name}: `, taskText(task), '      '),
    ),
    ...wrap('  ? ', conditionText(question), '    '),
  ];
}

/** Neighbouring releases of which the same is to be told. */
interface Group {
  readonly first: LitmusRow;
  readonly releases: readonly string[];
}

function groupsOf(rows: readonly LitmusRow[]): readonly Group[] {
  const groups = new Map<string, LitmusRow[]>();
  for (const row of rows) {
    const { variant, with: on, without, verdict, reason, expected, witness } = row;
    const told = verdict === null ? null : reason;
    const key = JSON.stringify([variant, on, without, verdict, told, expected, witness?.schedule]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap(group => {
    const [first] = group;
    return first === undefined ? [] : { first, releases: group.map(({ release }) => release) };
  });
}

function groupLines({ first, releases }: Group, style: Style): readonly string[] {
  const where = [releaseSpan(releases, RELEASES), ...switchTexts(first), ...variantTexts(first)].join(', ');
  return [...wrap('  ', `${where}: ${verdictText(first, style)}`, '      '), ...runLines(first)];
}

function rowLines(row: LitmusRow, style: Style): readonly string[] {
  const where = [`Linux ${row.release}`, ...switchTexts(row), ...variantTexts(row)].join(', ');
  return [...wrap('  ', `${where}: ${verdictText(row, style)}`, '      '), ...runLines(row)];
}

function switchTexts({ with: on, without }: LitmusRow): string[] {
  return [...on.map(name => `with ${name}`), ...without.map(name => `without ${name}`)];
}

function variantTexts({ variant }: LitmusRow): string[] {
  return Object.entries(variant).map(([axis, choice]) => `${axis}=${choice}`);
}

function verdictText(row: LitmusRow, style: Style): string {
  const { verdict, reason, expected, asExpected, states, complete } = row;
  if (verdict === null) return `does not apply: ${reason}`;
  const text =
    asExpected === false ? style.error(verdict) : asExpected === true ? style.good(verdict) : verdict;
  const judged = asExpected === null ? '' : asExpected ? ', as expected' : `, but ${expected} was expected`;
  const why = reason === null ? '' : ` (${reason})`;
  return `${text}${judged}${why}; ${states} states${complete ? '' : ', not all'}`;
}

function runLines({ witness, counterexample, verdict, expected }: LitmusRow): readonly string[] {
  const lines: string[] = [];
  if (witness !== null) lines.push(...shownLines('true of', witness));
  if (counterexample !== null && (expected === 'required' || (verdict === 'unknown' && witness === null)))
    lines.push(...shownLines('not true of', counterexample));
  return lines;
}

function shownLines(how: string, { schedule, observed, violations, stuck }: ShownRun): readonly string[] {
  const texts = [
    ...Object.entries(observed).map(([name, value]) => `${name} = ${observedText(value)}`),
    ...violations.map(({ text }) => text),
    ...stuck.map(task => `${task} waits for ever`),
  ];
  return [
    ...wrap('      ', `${how} --schedule '${schedule}'`, '        '),
    ...wrap('        ', texts.join('; ')),
  ];
}

/** The steps of the run that answers the question. */
function stepsOf({ witness }: LitmusRow, litmus: Litmus, kernel: Kernel): readonly string[] {
  if (witness === null) return [];
  const parsed = parseSchedule(witness.schedule, litmus.tasks.length);
  const run = 'turns' in parsed ? replayLitmus(litmus, kernel, parsed.turns) : parsed;
  return 'error' in run ? [] : ['', ...stepLines(litmus, run)];
}

function stepLines(litmus: Litmus, { steps }: Replay): readonly string[] {
  const digits = `${steps.length}`.length;
  return steps.flatMap(({ task, step, violations }, index) => {
    const number = `${index + 1}`.padStart(digits);
    const page = step?.page === undefined ? '' : ` [page ${step.page}]`;
    const text = step === null ? 'the model ends here' : `${step.routine}${page}: ${step.text}`;
    const before = steps[index - 1];
    const who = before?.task === task ? '' : `${taskLetter(task)} ${litmus.tasks[task]?.name ?? ''}`;
    return [
      ...(who === '' ? [] : [`  ${who}`]),
      ...wrap(`  ${number} `, text, ' '.repeat(digits + 5)),
      ...violations.flatMap(violation =>
        wrap(' '.repeat(digits + 3), `! ${violation.property}: ${violation.text}`),
      ),
    ];
  });
}

/** A replayed run at length. */
export function replayText(litmus: Litmus, kernel: Kernel, run: Replay, style: Style): string {
  const switches = [
    ...kernel.with.map(name => `with ${name}`),
    ...kernel.without.map(name => `without ${name}`),
  ];
  const isTrue = holdsAtEnd(litmus.question, run);
  const observed = Object.entries(valuesOf(run.outcome)).map(
    ([key, value]) => `${key} = ${observedText(value)}`,
  );
  const lines = [
    ...headLines(litmus, style),
    ...wrap(
      '  ',
      [`Linux ${kernel.release}`, ...switches, `--schedule '${formatSchedule(run.schedule)}'`].join(', '),
    ),
    '',
    ...stepLines(litmus, run),
    '',
    ...wrap('  ', observed.join('; ')),
    ...run.stuck.map(task => `  ${litmus.tasks[task]?.name ?? ''} waits for ever`),
    ...(run.notModelled === null ? [] : wrap('  ', `not modelled: ${run.notModelled}`)),
    `  The question is ${isTrue ? 'true' : 'not true'} of this run.`,
  ];
  return `${lines.join('\n')}\n`;
}
