/**
 * The custom requests of the language server: names, parameters, results. All that a client may import of the
 * server; nothing here runs. Positions are zero-based lines and UTF-16 characters, as in the Language Server Protocol.
 */

import type { Release } from '../../kernel/src/index.js';
import type { LitmusRow, ReplayedRun, Scenario, Simulation } from '../../simulator/src/index.js';

export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** A place in a document. */
export interface Place extends Position {
  readonly uri: string;
}

/**
 * The command of a code lens; the client has it. Its arguments are a {@link Place}, that of the call, and for some lenses a
 * `situation` of {@link ScenarioAtParams}.
 */
export const SIMULATE_COMMAND = 'gupLens.simulate';

/** The command that shows what reaches a call; the client has it. Its only argument is the {@link Place} of the call. */
export const REACH_COMMAND = 'gupLens.showReach';

/**
 * The command that explains a rule; its only argument is the rule's id. A client that says `gupLens: { commands: true }` in
 * its `experimental` capabilities has it; for others the server carries it out by showing a message.
 */
export const EXPLAIN_COMMAND = 'gupLens.explainRule';

/** The command that shows a page; the client has it. Its only argument is the path of {@link PageParams}. */
export const PAGE_COMMAND = 'gupLens.openPage';

/** Sent only to a client that has the commands: put the cursor at a place. Its argument is a {@link Place}. */
export const SHOW_PLACE_COMMAND = 'gupLens.showPlace';

/** The modifiers of semantic tokens, in the order of their bits: a flag that only mm/ may pass, a call that may drop the lock. */
export const MARK_MODIFIERS = ['internal', 'mayDropLock'] as const;

/** `gupLens/page`: what a release promises, or all that is known of a name in it. */
export const PAGE = 'gupLens/page';

export interface PageParams {
  /** `releases/6.12.md`, `releases/README.md`, `explain/6.12/FOLL_PIN.md`. */
  readonly path: string;
}

/** Markdown whose links are relative, to such paths and to `rules/ID.md`; null: there is no such page. */
export type PageResult = string | null;

/** `gupLens/scenarioAt`: the call at a position as a scenario to simulate. */
export const SCENARIO_AT = 'gupLens/scenarioAt';

export interface ScenarioAtParams {
  readonly textDocument: { readonly uri: string };
  readonly position: Position;
  /** The memory that the call meets, as a lens names it; absent, or not known: never touched. */
  readonly situation?: string;
}

export interface ScenarioAt {
  readonly scenario: Scenario;
  /** For a heading, e.g. `get_user_pages_remote in uprobe_write_opcode`. */
  readonly title: string;
  readonly location: Place;
}

/** null: no call at, or on the line of, the position that can be simulated. */
export type ScenarioAtResult = ScenarioAt | null;

/** `gupLens/simulate`: run a scenario. */
export const SIMULATE = 'gupLens/simulate';

export interface SimulateParams {
  /** A {@link Scenario}; the server checks it. */
  readonly scenario: unknown;
}

export type SimulateResult =
  | {
      readonly simulation: Simulation;
      /** A few lines for a person. */
      readonly text: string;
    }
  /** What is wrong with the scenario, by field. */
  | { readonly problems: readonly { readonly field: string; readonly message: string }[] };

/** `gupLens/litmusTests`: the litmus tests that the server brings along. No parameters. */
export const LITMUS_TESTS = 'gupLens/litmusTests';

export interface LitmusTest {
  readonly name: string;
  readonly discussion: string | null;
  readonly about: string;
  /** By axis the choices of its variants; empty where it has none. */
  readonly axes: Readonly<Record<string, readonly string[]>>;
  /** Each task with what it does, in the words of `gup-lens explore`; the first is A in schedules. */
  readonly tasks: readonly { readonly name: string; readonly does: string }[];
  readonly question: string;
  /** The file itself, for a client that explores by itself. */
  readonly litmus: unknown;
}

export interface LitmusTestsResult {
  readonly tests: readonly LitmusTest[];
}

/**
 * `gupLens/explore`: what comes out of litmus tests, as `gup-lens explore` says it. What its time does not suffice for is
 * `unknown`. It can be cancelled while it searches; progress is reported by `workDoneToken`.
 */
export const EXPLORE = 'gupLens/explore';

export interface ExploreParams {
  /** The name of a test or of a discussion, or the JSON of a litmus file. */
  readonly test: unknown;
  /** A release; absent: all that the test expects something of. */
  readonly kernel?: string;
  /** Names of switches to turn on, and to turn off. */
  readonly with?: readonly string[];
  readonly without?: readonly string[];
  /** By axis the choice that a variant has to have. */
  readonly variant?: Readonly<Record<string, string>>;
  /** Replays this run of the only case that is asked for. */
  readonly schedule?: string;
  /** The most of one exploration; absent: as of the command line. */
  readonly states?: number;
  readonly seconds?: number;
  readonly workDoneToken?: string | number;
}

export type ExploreResult =
  | { readonly rows: readonly LitmusRow[] }
  /** With `schedule`. */
  | { readonly run: ReplayedRun }
  /** What is wrong with the parameters, or with the litmus file, by field. */
  | { readonly problems: readonly { readonly field: string; readonly message: string }[] };

/** `gupLens/kernel`: the release that a document is read for. */
export const KERNEL = 'gupLens/kernel';

export interface KernelParams {
  readonly uri: string;
}

/** Which release a document is read for, and how that is known. */
export interface KernelInfo {
  readonly uri: string;
  readonly release: Release;
  /** What was asked for or found, e.g. `6.1.192`. */
  readonly text: string;
  readonly source: 'command-line' | 'setting' | 'makefile' | 'default';
  /** Anything a person should know about this choice. */
  readonly note: string | null;
  /** The headers of the tree that say which flags there are; empty: the tables of the release do. */
  readonly headers: readonly string[];
}

export interface KernelResult extends KernelInfo {
  /** All releases that can be chosen, oldest first. */
  readonly releases: readonly Release[];
}

/**
 * Notification from the server, with {@link KernelInfo}: an open document is now read for this release. Sent on
 * opening it too. Not sent for a document that the server has nothing to say about.
 */
export const KERNEL_CHANGED = 'gupLens/kernelChanged';

/**
 * `gupLens/sites`: the call sites and handlers of a folder or a kernel tree, file by file. With a `partialResultToken`
 * files come as they are analysed and the result's `files` is empty; a file that comes again, since more is known of the
 * others by then, replaces what came before. Progress is reported by `workDoneToken`. It can be cancelled.
 */
export const SITES = 'gupLens/sites';

export interface SitesParams {
  /** Of a document, or of a folder. */
  readonly uri: string;
  /** `tree`, the default: the whole kernel tree around; outside of one, the document. `here`: what lies at the URI. */
  readonly scope?: 'tree' | 'here';
  /** Whether rules are run as well, which takes twice the time. */
  readonly findings?: boolean;
  readonly workDoneToken?: string | number;
  readonly partialResultToken?: string | number;
}

/** Where flags come from: see the documentation of `gup-lens sites`. */
export interface SiteFlags {
  readonly text: string;
  readonly namespace: 'FOLL' | 'FAULT_FLAG';
  /** null: unknown, or too many. */
  readonly possible: readonly (readonly string[])[] | null;
  readonly must: readonly string[];
  readonly may: readonly string[];
  readonly from: string;
}

export interface Site {
  /** The callee's (or handler's) name. */
  readonly range: Range;
  /** null at file scope. */
  readonly function: string | null;
  readonly callee: string;
  readonly kind: 'gup' | 'unpin' | 'fault-entry' | 'handler';
  /** Handlers only. */
  readonly handler: { readonly role: 'install' | 'direct-call'; readonly op: string } | null;
  readonly flags: SiteFlags | null;
  readonly implied: readonly string[];
  readonly effective: readonly (readonly string[])[];
  readonly fault: readonly (readonly string[])[];
  readonly locked: { readonly text: string } | null;
  readonly lock: { readonly before: string; readonly after: string; readonly evidence: string };
  readonly release: { readonly how: readonly string[]; readonly kind: string };
  /** The release that the row speaks of, where a condition on the version leaves the call to another than the tree's. */
  readonly otherRelease: string | null;
  /** What FOLL_FORCE has the call do that it may not do without; empty where it is not passed. */
  readonly overrides: readonly string[];
  /** In a few words, as in the table of `gup-lens sites`. */
  readonly inShort: { readonly flags: string; readonly lock: string; readonly release: string };
}

/** What a rule found. */
export interface SiteFinding {
  readonly range: Range;
  /** null at file scope. */
  readonly function: string | null;
  readonly rule: string;
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  /** The places of the story that it tells. */
  readonly related: readonly { readonly range: Range; readonly message: string }[];
}

/** Something that was left out, and why. */
export interface NotAnalysed {
  readonly range: Range | null;
  readonly function: string | null;
  readonly reason: string;
}

/** What a file holds. */
export interface FileSites {
  readonly uri: string;
  /** Its path below what was asked for, with `/`; of a document alone, its name. */
  readonly path: string;
  /** The release that it was read for; null: it was not read. */
  readonly release: Release | null;
  readonly sites: readonly Site[];
  /** Empty unless they were asked for. */
  readonly findings: readonly SiteFinding[];
  readonly notAnalysed: readonly NotAnalysed[];
}

export interface SitesResult {
  /** In order of path; files that hold nothing are left out, unless they were asked for by name. */
  readonly files: readonly FileSites[];
  /** Why not all could be searched; null: it could. */
  readonly problem: string | null;
}

/** `gupLens/sitesTable`: a table in Markdown, of call sites as `gup-lens sites --format markdown` writes it. */
export const SITES_TABLE = 'gupLens/sitesTable';

export interface SitesTableParams {
  /** As `gupLens/sites` gave them. */
  readonly files: readonly Pick<FileSites, 'path' | 'sites' | 'findings'>[];
  /** What the rows are; absent: sites. */
  readonly of?: 'sites' | 'findings';
}

/** '' for no row. */
export type SitesTableResult = string;

/**
 * `gupLens/compare`: what going from one release to another means for the calls of a document, as `gup-lens compare`
 * says it of a tree.
 */
export const COMPARE = 'gupLens/compare';

export interface CompareParams {
  readonly textDocument: { readonly uri: string };
  /** A release such as `5.15`; absent: the one that the document is read for. */
  readonly from?: string;
  readonly to: string;
}

/** Why a call is affected; the values are those of docs/compare.md. */
export interface AffectedReason {
  readonly kind: string;
  /** The function, flag or switch that is the reason. */
  readonly name: string;
  readonly text: string;
  /** The release that brought it; null where several did. */
  readonly at: Release | null;
  readonly effect: 'breaks' | 'differs' | 'fits';
  readonly applies: 'always' | 'some' | 'unless-added';
}

/** null: a document that the server has nothing to say about. */
export type CompareResult =
  | {
      readonly from: Release;
      readonly to: Release;
      /** In order of position; calls that are not affected are left out. */
      readonly affected: readonly {
        readonly range: Range;
        readonly function: string | null;
        readonly callee: string;
        readonly reasons: readonly AffectedReason[];
      }[];
    }
  /** A release that nobody knows: by parameter, with the nearest ones in the message. */
  | { readonly problems: readonly { readonly field: 'from' | 'to'; readonly message: string }[] }
  | null;

/**
 * Requests of a server that has no disk: in a browser it runs in a worker, and its client reads files for it. They are sent to
 * a client that gave the worker its {@link WorkerStart}.
 *
 * `gupLens/filesAbove`: the directories above a document, nearest first, that hold files of given names. A name may have
 * directories in it.
 */
export const FILES_ABOVE = 'gupLens/filesAbove';

export interface FilesAboveParams {
  readonly uri: string;
  readonly names: readonly string[];
}

export type FilesAboveResult = readonly {
  /** The URI of the directory. */
  readonly directory: string;
  /** Those of the names that it holds. */
  readonly holds: readonly string[];
}[];

/** `gupLens/filesIn`: what is in a directory, without what is in its directories; nothing if there is no such directory. */
export const FILES_IN = 'gupLens/filesIn';

export interface FilesInParams {
  readonly uri: string;
}

/** URIs. */
export interface FilesInResult {
  readonly files: readonly string[];
  readonly directories: readonly string[];
}

/** `gupLens/readFile`: the content of a file of at most a number of bytes. */
export const READ_FILE = 'gupLens/readFile';

export interface ReadFileParams {
  readonly uri: string;
  readonly atMost: number;
}

export type ReadFileResult = { readonly bytes: Uint8Array } | { readonly reason: string };

/** The first message of the server's worker, in answer to {@link WorkerStart}: all others are of the Language Server Protocol. */
export const WORKER_READY = 'gupLens/workerReady';

/** The first message to the server's worker. */
export interface WorkerStart {
  /** The URL of the directory of the bundles, without a slash at its end. */
  readonly dist: string;
}
