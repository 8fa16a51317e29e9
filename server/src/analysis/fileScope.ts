/** What the functions of one file know of each other: summaries, constants, and who depends on what. */

import { type Profile, SITE_FUNCTIONS, siteFunction } from '../../../kernel/src/index.js';
import {
  type FunctionItem,
  type KernelCParser,
  mainFunctionsNamed,
  type SourceFile,
} from '../syntax/index.js';
import { CallGraph } from './callGraph.js';
import { definesName, fileConstant, flagTable } from './fileConstants.js';
import { assignsField } from './fileFields.js';
import { FunctionAnalysis } from './functionAnalysis.js';
import { type Dependencies, memosOf, readingOf, standsStill } from './functionMemo.js';
import { type HelperOutcome, helperOutcome } from './heldFlow.js';
import { LOCK_OPERATION_NAMES, OPERATIONS } from './lockFlow.js';
import { eitherSummary, type LockSummary, UNTOLD } from './lockSummary.js';
import { type MacroExits, macroExits } from './macroExits.js';
import { isOfTables } from './pageKnowledge.js';
import { relativeText } from './shift.js';
import { summariseLock } from './summarise.js';
import type { Asked, TreeKnowledge } from './treeKnowledge.js';
import type { TreeQuestions } from './treeQuestions.js';

/** A call of a lock operation, or a generic rwsem operation on an mmap_lock. */
const LOCK_CALL = wordPattern(
  [...LOCK_OPERATION_NAMES].filter(name => !/^(?:up|down|downgrade)_/.test(name)),
);
/** The same without those that only say that a lock is held. */
const CHANGING_CALL = wordPattern(
  [...OPERATIONS].flatMap(([name, all]) =>
    /^(?:up|down|downgrade)_/.test(name) || all.every(({ does }) => does.startsWith('assert-')) ? [] : [name],
  ),
);
const RWSEM_CALL = /\bmmap_(?:lock|sem)\b/;

/** The functions of the tables that may come back without the lock. */
function droppingPattern(profile: Profile): RegExp {
  let pattern = droppingPatterns.get(profile);
  if (pattern === undefined) {
    const names = new Set([...SITE_FUNCTIONS.keys(), ...profile.functions.keys()]);
    pattern = wordPattern(
      [...names].filter(name => {
        const after = (siteFunction(profile, name) ?? profile.functions.get(name))?.lock.after;
        return after === 'depends-on-locked' || after === 'unless-retry-or-completed';
      }),
    );
    droppingPatterns.set(profile, pattern);
  }
  return pattern;
}

const droppingPatterns = new WeakMap<Profile, RegExp>();

/** The functions of other files that do something to a lock; null: none is known. */
function treePattern(tree: TreeKnowledge): RegExp | null {
  if (tree.locks.size === 0) return null;
  let pattern = treePatterns.get(tree);
  if (pattern === undefined) {
    pattern = wordPattern([...tree.locks.keys()]);
    treePatterns.set(tree, pattern);
  }
  return pattern;
}

const treePatterns = new WeakMap<TreeKnowledge, RegExp>();

function wordPattern(names: readonly string[]): RegExp {
  return new RegExp(`\\b(?:${names.join('|')})\\b`);
}

/** One reading of a file, asked by the analyses of its functions; what each of them asked is remembered. */
export class FileScope {
  readonly #file: SourceFile;
  readonly #parser: KernelCParser;
  readonly #profile: Profile;
  /** What the functions of this file ask of others. */
  readonly questions: TreeQuestions;
  readonly #helpers = new Map<FunctionItem, FunctionAnalysis>();
  readonly #summaries = new Map<string, LockSummary | null>();
  /** Which functions may do something to a lock: the others are not looked at more closely. */
  readonly #lockers = new Map<string, boolean>();
  readonly #outcomes = new Map<string, HelperOutcome | null>();
  readonly #answers = new Map<string, string>();
  readonly #asked = new WeakMap<FunctionItem, Map<string, string>>();

  constructor(file: SourceFile, parser: KernelCParser, profile: Profile, questions: TreeQuestions) {
    this.questions = questions;
    this.#file = file;
    this.#parser = parser;
    this.#profile = profile;
  }

  /** The functions of that name, of the main reading: more than one where conditionals choose between them. */
  functionsNamed(name: string): readonly FunctionItem[] {
    return mainFunctionsNamed(this.#file, name);
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

  /** What a function does to an mmap_lock that another one calls; null: nothing, as far as is known. */
  lockSummary(name: string, asker: FunctionItem): LockSummary | null {
    this.#note(asker, `lock ${name}`);
    return this.#lockSummaryFor(asker, name);
  }

  #lockSummaryFor(asker: FunctionItem, name: string): LockSummary | null {
    if (this.functionsNamed(name).length === 0) return this.questions.lock(name);
    if (!this.#locks(name)) return null;
    if (CallGraph.of(this.#file).isRecursive(asker.name, name)) return UNTOLD;
    return this.lockSummaryOf(name);
  }

  /** What a function of the file does to an mmap_lock, for whoever calls it; null: nothing, as far as is known. */
  lockSummaryOf(name: string): LockSummary | null {
    if (!this.#locks(name)) return null;
    const known = this.#summaries.get(name);
    if (known !== undefined) return known;
    const [first = null, ...others] = this.functionsNamed(name).map(item => this.#summarise(item));
    const summary = others.reduce(eitherSummary, first);
    this.#summaries.set(name, summary);
    return summary;
  }

  #summarise(item: FunctionItem): LockSummary | null {
    return summaryMemos(this.#parser).of(
      this.#file,
      item,
      readingOf(this.#file, this.#profile),
      question => this.answer(question, item),
      () => ({ value: summariseLock(this.helper(item)), dependencies: this.dependenciesOf(item) }),
    );
  }

  /** The one function of this name with a body in the file; null if there is another number or it was not read whole. */
  helperNamed(name: string, asker: FunctionItem): FunctionAnalysis | null {
    this.#note(asker, `text ${name}`);
    const [item, ...others] = this.functionsNamed(name);
    if (item === undefined || others.length > 0) return null;
    const helper = this.helper(item);
    return helper.complete ? helper : null;
  }

  /**
   * What a function does with the pages that another one gives it; null if that cannot be told.
   *
   * @param given which arguments lead to them, as {@link HeldContext} has it
   */
  heldOutcome(name: string, given: string, asker: FunctionItem): HelperOutcome | null {
    this.#note(asker, `held ${name} ${given}`);
    return this.#heldOutcomeFor(asker, name, given);
  }

  #heldOutcomeFor(asker: FunctionItem, name: string, given: string): HelperOutcome | null {
    if (this.functionsNamed(name).length === 0) {
      return isOfTables(name, this.#profile) ? null : this.questions.held(name, given);
    }
    return CallGraph.of(this.#file).isRecursive(asker.name, name) ? null : this.heldOutcomeOf(name, given);
  }

  /** As {@link heldOutcome}, for whoever calls a function of the file. */
  heldOutcomeOf(name: string, given: string): HelperOutcome | null {
    const [item, ...others] = this.functionsNamed(name);
    if (item === undefined || others.length > 0) return null;
    const question = `${name} ${given}`;
    const known = this.#outcomes.get(question);
    if (known !== undefined) return known;
    const outcome = outcomeMemos(this.#parser).of(
      this.#file,
      item,
      `${readingOf(this.#file, this.#profile)} ${given}`,
      asked => this.answer(asked, item),
      () => ({ value: this.#follow(item, given), dependencies: this.dependenciesOf(item) }),
    );
    this.#outcomes.set(question, outcome);
    return outcome;
  }

  #follow(item: FunctionItem, given: string): HelperOutcome | null {
    const helper = this.helper(item);
    if (!helper.complete) return null;
    return helperOutcome(helper, given, { outcome: (name, more) => this.heldOutcome(name, more, item) });
  }

  /** The flags that a constant of the file stands for; null if it has none of that name. */
  constant(name: string, asker: FunctionItem): readonly string[] | null {
    this.#note(asker, `constant ${name}`);
    return this.#constant(name);
  }

  #constant(name: string): readonly string[] | null {
    const own = fileConstant(this.#file, name);
    if (own !== null || definesName(this.#file, name)) return own;
    return this.questions.constant(name);
  }

  /** The flags of each entry (or of a member of each) of a constant table of the file; null if it has none of that name. */
  table(name: string, field: string | null, asker: FunctionItem): readonly (readonly string[])[] | null {
    this.#note(asker, field === null ? `table ${name}` : `table ${name} ${field}`);
    return flagTable(this.#file, name, field);
  }

  /** Whether the file assigns to a field of this name, of whatever structure. */
  assignsField(name: string, asker: FunctionItem): boolean {
    this.#note(asker, `field ${name}`);
    return assignsField(this.#file, name);
  }

  /** Whether the file has a function of this name. */
  defines(name: string, asker: FunctionItem): boolean {
    this.#note(asker, `defined ${name}`);
    return this.functionsNamed(name).length > 0;
  }

  /** The macros of the file that leave the function where they are used. */
  macroExits(asker: FunctionItem): MacroExits {
    this.#note(asker, 'exits');
    return macroExits(this.#file);
  }

  /** What the analysis of a function took from the rest of the file so far, and what it will take. */
  dependenciesOf(item: FunctionItem): Dependencies {
    return this.#askedBy(item);
  }

  #askedBy(item: FunctionItem): Map<string, string> {
    let asked = this.#asked.get(item);
    if (asked === undefined) {
      asked = new Map();
      this.#asked.set(item, asked);
    }
    return asked;
  }

  /**
   * Says that what an earlier analysis of a function found is used, as this file {@link answersAs} the one that it asked.
   * What is asked from now on belongs to it too.
   */
  adopt(item: FunctionItem, dependencies: Dependencies): void {
    const asked = this.#askedBy(item);
    for (const [question, answer] of dependencies) asked.set(question, answer);
  }

  /** What the analyses of this file's functions asked that the file itself does not answer. */
  get asked(): Asked {
    return this.questions.asked;
  }

  /** Whether this file answers as the one that an earlier analysis asked. */
  answersAs(dependencies: Dependencies, asker: FunctionItem): boolean {
    return standsStill(dependencies, question => this.answer(question, asker));
  }

  #note(asker: FunctionItem, question: string): void {
    const asked = this.#askedBy(asker);
    if (!asked.has(question)) asked.set(question, this.answer(question, asker));
  }

  /** The answer to a question of {@link dependenciesOf} now, as a text. */
  answer(question: string, asker: FunctionItem): string {
    const [about, name = '', ...rest] = question.split(' ');
    // What a call does hangs on who calls: in a recursion nothing is said.
    if (about === 'lock') return textOf(this.#lockSummaryFor(asker, name));
    if (about === 'held') return textOf(this.#heldOutcomeFor(asker, name, rest.join(' ')));
    let answer = this.#answers.get(question);
    if (answer === undefined) {
      answer = this.#findAnswer(about ?? '', name, rest[0] ?? null);
      this.#answers.set(question, answer);
    }
    return answer;
  }

  #findAnswer(about: string, name: string, field: string | null): string {
    switch (about) {
      case 'constant':
        return this.#constant(name)?.join('|') ?? '';
      case 'table':
        return relativeText(flagTable(this.#file, name, field), 0);
      case 'field':
        return String(assignsField(this.#file, name));
      case 'text':
        return this.functionsNamed(name)
          .map(item => this.#file.text.slice(item.start, item.end))
          .join('\n');
      case 'defined':
        return String(this.functionsNamed(name).length > 0);
      default:
        return textOf(macroExits(this.#file));
    }
  }

  /**
   * Whether a function of the file, or one of those that it calls, names something that works on a lock. What says that
   * one is held counts in the function and in those that it calls itself: behind more calls it is about these.
   */
  #locks(name: string): boolean {
    const known = this.#lockers.get(name);
    if (known !== undefined) return known;
    const graph = CallGraph.of(this.#file);
    const near = new Set([name, ...graph.callees(name)]);
    const seen = new Set([name]);
    let found = false;
    for (const one of seen) {
      found = this.#namesLock(one, near.has(one) ? LOCK_CALL : CHANGING_CALL);
      if (found) break;
      for (const callee of graph.callees(one)) seen.add(callee);
    }
    this.#lockers.set(name, found);
    return found;
  }

  #namesLock(name: string, calls: RegExp): boolean {
    return this.functionsNamed(name).some(item => {
      const text = this.#file.text.slice(item.body.start, item.body.end);
      if (calls.test(text) || RWSEM_CALL.test(text)) return true;
      return (
        droppingPattern(this.#profile).test(text) || treePattern(this.questions.tree)?.test(text) === true
      );
    });
  }
}

const summaryMemos = memosOf<LockSummary | null>();
const outcomeMemos = memosOf<HelperOutcome | null>();

/** An answer that many ask for, as a text that is made once. */
function textOf(answer: object | null): string {
  if (answer === null) return '';
  let text = texts.get(answer);
  if (text === undefined) {
    text = relativeText(answer, 0);
    texts.set(answer, text);
  }
  return text;
}

const texts = new WeakMap<object, string>();
