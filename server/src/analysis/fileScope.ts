/** What the functions of one file know of each other: one-level summaries, constants, and who depends on what. */

import { PAGE_RELEASES, type Profile } from '../../../kernel/src/index.js';
import type { FunctionItem, KernelCParser, SourceFile } from '../syntax/index.js';
import { rootOf } from './expressions.js';
import { fileConstant } from './fileConstants.js';
import { assignsField } from './fileFields.js';
import { FunctionAnalysis } from './functionAnalysis.js';
import { type Dependencies, standsStill } from './functionMemo.js';
import { CALLERS_LOCK, lockLattice } from './lattices/lockLattice.js';
import { LOCK_OPERATION_NAMES, type LockSummary } from './lockFlow.js';

/** Helpers of helpers are followed this far. */
const DEEPEST = 3;

const RELEASE_NAMES: ReadonlySet<string> = new Set([...PAGE_RELEASES].map(release => release.name));

/** A call of a lock operation, or a generic rwsem operation on an mmap_lock. */
const LOCK_CALL = wordPattern(
  [...LOCK_OPERATION_NAMES].filter(name => !/^(?:up|down|downgrade)_/.test(name)),
);
const RWSEM_CALL = /\bmmap_(?:lock|sem)\b/;
const RELEASE_CALL = wordPattern([...RELEASE_NAMES]);

function wordPattern(names: readonly string[]): RegExp {
  return new RegExp(`\\b(?:${names.join('|')})\\b`);
}

/** One reading of a file, asked by the analyses of its functions; what each of them asked is remembered. */
export class FileScope {
  readonly #file: SourceFile;
  readonly #parser: KernelCParser;
  readonly #profile: Profile;
  #byName: ReadonlyMap<string, readonly FunctionItem[]> | null = null;
  readonly #helpers = new Map<FunctionItem, FunctionAnalysis>();
  readonly #summaries = new Map<string, LockSummary | null>();
  readonly #running = new Set<string>();
  readonly #asked = new WeakMap<FunctionItem, Map<string, string>>();

  constructor(file: SourceFile, parser: KernelCParser, profile: Profile) {
    this.#file = file;
    this.#parser = parser;
    this.#profile = profile;
  }

  /** The functions of that name, of the main reading: more than one where conditionals choose between them. */
  functionsNamed(name: string): readonly FunctionItem[] {
    if (this.#byName === null) {
      const byName = new Map<string, FunctionItem[]>();
      for (const item of this.#file.functions) {
        if (item.alternative !== null) continue;
        const known = byName.get(item.name);
        if (known === undefined) byName.set(item.name, [item]);
        else known.push(item);
      }
      this.#byName = byName;
    }
    return this.#byName.get(name) ?? [];
  }

  /** The analysis of another function of the file, made once. */
  helper(item: FunctionItem): FunctionAnalysis {
    const known = this.#helpers.get(item);
    if (known !== undefined) return known;
    const { file, parser, profile } = { file: this.#file, parser: this.#parser, profile: this.#profile };
    const analysis = new FunctionAnalysis(item, { file, parser, profile, scope: this });
    this.#helpers.set(item, analysis);
    return analysis;
  }

  /** What a helper does to an mmap_lock; null if it does nothing to one or is not of this file. */
  lockSummary(name: string, asker: FunctionItem): LockSummary | null {
    this.#note(asker, `lock ${name}`);
    const known = this.#summaries.get(name);
    if (known !== undefined) return known;
    if (!this.#mentions(name, 'lock')) return null;
    if (this.#running.has(name) || this.#running.size >= DEEPEST) return null;
    this.#running.add(name);
    const items = this.functionsNamed(name);
    const summary =
      items
        .map(item => summarise(this.helper(item)))
        .reduce<LockSummary | null | undefined>(eitherSummary, undefined) ?? null;
    this.#running.delete(name);
    for (const item of items) this.#inherit(asker, item);
    this.#summaries.set(name, summary);
    return summary;
  }

  /** Whether a function of the tables releases pages it is given, or a helper of the file that calls one. */
  releases(name: string, asker: FunctionItem): boolean {
    if (RELEASE_NAMES.has(name)) return true;
    this.#note(asker, `release ${name}`);
    return this.#mentions(name, 'release');
  }

  /** The flags that a constant of the file stands for; null if it has none of that name. */
  constant(name: string, asker: FunctionItem): readonly string[] | null {
    this.#note(asker, `constant ${name}`);
    return fileConstant(this.#file, name);
  }

  /** Whether the file assigns to a field of this name, of whatever structure. */
  assignsField(name: string, asker: FunctionItem): boolean {
    this.#note(asker, `field ${name}`);
    return assignsField(this.#file, name);
  }

  /** What the analysis of a function took from the rest of the file. */
  dependenciesOf(item: FunctionItem): Dependencies {
    return this.#asked.get(item) ?? NOTHING;
  }

  /** Whether this file answers as the one that an earlier analysis asked. */
  answersAs(dependencies: Dependencies): boolean {
    return standsStill(dependencies, question => this.#answer(question));
  }

  #note(asker: FunctionItem, question: string): void {
    let asked = this.#asked.get(asker);
    if (asked === undefined) {
      asked = new Map();
      this.#asked.set(asker, asked);
    }
    if (!asked.has(question)) asked.set(question, this.#answer(question));
  }

  #inherit(asker: FunctionItem, helper: FunctionItem): void {
    for (const question of this.dependenciesOf(helper).keys()) this.#note(asker, question);
  }

  /** An answer as a text: the helper's own text where it matters, the flags of a constant. */
  #answer(question: string): string {
    const [kind = '', name = ''] = question.split(' ');
    if (kind === 'field') return String(assignsField(this.#file, name));
    if (kind === 'constant') return fileConstant(this.#file, name)?.join('|') ?? '';
    if (!this.#mentions(name, kind)) return '';
    return this.functionsNamed(name)
      .map(item => this.#file.text.slice(item.start, item.end))
      .join('\n');
  }

  #mentions(name: string, what: string): boolean {
    return this.functionsNamed(name).some(item => {
      const text = this.#file.text.slice(item.body.start, item.body.end);
      return what === 'lock' ? LOCK_CALL.test(text) || RWSEM_CALL.test(text) : RELEASE_CALL.test(text);
    });
  }
}

const NOTHING: Dependencies = new Map();

/** The effect of a helper on the one mm whose lock it works on; on more than one, it cannot be told. */
function summarise(helper: FunctionAnalysis): LockSummary | null {
  const mms = helper.lockedMms;
  const [mm] = mms;
  if (mm === undefined) return helper.complete ? null : { mm: '', parameter: -1, exit: null };
  const root = rootOf(mm);
  const parameter = helper.ast.parameters.findIndex(p => p.name === root);
  const exit = mms.size === 1 && helper.complete ? helper.lockAtExit(mm) : null;
  return { mm, parameter, exit };
}

/** What is so for either of two functions of one name. `undefined`: none was looked at yet. */
function eitherSummary(
  a: LockSummary | null | undefined,
  b: LockSummary | null,
): LockSummary | null | undefined {
  if (a === undefined) return b;
  const some = a ?? b;
  if (some === null) return null;
  const same = a === null || b === null || (a.mm === b.mm && a.parameter === b.parameter);
  const exits = [a, b].map(summary => (summary === null ? CALLERS_LOCK : summary.exit));
  const [x, y] = exits;
  const known = same && x !== null && x !== undefined && y !== null && y !== undefined;
  return { mm: some.mm, parameter: some.parameter, exit: known ? lockLattice.join(x, y) : null };
}
