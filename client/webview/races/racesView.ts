/** The races: a form, Explore with its progress, the verdicts, and a run step by step. */

import {
  type LitmusFile,
  type LitmusRow,
  litmusLibrary,
  type ReplayedRun,
  type StoredLitmus,
} from '../../../simulator/src/index.js';
import { button, element } from '../dom.js';
import type { SimulatorRunner } from '../simulatorRunner.js';
import type { Told } from './exploring.js';
import { lanes, lanesBeside } from './lanes.js';
import { choicesText, exploreCommandLine, filesOf, questionOfRow, type RaceQuestion } from './question.js';
import { racesForm } from './racesForm.js';
import { FIRST_RACES, opened, type RacesState } from './racesState.js';
import { observedIn, statesText, tellingRun, verdictLines, verdictTable, verdictText } from './verdicts.js';

/** What the races need of the panel. */
export interface RacesSurroundings {
  readonly runner: SimulatorRunner;
  /** Reads the litmus tests that the product brings along. Rejects if they cannot be read. */
  readonly load: () => Promise<readonly StoredLitmus[]>;
  /** Something is to be kept. */
  readonly changed: () => void;
  readonly copyCommandLine: (text: string) => void;
}

/** What is said of an exploration whose end was never heard: the page was hidden or reloaded meanwhile. */
const INTERRUPTED = 'The exploration was interrupted: there may be more than this. Explore again.';

/** The part of the panel that explores litmus tests. */
export class RacesView {
  readonly element: HTMLElement = element('div', { id: 'races' });
  readonly #around: RacesSurroundings;
  readonly #form = element('div', {});
  readonly #actions = element('div', {});
  readonly #outcome = element('div', { id: 'races-outcome' });
  readonly #run = element('div', { id: 'races-run' });
  #stored: readonly StoredLitmus[] = [];
  #library: readonly LitmusFile[] | null = null;
  #state: RacesState = FIRST_RACES;
  /** Calls off the exploration that goes on; null: none does. */
  #cancel: (() => void) | null = null;
  /** The exploration that is heard: what an older one still tells is dropped. */
  #exploration = 0;
  /** The run whose steps are wanted: an older replay that arrives later is dropped. */
  #replay = 0;

  constructor(around: RacesSurroundings) {
    this.#around = around;
  }

  get state(): RacesState {
    return this.#state;
  }

  /** Shows the races as they were kept. */
  async show(state: RacesState): Promise<void> {
    this.#callOff();
    this.#state = state;
    this.element.replaceChildren(
      element('header', {}, element('h1', {}, 'Races: every order of the tasks that matters')),
      this.#form,
      this.#actions,
      this.#outcome,
      this.#run,
    );
    if (!(await this.#loaded())) return;
    this.#drawAll();
  }

  /** Opens a test or a discussion and explores it. */
  async explore(name: string): Promise<void> {
    await this.show(opened(name));
    if (this.#library !== null) this.#explore();
  }

  async #loaded(): Promise<boolean> {
    if (this.#library !== null) return true;
    try {
      this.#stored = await this.#around.load();
      this.#library = litmusLibrary(this.#stored);
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const text = `The litmus tests cannot be read: ${reason}. Install the extension anew.`;
      this.#outcome.replaceChildren(element('p', { class: 'note', role: 'alert' }, text));
      return false;
    }
  }

  #keep(change: Partial<RacesState>): void {
    this.#state = { ...this.#state, ...change };
    this.#around.changed();
  }

  #drawAll(): void {
    this.#drawForm();
    this.#drawActions(null);
    this.#drawOutcome();
    this.#drawRun();
  }

  #drawForm(): void {
    const focused = document.activeElement?.id;
    this.#form.replaceChildren(
      racesForm(this.#library ?? [], this.#state.question, question => this.#asks(question)),
    );
    // The form is made anew with each change: the keyboard stays where it was.
    if (focused !== undefined && focused !== '') document.getElementById(focused)?.focus();
  }

  #asks(question: RaceQuestion): void {
    this.#callOff();
    this.#keep({ question, rows: [], stopped: null, shown: null, selectedStep: 0 });
    this.#drawAll();
  }

  #callOff(): void {
    const cancel = this.#cancel;
    this.#cancel = null;
    this.#exploration += 1;
    this.#replay += 1;
    cancel?.();
  }

  #drawActions(at: (Told & { readonly kind: 'at' }) | null): void {
    const { question } = this.#state;
    if (this.#cancel === null) {
      this.#actions.replaceChildren(
        element(
          'div',
          { class: 'actions' },
          button('Explore', { id: 'explore', class: 'primary' }, () => this.#explore()),
          button('Copy command line', {}, () => this.#around.copyCommandLine(exploreCommandLine(question))),
        ),
      );
      return;
    }
    // The button stays: who is about to press it does not lose it.
    const cancel =
      document.getElementById('cancel') ?? button('Cancel', { id: 'cancel' }, () => this.#cancel?.());
    const text = at === null ? 'begins' : `${at.text}: ${at.states.toLocaleString('en')} states`;
    const bar = element('progress', {
      'aria-label': 'Exploration',
      max: at?.cases ?? 1,
      value: at === null || at.cases === 1 ? undefined : at.done,
    });
    const line = element('span', { class: 'progress' }, bar, text);
    const shown = cancel.parentElement;
    if (shown === null) this.#actions.replaceChildren(element('div', { class: 'actions' }, cancel, line));
    else shown.replaceChildren(cancel, line);
  }

  #explore(): void {
    const { question } = this.#state;
    this.#callOff();
    this.#keep({ rows: [], stopped: INTERRUPTED, shown: null, selectedStep: 0 });
    const names = new Set(filesOf(this.#library ?? [], question).map(({ name }) => name));
    const tests = this.#testsNamed(names);
    this.#exploration += 1;
    const mine = this.#exploration;
    this.#cancel = this.#around.runner.explore({ tests, question, schedule: null }, told => {
      if (this.#exploration === mine) this.#hear(told);
    });
    this.#drawActions(null);
    this.#drawOutcome();
    this.#drawRun();
    document.getElementById('cancel')?.focus();
  }

  #testsNamed(names: ReadonlySet<string>): readonly unknown[] {
    return this.#stored.flatMap(({ litmus }, index) =>
      names.has(this.#library?.[index]?.name ?? '') ? [litmus] : [],
    );
  }

  #hear(told: Told): void {
    switch (told.kind) {
      case 'at':
        this.#drawActions(told);
        return;
      case 'row':
        this.#keep({ rows: [...this.#state.rows, told.row] });
        this.#drawOutcome();
        return;
      case 'done': {
        const { rows } = this.#state;
        const first = rows.findIndex(row => tellingRun(row) !== null);
        this.#ended(told.cancelled ? `Cancelled: ${rows.length} of ${told.cases} were looked at.` : null);
        if (first >= 0) this.#choose(first);
        return;
      }
      case 'failed':
        this.#ended(`The exploration failed: ${told.message}`);
        return;
      case 'run':
    }
  }

  #ended(stopped: string | null): void {
    this.#cancel = null;
    this.#keep({ stopped });
    const focused = document.activeElement?.id === 'cancel';
    this.#drawActions(null);
    if (focused) document.getElementById('explore')?.focus();
    this.#drawOutcome();
  }

  #choose(index: number): void {
    this.#keep({ shown: index, selectedStep: -1 });
    this.#drawOutcome();
    this.#drawRun();
  }

  #drawOutcome(): void {
    const { rows, stopped, shown } = this.#state;
    const [only] = rows;
    const note =
      stopped === null || this.#cancel !== null
        ? []
        : [element('p', { class: 'note', role: 'status' }, stopped)];
    if (only === undefined) {
      this.#outcome.replaceChildren(...note);
      return;
    }
    const chosen = shown === null ? null : (rows[shown] ?? null);
    const content =
      rows.length === 1
        ? resultLine(only)
        : verdictTable(verdictLines(rows), chosen, row => this.#choose(rows.indexOf(row)));
    this.#outcome.replaceChildren(element('section', { 'aria-label': 'Verdicts' }, content), ...note);
  }

  #drawRun(): void {
    const { rows, shown } = this.#state;
    const row = shown === null ? undefined : rows[shown];
    const run = row === undefined ? null : tellingRun(row);
    this.#replay += 1;
    if (row === undefined || run === null) {
      this.#run.replaceChildren();
      return;
    }
    const wanted = this.#replay;
    const { schedule } = run;
    const question = questionOfRow(row);
    const replayed = (
      of: RaceQuestion,
      following: 'exact' | 'nearest',
      then: (run: ReplayedRun | null, reason: string) => void,
    ): void => {
      const asked = { tests: this.#testsNamed(new Set([row.name])), question: of, schedule, following };
      this.#around.runner.explore(asked, told => {
        if (this.#replay !== wanted) return;
        if (told.kind === 'run') then(told.run, '');
        if (told.kind === 'failed') then(null, told.message);
      });
    };
    replayed(question, 'exact', (found, reason) => {
      if (found === null) {
        const text = `The run cannot be replayed: ${reason}`;
        this.#run.replaceChildren(element('p', { class: 'note', role: 'alert' }, text));
        return;
      }
      const turned = question.with.length + question.without.length > 0;
      const draw = (plain: ReplayedRun | null): void =>
        this.#run.replaceChildren(this.#runView(found, schedule, question, plain));
      if (turned) replayed({ ...question, with: [], without: [] }, 'nearest', draw);
      else draw(null);
    });
  }

  /** `plain`: the order on the release as it is, as far as that allows it, where the question turns switches. */
  #runView(
    run: ReplayedRun,
    schedule: string,
    question: RaceQuestion,
    plain: ReplayedRun | null,
  ): HTMLElement {
    const file = this.#library?.find(({ name }) => name === run.name);
    const tasks = file?.variants[0]?.tasks.map(({ name }) => name) ?? [];
    const observed = observedIn(run);
    const { selectedStep } = this.#state;
    const choose = (index: number): void => this.#keep({ selectedStep: index });
    const choices = choicesText({ ...question, variant: {} });
    return element(
      'div',
      { class: 'run' },
      element(
        'h2',
        {},
        `A run of ${run.name} of which the question is ${run.question ? 'true' : 'not true'}`,
      ),
      element('p', { class: 'mono' }, schedule),
      observed !== '' && element('p', { class: 'mono' }, observed),
      plain !== null &&
        element(
          'p',
          { class: 'note plain-kernel' },
          `${run.schedule === plain.schedule ? 'The same order' : 'The same order, as far as it can be,'} on Linux ${run.release} as it is: the question is ${plain.question ? 'true' : 'not true'}; ${observedIn(plain)}.`,
        ),
      element(
        'div',
        { class: 'actions' },
        button('Copy command line of this run', {}, () =>
          this.#around.copyCommandLine(exploreCommandLine(question, schedule)),
        ),
      ),
      plain === null
        ? lanes(run, tasks, Math.max(selectedStep, 0), choose)
        : lanesBeside(
            { name: `${run.release} ${choices}`, run },
            { name: `Linux ${run.release} as it is`, run: plain },
            tasks,
            selectedStep,
            choose,
          ),
    );
  }
}

/** The result of the only row, as a line. */
function resultLine(row: LitmusRow): HTMLElement {
  const mark = row.asExpected === null ? '' : row.asExpected ? ' good' : ' bad';
  const states = statesText(row);
  return element(
    'div',
    {},
    element(
      'p',
      { class: `result${mark}`, role: 'status' },
      element('span', { class: 'returns' }, verdictText(row)),
      states !== '' && element('span', { class: 'fact' }, states),
    ),
    row.reason !== null && element('p', { class: 'note' }, row.reason),
  );
}
