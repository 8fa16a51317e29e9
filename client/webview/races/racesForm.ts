/** The form of the races: which test or discussion, on which release, with which proposals and without which guards. */

import { RELEASES, SWITCHES, type SwitchName } from '../../../kernel/src/index.js';
import {
  conditionText,
  type Litmus,
  type LitmusFile,
  litmusNames,
  taskLetter,
  taskText,
} from '../../../simulator/src/index.js';
import { check, dropDown, element, type Option } from '../dom.js';
import { axesOf, filesOf, firstQuestion, offeredSwitches, type RaceQuestion } from './question.js';

/** The value of "all releases", and of "every choice", in their lists. */
const ALL = '';

/** The names of a library as the list has them: discussions, then their tests, then the other tests. */
export function nameOptions(library: readonly LitmusFile[]): Option[] {
  const discussions = new Set(library.flatMap(({ discussion }) => discussion ?? []));
  const groupOf = (name: string): string => {
    if (discussions.has(name)) return 'Whole discussions';
    const discussion = library.find(file => file.name === name)?.discussion ?? null;
    return discussion === null ? 'Other litmus tests' : `Litmus tests of ${discussion}`;
  };
  const options = litmusNames(library).map(name => ({ value: name, label: name, group: groupOf(name) }));
  const order = ['Whole discussions', ...[...discussions].map(name => `Litmus tests of ${name}`)];
  const rank = ({ group }: Option): number => {
    const at = order.indexOf(group ?? '');
    return at < 0 ? order.length : at;
  };
  return options.toSorted((a, b) => rank(a) - rank(b));
}

/** What a test is about: its tasks and its question, of its first variant. */
export function aboutTest({ name, about, variants }: LitmusFile): HTMLElement {
  const [first] = variants;
  return element(
    'div',
    { class: 'about' },
    element('p', {}, about),
    first !== undefined && programOf(first, name),
  );
}

function programOf({ tasks, question }: Litmus, name: string): HTMLElement {
  return element(
    'dl',
    { class: 'program', 'aria-label': `Tasks and question of ${name}` },
    ...tasks.flatMap((task, index) => [
      element('dt', {}, `${taskLetter(index)} ${task.name}`),
      element('dd', { class: 'mono' }, taskText(task)),
    ]),
    element('dt', {}, 'Can it be that'),
    element('dd', { class: 'mono' }, `${conditionText(question)}?`),
  );
}

const meaningOf = (name: SwitchName): string => SWITCHES.find(fact => fact.name === name)?.meaning ?? '';

function switchChecks(
  files: readonly LitmusFile[],
  question: RaceQuestion,
  how: 'with' | 'without',
  changed: (next: RaceQuestion) => void,
): HTMLElement {
  const { spokenOf, others } = offeredSwitches(files, how);
  const made = (name: SwitchName): HTMLElement =>
    check(`${how}-${name}`, name, meaningOf(name), question[how].includes(name), on => {
      const rest = question[how].filter(each => each !== name);
      changed({ ...question, [how]: on ? [...rest, name] : rest });
    });
  const [what, more] = how === 'with' ? ['With', 'Other proposals'] : ['Without', 'Other guards'];
  return element(
    'fieldset',
    { class: 'flags' },
    element('legend', {}, what),
    spokenOf.length > 0 && element('div', { class: 'checks' }, ...spokenOf.map(made)),
    others.length > 0 &&
      element(
        'details',
        { open: others.some(name => question[how].includes(name)) },
        element('summary', {}, more),
        element('div', { class: 'checks' }, ...others.map(made)),
      ),
  );
}

/** Makes the form of a question. `changed` gets each new question; the form is then made anew from it. */
export function racesForm(
  library: readonly LitmusFile[],
  question: RaceQuestion,
  changed: (next: RaceQuestion) => void,
): HTMLElement {
  const files = filesOf(library, question);
  const [only] = files;
  const form = element(
    'form',
    { class: 'scenario', 'aria-label': 'Race' },
    element(
      'div',
      { class: 'fields' },
      dropDown(
        { id: 'race', label: 'Discussion or litmus test', wide: true },
        nameOptions(library),
        question.name,
        name => changed({ ...firstQuestion(name), release: question.release }),
      ),
      dropDown(
        { id: 'race-release', label: 'Linux' },
        [
          { value: ALL, label: 'all that are spoken of' },
          ...RELEASES.toReversed().map(release => ({ value: release, label: release })),
        ],
        question.release ?? ALL,
        value => changed({ ...question, release: RELEASES.find(release => release === value) ?? null }),
      ),
      ...[...axesOf(files)].map(([axis, choices], index) =>
        dropDown(
          { id: `axis-${index}`, label: axis },
          [{ value: ALL, label: 'each' }, ...choices.map(choice => ({ value: choice, label: choice }))],
          question.variant[axis] ?? ALL,
          choice => {
            const { [axis]: _, ...rest } = question.variant;
            changed({ ...question, variant: choice === ALL ? rest : { ...rest, [axis]: choice } });
          },
        ),
      ),
    ),
    files.length === 1 && only !== undefined
      ? aboutTest(only)
      : element(
          'p',
          { class: 'about' },
          `${files.length} litmus tests: ${files.map(({ name }) => name).join(', ')}.`,
        ),
    switchChecks(files, question, 'with', changed),
    switchChecks(files, question, 'without', changed),
  );
  form.addEventListener('submit', event => event.preventDefault());
  return form;
}
