/**
 * `npm run mutate:rules [-- RULE|FILE…]`: breaks the conditions of the rules one by one, and says which changes no
 * fixture, no example and nothing of test/bugs notices. Minutes for all rules; seconds for one, or for one source.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { RULES, SUPPRESSION_RULE } from '../../../server/src/rules/index.js';
import {
  type Built,
  buildRule,
  commonTrials,
  mutated,
  passesCommon,
  type Trial,
  trialsOf,
  verdict,
} from './judge.js';
import type { Mutant } from './mutants.js';

const FOLDER = 'server/src/rules';

/** Sources that are part of every rule; what a fix writes, test/rules/fixes.test.ts asks. */
const FRAMEWORK = /\/rules\/(?:rule|runRules|fixes|suppression\/\w+)\.ts$/;

/** Of the mutants of a source that do not only change wording, these many in a hundred have to fail a fixture. */
const BAR = 60;

/** `noticed`: a fixture or an example fails. `wording`: only messages, the way there or fixes differ. */
type Verdict = 'noticed' | 'wording' | 'unnoticed';

/** A mutant for which nothing is heard for so long runs in a circle, which is noticed too. Milliseconds. */
const PATIENCE = 60_000;

/** A source of the rules, its mutants, and the sources of the rules that it is part of. */
interface Work {
  readonly file: string;
  readonly mutants: readonly Mutant[];
  readonly users: readonly string[];
}

/** The source of each rule. */
function sourcesOfRules(): Map<string, string> {
  const sources = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).map(name => join(FOLDER, name));
  return new Map(
    RULES.map(({ id }) => {
      const name = `${id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())}.ts`;
      const source = sources.find(file => basename(file) === name);
      if (source === undefined) throw new Error(`${FOLDER}: no ${name} for the rule ${id}`);
      return [id, source];
    }),
  );
}

/**
 * @param argv ids of rules, and sources of the layer from the repository's top; none: all
 * @returns the exit code: 0, 1 if of some source too few mutants were noticed, 2 bad usage
 */
export async function main(argv: readonly string[]): Promise<number> {
  const isSource = (name: string): boolean => name.startsWith(FOLDER) && existsSync(name);
  const unknown = argv.filter(name => !RULES.some(rule => rule.id === name) && !isSource(name));
  if (unknown.length > 0 || !existsSync(FOLDER)) {
    process.stderr.write(`no such rule or source: ${unknown.join(', ')}\nusage: mutate:rules [RULE|FILE…]\n`);
    return 2;
  }
  const { mutantsOf } = await import('./mutants.js');
  const users = new Map<string, string[]>();
  const wanted = new Set<string>();
  for (const [id, source] of sourcesOfRules()) {
    const { sources } = await buildRule(source, null);
    for (const file of sources) {
      // What runs all rules is tried on the fixtures that are about that.
      if (!file.startsWith(FOLDER) || (FRAMEWORK.test(file) && id !== SUPPRESSION_RULE)) continue;
      users.set(file, [...(users.get(file) ?? []), source]);
      if (argv.length === 0 || argv.includes(id) || argv.includes(file)) wanted.add(file);
    }
  }
  const works = [...wanted].sort().flatMap((file): Work[] => {
    const mutants = mutantsOf(readFileSync(file, 'utf8'));
    return mutants.length === 0 ? [] : [{ file, mutants, users: users.get(file) ?? [] }];
  });
  let code = 0;
  const done = await judged(works, ({ file, mutants }, verdicts) => {
    const count = (verdict: Verdict): number => verdicts.filter(one => one === verdict).length;
    const decisive = mutants.length - count('wording');
    const share = decisive === 0 ? 100 : Math.floor((100 * count('noticed')) / decisive);
    if (share < BAR) code = 1;
    process.stdout.write(
      `${file}: ${count('noticed')} of ${decisive} changes noticed (${share} %); ${count('wording')} of wording\n`,
    );
    for (const [index, { line, what }] of mutants.entries()) {
      if (verdicts[index] === 'unnoticed') process.stdout.write(`  ${file}:${line}: not noticed: ${what}\n`);
    }
  });
  if (!done) return 1;
  if (code !== 0) process.stdout.write(`a source is below ${BAR} %: add a fixture, or drop the condition\n`);
  return code;
}

/** What the thread says: that it begins with a mutant, what became of it, or which rule is wrong without any change. */
type Answer = 'begins' | { readonly verdict: Verdict } | { readonly fails: string };

/**
 * Judges all mutants, in a thread that is ended, and begun anew, where a mutant does not end.
 * @param report told of each source with what became of its mutants
 * @returns whether all could be judged: a rule whose tests fail without any change cannot
 */
async function judged(
  works: readonly Work[],
  report: (work: Work, verdicts: readonly Verdict[]) => void,
): Promise<boolean> {
  let verdicts: Verdict[] = [];
  let fails: string | null = null;
  let at = 0;
  const take = (verdict: Verdict): void => {
    verdicts.push(verdict);
    const work = works[at];
    if (work === undefined || verdicts.length < work.mutants.length) return;
    report(work, verdicts);
    verdicts = [];
    at += 1;
  };
  while (at < works.length && fails === null) {
    await new Promise<void>((resolve, reject) => {
      const input: JudgeInput = { works: works.slice(at), from: verdicts.length };
      const worker = new Worker(fileURLToPath(import.meta.url), { workerData: input });
      let timer: NodeJS.Timeout;
      worker.on('message', (answer: Answer) => {
        clearTimeout(timer);
        if (answer === 'begins') {
          timer = setTimeout(() => {
            take('noticed');
            void worker.terminate();
          }, PATIENCE);
        } else if ('fails' in answer) fails = answer.fails;
        else take(answer.verdict);
      });
      worker.on('error', reject);
      worker.on('exit', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
  if (fails !== null) {
    process.stdout.write(
      `${fails}: its tests fail without any change; run npx vitest run test/rules test/bugs\n`,
    );
  }
  return fails === null;
}

interface JudgeInput {
  readonly works: readonly Work[];
  /** The first mutant of the first source to judge. */
  readonly from: number;
}

/** A rule as it is without a change, and what it is tried on. */
interface Unchanged {
  readonly source: string;
  readonly trials: readonly Trial[];
  /** What it says on them. */
  readonly said: string;
}

/** The thread: one answer a mutant, in order. */
async function judge({ works, from }: JudgeInput): Promise<void> {
  const common = commonTrials();
  const known = new Map<string, Unchanged | null>();
  const unchanged = async (source: string): Promise<Unchanged | null> => {
    const before = known.get(source);
    if (before !== undefined) return before;
    const built = await buildRule(source, null);
    const trials = await trialsOf(built.rule);
    const said = verdict(built, trials);
    const passes = said !== null && (await passesCommon(built, common));
    const result = passes ? { source, trials, said } : null;
    known.set(source, result);
    return result;
  };
  for (const [index, { file, mutants, users }] of works.entries()) {
    const rules: Unchanged[] = [];
    for (const source of users) {
      const rule = await unchanged(source);
      if (rule === null) {
        parentPort?.postMessage({ fails: source } satisfies Answer);
        return;
      }
      rules.push(rule);
    }
    for (const mutant of mutants.slice(index === 0 ? from : 0)) {
      parentPort?.postMessage('begins' satisfies Answer);
      const answer = await judgeOne({ file, text: mutated(file, mutant) }, rules, common);
      parentPort?.postMessage({ verdict: answer } satisfies Answer);
    }
  }
}

/** What becomes of one mutant. */
async function judgeOne(
  change: { readonly file: string; readonly text: string },
  rules: readonly Unchanged[],
  common: ReturnType<typeof commonTrials>,
): Promise<Verdict> {
  const built: Built[] = [];
  let answer: Verdict = 'unnoticed';
  for (const { source, trials, said } of rules) {
    const one = await buildRule(source, change);
    const says = verdict(one, trials);
    if (says === null) return 'noticed';
    if (says !== said) answer = 'wording';
    built.push(one);
  }
  // Its own fixtures came first: they are few, and notice most.
  for (const one of built) if (!(await passesCommon(one, common))) return 'noticed';
  return answer;
}

if (!isMainThread) void judge(workerData);
