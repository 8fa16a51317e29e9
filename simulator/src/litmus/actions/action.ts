/** What a task of a litmus test does, one thing after the other, and what doing it may touch. */

import type { Behaviour } from '../../behaviour.js';
import type { Deeds, Holding, Property } from '../../explore/properties/property.js';
import type { Machine } from '../../machine.js';
import type { Op } from '../../trace.js';
import type { Observed } from '../litmus.js';

/** One action, with the defaults of what it does not say. */
export interface Action {
  readonly do: string;
  readonly page: number;
  readonly nr: number;
  readonly flags: readonly string[];
  readonly locked: 0 | 1 | null;
  /** Name of the mm that it works on; null: that of the task. */
  readonly mm: string | null;
  /** The name of what it gives; null: nobody asks. */
  readonly as: string | null;
  /** The name that the pages it works on were taken under. */
  readonly of: string | null;
  /** Contents of a page: what is written; null: the action says nothing of it. */
  readonly value: string | null;
  /** As in /proc/PID/maps. */
  readonly prot: string;
  /** Number of the page that the first one moves to. */
  readonly to: number;
  /** The task that it is done to. */
  readonly task: string | null;
  /** The pages are marked dirty before they are given back. */
  readonly dirty: boolean;
}

export type ActionField = Exclude<keyof Action, 'do'>;

/** What an action is done with. */
export interface Doing {
  /** The task at work on the mm that the action names; the range begins with its page. */
  readonly machine: Machine;
  readonly action: Action;
  readonly run: RunMemory;
}

/** What the tasks of a run have noted so far; no part of the modelled kernel. */
export interface RunMemory {
  /** What properties ask about. */
  readonly deeds: Deeds;
  /** Whether the question is about a property. */
  asks(property: Property): boolean;
  /** Notes what an action gave, under its name or a part of it (`p.locked`). */
  note(action: Action, part: string, value: Observed): void;
  /** Notes pages that are held from now on, under the action's name. */
  hold(action: Action, holding: Holding): void;
  /** The pages held under a name; null: none. */
  held(name: string): Holding | null;
  /** They have been given back. */
  release(name: string): void;
  /** Notes the mm that a fork of `parent` made. */
  forked(action: Action, parent: number, child: number): void;
  /** Index in `State.tasks` of the task of that name. */
  taskIndex(name: string): number;
}

/** A kind of action, `do` being its name. */
export interface ActionKind {
  /** One sentence for docs/litmus.md. */
  readonly about: string;
  /** Fields that it may have. */
  readonly takes: readonly ActionField[];
  /** Those of them that it must have. */
  readonly needs?: readonly ActionField[];
  /** What is noted under `as`; absent: nothing. */
  readonly gives?: string;
  /** It is a function of the kernel that only some releases have. */
  readonly ofRelease?: boolean;
  /** Whether a release has it; absent: all have. */
  readonly isIn?: (behaviour: Behaviour) => boolean;
  /** `as` names pages that are held afterwards. */
  readonly holds?: boolean;
  /** Does it. Throws NotModelled for what the model does not have. */
  readonly run: (doing: Doing) => Op<void>;
}
