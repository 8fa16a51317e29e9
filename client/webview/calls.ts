/** The call as the panel shows it: its C text, the arguments a function has, the command line that repeats it. */

import type { Profile, ResolvedFunction } from '../../kernel/src/index.js';
import type { Scenario } from '../../simulator/src/index.js';

/** What is written for an argument whose value is not part of a scenario. */
const ARGUMENT_TEXT: Readonly<Record<string, string>> = {
  task: 'current',
  mm: 'mm',
  vma: 'vma',
  start: 'addr',
  vmas: 'NULL',
  'make-dirty': 'true',
};

/** Flags as C text: `FOLL_WRITE | FOLL_LONGTERM`, `0` for none. Names without their prefix get it. */
export function flagsText(flags: readonly string[], namespace: string): string {
  const prefix = `${namespace}_`;
  return flags.length === 0
    ? '0'
    : flags.map(flag => (flag.startsWith(prefix) ? flag : prefix + flag)).join(' | ');
}

/** The namespace of a function's flags argument, `FOLL` where it has none. */
export function flagsNamespace(fn: ResolvedFunction | undefined): string {
  return fn?.flagsNamespace ?? 'FOLL';
}

/** The scenario's call as a C expression with the parameters that its release has. */
export function callText(scenario: Scenario, profile: Profile): string {
  const fn = profile.functions.get(scenario.fn);
  if (fn === undefined) return `${scenario.fn}(…)`;
  const locked = scenario.locked === null ? 'NULL' : '&locked';
  const has = (flag: string): boolean =>
    scenario.flags.some(name => name === flag || name === `FOLL_${flag}`);
  const argument = (role: string | null, name: string): string => {
    switch (role) {
      case 'count':
        return String(scenario.nr);
      case 'flags':
        return flagsText(scenario.flags, flagsNamespace(fn));
      case 'write':
        return has('WRITE') ? '1' : '0';
      case 'force':
        return has('FORCE') ? '1' : '0';
      case 'pages':
        return scenario.opts.includes('pages_null') ? 'NULL' : 'pages';
      case 'locked':
        return locked;
      case 'unlocked':
        return scenario.locked === null ? 'NULL' : '&unlocked';
      default:
        return (role === null ? undefined : ARGUMENT_TEXT[role]) ?? name;
    }
  };
  return `${fn.name}(${fn.parameters.map(({ role, name }) => argument(role, name)).join(', ')})`;
}

/** Whether a function has an argument of a role; unknown functions are taken to have it. */
export function takes(fn: ResolvedFunction | undefined, role: string): boolean {
  return fn === undefined || fn.parameters.some(parameter => parameter.role === role);
}

/** The scenario as JSON, indented as a file. */
export function scenarioJson(scenario: Scenario): string {
  return `${JSON.stringify(scenario, null, 2)}\n`;
}

/** A POSIX shell command that simulates the scenario with the command-line tool. */
export function commandLine(scenario: Scenario): string {
  const quoted = JSON.stringify(scenario).replaceAll("'", "'\\''");
  return `printf '%s\\n' '${quoted}' | gup-lens simulate --jsonl`;
}
