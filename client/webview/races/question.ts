/** What the panel asks of litmus tests: which tests, on which kernel; and the command line that asks the same. */

import {
  isSwitchName,
  NEWEST_RELEASE,
  PROPOSALS,
  RELEASES,
  type Release,
  SWITCHES,
  type SwitchName,
} from '../../../kernel/src/index.js';
import { type LitmusFile, type LitmusRow, litmusNamed } from '../../../simulator/src/index.js';

/** A question of the form. */
export interface RaceQuestion {
  /** Name of a litmus test or of a discussion. */
  readonly name: string;
  /** null: every release and switch that the tests expect something of. */
  readonly release: Release | null;
  /** Switches to turn on, and to turn off. */
  readonly with: readonly SwitchName[];
  readonly without: readonly SwitchName[];
  /** By axis the choice that a variant has to have. */
  readonly variant: Readonly<Record<string, string>>;
}

/** The question that a test or discussion is opened with. */
export function firstQuestion(name: string): RaceQuestion {
  return { name, release: NEWEST_RELEASE, with: [], without: [], variant: {} };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const switchesIn = (value: unknown): readonly SwitchName[] =>
  Array.isArray(value) ? value.filter((name): name is SwitchName => isSwitchName(String(name))) : [];

/** A question that was kept, perhaps by another version: names that are gone are left out. null: it is none. */
export function questionOf(value: unknown): RaceQuestion | null {
  if (!isRecord(value) || typeof value.name !== 'string') return null;
  const variant = isRecord(value.variant) ? value.variant : {};
  return {
    name: value.name,
    release:
      value.release === null ? null : (RELEASES.find(each => each === value.release) ?? NEWEST_RELEASE),
    with: switchesIn(value.with),
    without: switchesIn(value.without),
    variant: Object.fromEntries(
      Object.entries(variant).flatMap(([axis, choice]) =>
        typeof choice === 'string' ? [[axis, choice] as const] : [],
      ),
    ),
  };
}

/** The axes of variants of some tests, each with its choices. */
export function axesOf(files: readonly LitmusFile[]): ReadonlyMap<string, readonly string[]> {
  const axes = new Map<string, Set<string>>();
  for (const { variant } of files.flatMap(({ variants }) => variants)) {
    for (const [axis, choice] of Object.entries(variant)) {
      axes.set(axis, (axes.get(axis) ?? new Set()).add(choice));
    }
  }
  return new Map([...axes].map(([axis, choices]) => [axis, [...choices]]));
}

/** Switches that the form offers to turn, those first that the tests speak of. */
export interface OfferedSwitches {
  readonly spokenOf: readonly SwitchName[];
  readonly others: readonly SwitchName[];
}

const GUARDS: readonly SwitchName[] = SWITCHES.filter(({ kind }) => kind === 'guard').map(({ name }) => name);

/** Proposals to turn on (`with`), or guards to turn off (`without`). */
export function offeredSwitches(files: readonly LitmusFile[], how: 'with' | 'without'): OfferedSwitches {
  const spokenOf = [
    ...new Set(files.flatMap(({ expect }) => expect.flatMap(expectation => expectation[how]))),
  ];
  const all = how === 'with' ? PROPOSALS : GUARDS;
  return { spokenOf, others: all.filter(name => !spokenOf.includes(name)) };
}

/** `with lockDroppedFlag, without gupFastForkSeq, kind=thp`; empty where a row has none of it. */
export function choicesText(row: Pick<LitmusRow, 'with' | 'without' | 'variant'>): string {
  return [
    ...row.with.map(name => `with ${name}`),
    ...row.without.map(name => `without ${name}`),
    ...Object.entries(row.variant).map(([axis, choice]) => `${axis}=${choice}`),
  ].join(', ');
}

const quoted = (text: string): string =>
  /^[\w.=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** A POSIX shell command that asks the same of the command-line tool; with a schedule it replays that run. */
export function exploreCommandLine(
  { name, release, with: on, without, variant }: RaceQuestion,
  schedule: string | null = null,
): string {
  return [
    'gup-lens explore',
    quoted(name),
    ...(release === null ? [] : [`--kernel ${release}`]),
    ...on.map(each => `--with ${each}`),
    ...without.map(each => `--without ${each}`),
    ...Object.entries(variant).map(([axis, choice]) => `--variant ${quoted(`${axis}=${choice}`)}`),
    ...(schedule === null ? [] : [`--schedule '${schedule}'`]),
  ].join(' ');
}

/** The question about the one case of a row. */
export function questionOfRow(row: LitmusRow): RaceQuestion {
  return {
    name: row.name,
    release: row.release,
    with: switchesIn(row.with),
    without: switchesIn(row.without),
    variant: row.variant,
  };
}

/** The tests that a question is about. */
export function filesOf(library: readonly LitmusFile[], { name }: RaceQuestion): readonly LitmusFile[] {
  return litmusNamed(library, name);
}
