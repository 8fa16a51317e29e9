/** The command line: which commands and options there are, and what each returns to the shell. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type CompareOptions, compareCommand } from './compare.js';
import { type ExplainOptions, explainCommand } from './explain.js';
import { type ExploreOptions, exploreCommand } from './explore.js';
import { EXIT, type Io, styleFor, UsageError } from './io.js';
import { type LintOptions, lintCommand, SEVERITIES } from './lint.js';
import { type ServeOptions, serveCommand } from './serve.js';
import { type SimulateOptions, simulateCommand } from './simulate.js';
import { type SitesOptions, sitesCommand } from './sites.js';

const EXIT_CODES = `
Exit codes: 0 nothing found, 1 findings, 2 bad usage or unreadable input.`;

/**
 * Runs the command line.
 *
 * @param argv the arguments after the program's name
 * @returns the exit code; does not reject, does not end the process
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let code: number = EXIT.nothingFound;
  const program = build(io, result => {
    code = result;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    // commander has written its own message, and help is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.nothingFound : EXIT.badInput;
    const style = styleFor(io.stderr, io.env);
    const message = error instanceof Error ? error.message : String(error);
    for (const line of message.split('\n')) {
      await io.stderr.write(`gup-lens: ${style.error('error')}: ${line}\n`);
    }
    if (!(error instanceof UsageError) && io.env.GUP_LENS_DEBUG && error instanceof Error) {
      await io.stderr.write(`${error.stack ?? ''}\n`);
    }
    return EXIT.badInput;
  }
}

/** The version in package.json, which lies above the bundle; `unknown` where there is none. */
export function versionOf(bundleDir: string): string {
  try {
    const { version } = JSON.parse(readFileSync(join(bundleDir, '..', 'package.json'), 'utf8')) as {
      version?: unknown;
    };
    return typeof version === 'string' ? version : 'unknown';
  } catch {
    return 'unknown';
  }
}

function build(io: Io, done: (code: number) => void): Command {
  const version = versionOf(io.bundleDir);
  const program = new Command('gup-lens')
    .description('What get_user_pages, pin_user_pages and page-fault calls in Linux kernel C will really do.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', EXIT_CODES);
  // Before the subcommands, which inherit it.
  program
    .exitOverride()
    .showHelpAfterError('(gup-lens --help lists commands and options)')
    .configureOutput({
      writeOut: text => void io.stdout.write(text),
      writeErr: text => void io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns,
      getErrHelpWidth: () => io.stderr.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (text, write) => write(`gup-lens: ${text}`),
    });

  program
    .command('lint')
    .description('report misuse: files, directories, whole kernel trees, or what a change causes')
    .argument('[path...]', 'files and directories; with --diff they limit the change')
    .addOption(kernelOption())
    .addOption(formatOption(['text', 'json', 'sarif', 'github']))
    .option('--rule <id>', 'run only this rule (may be repeated)', collect, [])
    .addOption(
      new Option('--severity <level>', 'report nothing less severe').choices(SEVERITIES).default('info'),
    )
    .option(
      '--diff <change>',
      'report only what this causes: a patch or mailbox, - (standard input), or a git revision',
    )
    .option('--baseline <file>', 'do not report what this file has')
    .option('--write-baseline', 'write what is found to the baseline, and report nothing')
    .option('--jobs <number>', 'threads to scan with (default: as many as pay off)', jobs)
    .action(async (paths: string[], options: LintOptions) => {
      done(await lintCommand(paths, options, version, io));
    });

  program
    .command('sites')
    .description('list every call site and fault handler with flags, lock and release')
    .argument('<path...>', 'files and directories; files of a directory are named relative to it')
    .addOption(kernelOption())
    .addOption(formatOption(['table', 'markdown', 'jsonl']))
    .option(
      '--flag <name>',
      'only calls that may pass this flag (may be repeated); FOLL_FORCE: and what it overrides',
      collect,
      [],
    )
    .action(async (paths: string[], options: SitesOptions) => {
      done(await sitesCommand(paths, options, io));
    });

  program
    .command('simulate')
    .description('run a call on the model of the kernel')
    .argument('[scenario]', 'a SCENARIO.json; - is standard input')
    .addOption(kernelOption("release to simulate; auto: the scenario's"))
    .addOption(
      switchOption('--with', 'with this proposal, or behaviour of another release (may be repeated)'),
    )
    .addOption(switchOption('--without', 'without this behaviour of the release (may be repeated)'))
    .addOption(formatOption(['text', 'json']))
    .option('--jsonl', 'read scenarios from standard input, one a line, and answer each with a line', false)
    .action(async (file: string | undefined, options: SimulateOptions) => {
      done(await simulateCommand(file, options, io));
    });

  program
    .command('explore')
    .description('litmus tests: in which orders tasks side by side come to what')
    .argument('[test]', 'a .litmus.json, or the name of a test or a discussion; none: list them')
    .addOption(kernelOption('releases; auto: all that the test expects something of'))
    .option('--with <switch>', 'turn a proposal on (may be repeated)', collect, [])
    .option('--without <switch>', 'turn a guard off (may be repeated)', collect, [])
    .option('--variant <axis=choice>', 'only variants with this choice (may be repeated)', collect, [])
    .addOption(
      new Option('--mode <mode>', 'which orders are tried')
        .choices(['reduced', 'exhaustive', 'bounded', 'random'])
        .default('reduced'),
    )
    .option('--schedule <schedule>', "replay one run, such as 'A5 B2 A3'")
    .option('--preemptions <number>', 'of mode bounded', count, 2)
    .option('--seed <number>', 'of mode random', count, 1)
    .option('--runs <number>', 'of mode random', count, 1000)
    .option('--states <number>', 'states at most', count, 1_000_000)
    .option('--time <seconds>', 'seconds at most, for each test and release', count, 60)
    .addOption(formatOption(['text', 'json']))
    .action(async (target: string | undefined, options: ExploreOptions) => {
      done(await exploreCommand(target, options, io));
    });

  program
    .command('explain')
    .description('what is known of a flag, a function, a behaviour that changed, a rule, or a discussion')
    .argument(
      '<name>',
      'for example FOLL_LONGTERM, pin_user_pages_fast, unshareBeforePin, gup-pin-put-mismatch or lock-dropped',
    )
    .addOption(kernelOption('release; auto: that of the tree one is in'))
    .addOption(formatOption(['text', 'json']))
    .action(async (name: string, options: ExplainOptions) => {
      done(await explainCommand(name, options, io));
    });

  program
    .command('compare')
    .description('what changes from one release to another, and which calls are affected')
    .argument('[path...]', 'files and directories with the calls to check; none: only the differences')
    .requiredOption('--from <release>', 'release that the code works with')
    .requiredOption('--to <release>', 'release that it is to work with; older for a backport')
    .addOption(formatOption(['text', 'json']))
    .action(async (paths: string[], options: CompareOptions) => {
      done(await compareCommand(paths, options, io));
    });

  program
    .command('serve')
    .description('run the language server')
    .option('--stdio', 'speak over standard input and output', false)
    .addOption(kernelOption('release to read all files for; auto: trees and settings say'))
    .action(async (options: ServeOptions) => {
      done(await serveCommand(options, io));
    });

  return program;
}

function kernelOption(
  description = "release to read the code for, or several: 5.4,6.1 or 5.4..6.12; auto: that of each file's tree",
): Option {
  return new Option('--kernel <release>', description).default('auto').argParser(value => {
    if (value.trim() === '') throw new InvalidArgumentError('Give a release such as 6.1, or auto.');
    return value;
  });
}

function switchOption(flag: '--with' | '--without', description: string): Option {
  return new Option(`${flag} <switch>`, description).default([]).argParser(collect);
}

function formatOption(choices: readonly string[]): Option {
  return new Option('--format <format>', 'how to print').choices(choices).default(choices[0]);
}

function jobs(value: string): number {
  if (!/^[1-9]\d?$/.test(value)) throw new InvalidArgumentError('Give a number from 1 to 99.');
  return Number(value);
}

function count(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('Give a whole number.');
  return Number(value);
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}
