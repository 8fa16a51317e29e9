/**
 * What of a release an exploration asks for. Two releases that answer all of it alike have the same runs, so that one
 * exploration stands for both.
 */

import type { Behaviour } from '../behaviour.js';

/** By name what was asked for, with the answer as a text. */
export type BehaviourReads = ReadonlyMap<string, string>;

/** The behaviour, which notes in `reads` whatever is asked of it. */
export function recordingBehaviour(behaviour: Behaviour, reads: Map<string, string>): Behaviour {
  const note = (name: string): void => {
    if (!reads.has(name)) reads.set(name, answer(behaviour, name));
  };
  const switches = {} as Record<keyof Behaviour['switches'], boolean>;
  for (const name of Object.keys(behaviour.switches) as (keyof Behaviour['switches'])[]) {
    Object.defineProperty(switches, name, {
      enumerable: true,
      get: () => {
        note(`switch ${name}`);
        return behaviour.switches[name];
      },
    });
  }
  return {
    get release() {
      note('release');
      return behaviour.release;
    },
    switches,
    functions: new NotingMap(behaviour.functions, name => note(`function ${name}`)),
    get follNames() {
      note('flags');
      return behaviour.follNames;
    },
    follHex: mask => behaviour.follHex(mask),
    faultHex: mask => behaviour.faultHex(mask),
    vmFaultHex: mask => behaviour.vmFaultHex(mask),
  };
}

/** Whether the behaviour answers everything in `reads` as it was answered then. */
export function answersAlike(behaviour: Behaviour, reads: BehaviourReads): boolean {
  for (const [name, text] of reads) if (answer(behaviour, name) !== text) return false;
  return true;
}

function answer({ release, switches, functions, follNames }: Behaviour, asked: string): string {
  const [kind, name = ''] = asked.split(' ');
  if (kind === 'switch') return `${switches[name as keyof Behaviour['switches']]}`;
  if (kind === 'flags') return `${follNames}`;
  if (kind === 'release') return release;
  // Of a function only its being there and the places of its arguments are asked for.
  const found = functions.get(name);
  return found === undefined ? 'none' : found.parameters.map(({ role }) => role ?? '').join(',');
}

/** A map that tells which keys are asked for. */
class NotingMap<V> extends Map<string, V> {
  readonly #note: (key: string) => void;

  constructor(entries: ReadonlyMap<string, V>, note: (key: string) => void) {
    super(entries);
    this.#note = note;
  }

  override get(key: string): V | undefined {
    this.#note(key);
    return super.get(key);
  }

  override has(key: string): boolean {
    this.#note(key);
    return super.has(key);
  }
}
