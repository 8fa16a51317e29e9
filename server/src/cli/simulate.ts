/** `gup-lens simulate`: one scenario, or a stream of them. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SwitchChanges } from '../../../kernel/src/index.js';
import {
  describe,
  parseScenario,
  renderTrace,
  type Simulation,
  simulate,
} from '../../../simulator/src/index.js';
import { reasonOf } from '../workspace/index.js';
import { EXIT, type Io, UsageError } from './io.js';
import { releaseNamed } from './kernelOption.js';
import { misspeltFields } from './misspeltFields.js';
import { type SwitchOptions, switchChanges } from './switchOptions.js';

export interface SimulateOptions extends SwitchOptions {
  /** A release that replaces the scenario's, or `auto` for the scenario's own. */
  readonly kernel: string;
  readonly format: 'text' | 'json';
  readonly jsonl: boolean;
}

/** Runs the command: `file` names a scenario, `-` is standard input; with `jsonl` scenarios come from there. */
export async function simulateCommand(
  file: string | undefined,
  options: SimulateOptions,
  io: Io,
): Promise<number> {
  const changed: Changed = { kernel: kernelOf(options.kernel), switches: switchChanges(options) };
  if (options.jsonl) {
    if (file !== undefined && file !== '-') {
      throw new UsageError(
        `simulate --jsonl reads standard input; write: gup-lens simulate --jsonl < ${file}`,
      );
    }
    return simulateLines(changed, io);
  }
  if (file === undefined) {
    throw new UsageError(
      'simulate needs a SCENARIO.json (- for standard input), or --jsonl and scenarios on standard input',
    );
  }
  const text = file === '-' ? await readAll(io) : readScenarioFile(resolve(io.cwd, file), file);
  const parsed = parseJson(text);
  const result = run(parsed, changed);
  const problems = [
    ...('problems' in result ? result.problems : []),
    ...('value' in parsed ? misspeltFields(parsed.value) : []),
  ];
  if ('problems' in result || problems.length > 0) {
    const name = file === '-' ? 'standard input' : file;
    throw new UsageError(problems.map(problem => `${name}: ${problem}`).join('\n'));
  }
  const { simulation } = result;
  const output =
    options.format === 'json'
      ? JSON.stringify(simulation, null, 2)
      : [describe(simulation), renderTrace(simulation)].filter(part => part !== '').join('\n\n');
  await io.stdout.write(`${output.trimEnd()}\n`);
  return EXIT.nothingFound;
}

/** What the command line has changed of the scenarios. */
interface Changed {
  /** null: as the scenario says. */
  readonly kernel: string | null;
  readonly switches: SwitchChanges;
}

function kernelOf(option: string): string | null {
  return option === 'auto' ? null : releaseNamed(option).release;
}

function readScenarioFile(path: string, given: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${given}: ${reasonOf(error).reason}`);
  }
}

async function readAll(io: Io): Promise<string> {
  let text = '';
  for await (const chunk of io.stdin()) text += chunk;
  return text;
}

function parseJson(text: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

type Run = { readonly simulation: Simulation } | { readonly problems: readonly string[] };

function run(parsed: ReturnType<typeof parseJson>, { kernel, switches }: Changed): Run {
  if ('problem' in parsed) return { problems: [parsed.problem] };
  const { value } = parsed;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const scenario = parseScenario(isObject && kernel !== null ? { ...value, kernel } : value);
  if ('problems' in scenario) {
    return {
      problems: scenario.problems.map(({ field, message }) =>
        field === '' ? message : `${field}: ${message}`,
      ),
    };
  }
  return { simulation: simulate(scenario.scenario, switches) };
}

/** A line of input to a line of output; a line that is no scenario is answered too, with its reason. */
async function simulateLines(changed: Changed, io: Io): Promise<number> {
  let number = 0;
  let wrong = 0;
  let out: string[] = [];
  const flush = async (): Promise<void> => {
    if (out.length > 0) await io.stdout.write(out.join(''));
    out = [];
  };
  for await (const line of lines(io.stdin())) {
    number++;
    if (line.trim() === '') continue;
    const parsed = parseJson(line);
    const fields =
      'value' in parsed && typeof parsed.value === 'object'
        ? (parsed.value as { id?: unknown; meta?: unknown } | null)
        : null;
    // Recordings begin with lines about the machine; there is nothing to simulate in them.
    if (fields?.meta === true) continue;
    const id = fields?.id ?? null;
    const result = run(parsed, changed);
    if ('problems' in result) {
      wrong++;
      const reason = result.problems.join('; ');
      await io.stderr.write(`gup-lens: error: standard input, line ${number}: ${reason}\n`);
      out.push(`${JSON.stringify({ id, modelled: false, reason })}\n`);
    } else {
      const { simulation } = result;
      const answer = simulation.modelled
        ? { id, modelled: true, ...simulation.outcome }
        : { id, modelled: false, reason: simulation.reason };
      out.push(`${JSON.stringify(answer)}\n`);
    }
    if (out.length >= 256) await flush();
  }
  await flush();
  if (number === 0) throw new UsageError('standard input is empty; give one scenario a line');
  return wrong > 0 ? EXIT.badInput : EXIT.nothingFound;
}

async function* lines(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  if (rest !== '') yield rest;
}
