/**
 * The simulator panel: shows a call, lets a person change the situation, and says what the kernel would do; beside it,
 * litmus tests of tasks that run side by side.
 */

import { NEWEST_RELEASE, NO_CHANGES } from '../../kernel/src/index.js';
import { parseScenario, type Scenario } from '../../simulator/src/index.js';
import { callText, commandLine, scenarioJson } from './calls.js';
import { comparisonView } from './compare.js';
import { type ComparedKernel, comparedKernel, ownKernel } from './compareTarget.js';
import { button, element } from './dom.js';
import {
  type FromPanel,
  isPanelState,
  isToPanel,
  type PanelPart,
  type PanelState,
  type ShownCall,
} from './messages.js';
import { storedLitmus } from './races/litmusFile.js';
import { racesStateOf } from './races/racesState.js';
import { RacesView } from './races/racesView.js';
import { addedFlagsText, resultView } from './result.js';
import type { Run } from './runSimulation.js';
import { profileOf, scenarioForm } from './scenarioForm.js';
import { sideBySide } from './sideBySide.js';
import { SimulatorRunner } from './simulatorRunner.js';
import { SITUATIONS } from './situations.js';
import { lockLegend, sideOf, timeline } from './timeline.js';

/** The part of VS Code's webview API that is used. */
interface Host {
  postMessage(message: FromPanel): void;
  getState(): unknown;
  setState(state: PanelState): void;
}

declare function acquireVsCodeApi(): Host;

const host = acquireVsCodeApi();
const runner = new SimulatorRunner();
const app = document.getElementById('app') ?? document.body.appendChild(element('main', {}));

const heading = element('header', {});
const form = element('div', {});
const outcome = element('div', { id: 'outcome' });
const footer = element('footer', {});
const parts = element('nav', { class: 'parts', 'aria-label': 'Parts of the simulator' });
const callPart = element('div', { id: 'call' }, heading, form, outcome, footer);

/** What is shown when no call was given: a call that shows the lock being dropped. */
const FIRST: Scenario = {
  kernel: NEWEST_RELEASE,
  fn: 'get_user_pages_remote',
  flags: ['FOLL_WRITE'],
  locked: 1,
  mm: 'remote',
  opts: [],
  nr: 1,
  addr_offset: 0,
  vma: { kind: 'anon', share: 'private', prot: 'rw-', vm_flags: '0x8100073', len: 16384 },
  page_state: 'unpopulated',
  ...SITUATIONS.find(({ id }) => id === 'uffd-copy')?.set,
};

let call: ShownCall = { scenario: FIRST, title: 'any call', location: null };
let scenario: Scenario = FIRST;
let selectedStep = 0;
let compareWith: string | null = null;

/** The part of the call has content. */
let callShown = false;
let part: PanelPart = 'call';
/** What was kept of the races, until they are looked at. */
let keptRaces: unknown = null;
/** The litmus tests are read when the races are first looked at. */
let races: RacesView | null = null;

const keep = (): void =>
  host.setState({
    call,
    scenario,
    selectedStep,
    compareWith,
    part,
    races: races === null ? keptRaces : races.state,
  });

const copyCommandLine = (text: string): void =>
  host.postMessage({ type: 'copy', what: 'command line', text });

const PARTS: readonly { readonly id: PanelPart; readonly label: string }[] = [
  { id: 'call', label: 'One call' },
  { id: 'races', label: 'Races' },
];

/** The races, with what was kept of them. */
async function racesShown(): Promise<RacesView> {
  if (races !== null) return races;
  const made = new RacesView({
    runner,
    load: () => storedLitmus(document.body.dataset.litmus ?? ''),
    changed: keep,
    copyCommandLine,
  });
  races = made;
  await made.show(racesStateOf(keptRaces));
  return made;
}

function showPart(shown: PanelPart): void {
  part = shown;
  parts.replaceChildren(
    ...PARTS.map(({ id, label }) =>
      button(label, { id: `part-${id}`, 'aria-pressed': String(id === shown) }, () => choosePart(id)),
    ),
  );
  callPart.hidden = shown !== 'call';
  if (races !== null) races.element.hidden = shown !== 'races';
}

/** Shows a part; `then` is done with the races when they are there. */
function choosePart(chosen: PanelPart, then: (view: RacesView) => void = () => undefined): void {
  const focused = document.activeElement?.id;
  showPart(chosen);
  if (focused?.startsWith('part-') === true) document.getElementById(`part-${chosen}`)?.focus();
  if (chosen === 'races') {
    void racesShown().then(view => {
      if (view.element.parentElement === null) app.append(view.element);
      then(view);
      keep();
    });
  }
  keep();
}

function drawHeading(): void {
  const profile = profileOf(scenario);
  const { location } = call;
  const name =
    location === null ? '' : decodeURIComponent(location.uri.slice(location.uri.lastIndexOf('/') + 1));
  heading.replaceChildren(
    element('h1', {}, profile === null ? scenario.fn : callText(scenario, profile)),
    element(
      'p',
      { class: 'origin' },
      location === null
        ? call.title
        : button(`Show the call: ${name}:${location.line + 1}`, { class: 'link' }, () =>
            host.postMessage({ type: 'showCall', location }),
          ),
    ),
  );
}

function drawForm(): void {
  const focused = document.activeElement?.id;
  const comparison = {
    target: compareWith,
    changed: (target: string | null): void => {
      compareWith = target;
      changed(scenario);
    },
  };
  form.replaceChildren(scenarioForm(scenario, comparison, changed));
  // The form is made anew with each change: the keyboard stays where it was.
  if (focused !== undefined && focused !== '') document.getElementById(focused)?.focus();
}

function drawFooter(): void {
  const { where } = runner;
  footer.replaceChildren(
    'A model of the kernel for the memory situation above, checked against recorded runs of real kernels.',
    where.place === 'page' ? ` It runs in this page, not in a worker: ${where.reason}.` : '',
  );
}

/** What the scenario is compared with; null: nothing. */
function compared(): ComparedKernel | null {
  return compareWith === null ? null : comparedKernel(compareWith, scenario, releaseShown());
}

const releaseShown = (): string => profileOf(scenario)?.release ?? scenario.kernel;

const choose = (index: number): void => {
  selectedStep = index;
  keep();
};

function drawOutcome([run, other]: readonly Run[]): void {
  if (run === undefined) return;
  const view = resultView(run, {
    copyScenario: () => host.postMessage({ type: 'copy', what: 'scenario', text: scenarioJson(scenario) }),
    copyCommandLine: () => copyCommandLine(commandLine(scenario)),
  });
  outcome.replaceChildren(view);
  const added = document.getElementById('added-flags');
  if (added !== null) added.textContent = addedFlagsText(run);
  const against = compared();
  const { name } = ownKernel(scenario, releaseShown());
  if (other !== undefined && against !== null) outcome.append(comparisonView(run, other, name, against.name));
  if (run.kind === 'simulated' && run.simulation.modelled) {
    const { trace } = run.simulation;
    if (against !== null && other?.kind === 'simulated' && other.simulation.modelled) {
      const there = sideOf(against.name, other.simulation.trace);
      const steps = sideBySide('call-steps', sideOf(name, trace), there, selectedStep, choose);
      steps.querySelector('h2')?.after(lockLegend());
      outcome.append(steps);
    } else {
      outcome.append(timeline(trace, selectedStep, choose));
    }
  }
  drawFooter();
}

function simulateShown(): void {
  const against = compared();
  const other =
    against === null ? [] : [{ scenario: { ...scenario, kernel: against.kernel }, changes: against.changes }];
  runner.run([{ scenario, changes: NO_CHANGES }, ...other], drawOutcome);
}

function changed(next: Scenario): void {
  scenario = next;
  selectedStep = compareWith === null ? 0 : -1;
  keep();
  drawHeading();
  drawForm();
  simulateShown();
}

function show(shown: ShownCall, edited: unknown, step: number): void {
  call = shown;
  callShown = true;
  selectedStep = step;
  const parsed = parseScenario(edited ?? FIRST);
  if ('problems' in parsed) {
    runner.run([{ scenario: edited, changes: NO_CHANGES }], drawOutcome);
    heading.replaceChildren(element('h1', {}, shown.title));
    form.replaceChildren();
    return;
  }
  scenario = parsed.scenario;
  keep();
  drawHeading();
  drawForm();
  simulateShown();
}

window.addEventListener('message', (event: MessageEvent<unknown>) => {
  const { data } = event;
  if (!isToPanel(data)) return;
  if (data.type === 'explore') {
    // The other part is not left empty.
    if (!callShown) show(call, null, 0);
    choosePart('races', view => void view.explore(data.name));
  } else {
    choosePart('call');
    show(data.call, data.call.scenario, 0);
  }
});

async function start(): Promise<void> {
  await runner.start(document.body.dataset.worker ?? '');
  app.replaceChildren(parts, callPart);
  const kept = host.getState();
  if (isPanelState(kept)) {
    compareWith = kept.compareWith;
    keptRaces = kept.races;
    part = kept.part;
    show(kept.call, kept.scenario, kept.selectedStep);
  }
  choosePart(part);
  host.postMessage({ type: 'ready' });
}

void start();
