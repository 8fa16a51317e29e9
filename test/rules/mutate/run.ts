/**
 * `npm run mutate:rules [-- RULE…]`: breaks the conditions of the rules one by one, and says which changes no fixture
 * and no example notices. Minutes for all rules; seconds for one.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { RULES, SUPPRESSION_RULE } from '../../../server/src/rules/index.js';
import { buildRule, mutated, trialsOf, verdict } from './judge.js';
import type { Mutant } from './mutants.js';

const FOLDER = 'server/src/rules';

/** Sources that are part of every rule; what a fix writes, test/rules/fixes.test.ts asks. */
const FRAMEWORK = /\/rules\/(?:rule|runRules|fixes|suppression\/\w+)\.ts$/;

/** Of the mutants of a source that do not only change wording, these many in a hundred have to fail a fixture. */
const BAR = 60;

/** `noticed`: a fixture or an example fails. `wording`: only messages, the way there or fixes differ. */
type Verdict = 'noticed' | 'wording' | 'unnoticed';

/** A mutant for which nothing is heard for so long runs in a circle, which is noticed too. Milliseconds. */
const PATIENCE = 30_000;

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
 * @param argv ids of rules; none: all
 * @returns the exit code: 0, 1 if of some source too few mutants were noticed, 2 bad usage
 */
export async function main(argv: readonly string[]): Promise<number> {
  const unknown = argv.filter(id => !RULES.some(rule => rule.id === id));
  if (unknown.length > 0 || !existsSync(FOLDER)) {
    process.stderr.write(`no such rule: ${unknown.join(', ')}\nusage: mutate:rules [RULE…]\n`);
    return 2;
  }
  const { mutantsOf } = await import('./mutants.js');
  const users = new Map<string, string[]>();
  const wanted = new Set<string>();
  for (const [id, source] of sourcesOfRules()) {
    const { rule, run, sources } = await buildRule(source, null);
    if (verdict({ rule, run }, await trialsOf(rule)) === null) {
      process.stdout.write(`${id}: its fixtures fail without any change; run npx vitest run test/rules\n`);
      return 1;
    }
    for (const file of sources) {
      // What runs all rules is tried on the fixtures that are about that.
      if (!file.startsWith(FOLDER) || (FRAMEWORK.test(file) && id !== SUPPRESSION_RULE)) continue;
      users.set(file, [...(users.get(file) ?? []), source]);
      if (argv.length === 0 || argv.includes(id)) wanted.add(file);
    }
  }
  let code = 0;
  for (const file of [...wanted].sort()) {
    const mutants = mutantsOf(readFileSync(file, 'utf8'));
    if (mutants.length === 0) continue;
    const verdicts = await judged({ file, mutants, users: users.get(file) ?? [] });
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
  }
  if (code !== 0) process.stdout.write(`a source is below ${BAR} %: add a fixture, or drop the condition\n`);
  return code;
}

/** What becomes of each mutant; judged in a thread, which is ended where a mutant does not end. */
async function judged(work: Work): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  while (verdicts.length < work.mutants.length) {
    await new Promise<void>((resolve, reject) => {
      const input: JudgeInput = { work, from: verdicts.length };
      const worker = new Worker(fileURLToPath(import.meta.url), { workerData: input });
      let timer: NodeJS.Timeout;
      const wait = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          verdicts.push('noticed');
          void worker.terminate();
        }, PATIENCE);
      };
      wait();
      worker.on('message', (verdict: Verdict) => {
        verdicts.push(verdict);
        wait();
      });
      worker.on('error', reject);
      worker.on('exit', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
  return verdicts;
}

interface JudgeInput {
  readonly work: Work;
  /** The first mutant to judge. */
  readonly from: number;
}

/** The thread: one answer a mutant, in order. */
async function judge({ work: { file, mutants, users }, from }: JudgeInput): Promise<void> {
  const rules = await Promise.all(
    users.map(async source => {
      const built = await buildRule(source, null);
      const trials = await trialsOf(built.rule);
      return { source, trials, unchanged: verdict(built, trials) };
    }),
  );
  for (const mutant of mutants.slice(from)) {
    const text = mutated(file, mutant);
    let answer: Verdict = 'unnoticed';
    for (const { source, trials, unchanged } of rules) {
      const said = verdict(await buildRule(source, { file, text }), trials);
      if (said !== unchanged) answer = said === null ? 'noticed' : 'wording';
      if (answer === 'noticed') break;
    }
    parentPort?.postMessage(answer);
  }
}

if (!isMainThread) void judge(workerData);
