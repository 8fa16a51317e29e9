/** The call as the panel shows it, and the command line that repeats it. */

import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { callText, commandLine, flagsText, scenarioJson, takes } from '../../client/webview/calls.js';
import { profileFor } from '../../kernel/src/index.js';
import { parseScenario, type Scenario } from '../../simulator/src/index.js';

const scenario: Scenario = {
  kernel: '6.12',
  variant: 'base',
  fn: 'get_user_pages_remote',
  flags: ['FOLL_WRITE', 'FOLL_FORCE'],
  locked: 1,
  mm: 'remote',
  opts: [],
  vma: { kind: 'anon', share: 'private', prot: 'rw-', len: 16384 },
  page_state: 'unpopulated',
  nr: 2,
  addr_offset: 0,
};

describe('the call as C text', () => {
  it('has the parameters that the function has in the release', () => {
    expect(callText(scenario, profileFor('6.12'))).toBe(
      'get_user_pages_remote(mm, addr, 2, FOLL_WRITE | FOLL_FORCE, pages, &locked)',
    );
    // v6.5 dropped the vmas argument.
    expect(callText(scenario, profileFor('6.1'))).toBe(
      'get_user_pages_remote(mm, addr, 2, FOLL_WRITE | FOLL_FORCE, pages, NULL, &locked)',
    );
    // Before v5.9 it took the task as well.
    expect(callText(scenario, profileFor('5.4'))).toMatch(/^get_user_pages_remote\(current, mm, addr, 2, /);
  });

  it('shows NULL pointers and no flags as C has them', () => {
    const bare: Scenario = { ...scenario, flags: [], locked: null, opts: ['pages_null'] };
    expect(callText(bare, profileFor('6.12'))).toBe('get_user_pages_remote(mm, addr, 2, 0, NULL, NULL)');
  });

  it('writes the fault flags of fixup_user_fault in full', () => {
    const fixup: Scenario = { ...scenario, fn: 'fixup_user_fault', flags: ['WRITE'] };
    expect(callText(fixup, profileFor('6.12'))).toBe(
      'fixup_user_fault(mm, addr, FAULT_FLAG_WRITE, &unlocked)',
    );
  });

  it('does not invent parameters of a function that the release does not have', () => {
    expect(callText({ ...scenario, fn: 'memfd_pin_folios' }, profileFor('6.1'))).toBe('memfd_pin_folios(…)');
  });

  it('spells flags with and without their prefix the same', () => {
    expect(flagsText(['FOLL_WRITE', 'PIN'], 'FOLL')).toBe('FOLL_WRITE | FOLL_PIN');
  });

  it('knows which arguments a function takes', () => {
    const { functions } = profileFor('6.12');
    expect(takes(functions.get('get_user_pages'), 'locked')).toBe(false);
    expect(takes(functions.get('get_user_pages_remote'), 'locked')).toBe(true);
  });
});

describe('what is copied', () => {
  it('is a scenario that reads back the same', () => {
    expect(parseScenario(JSON.parse(scenarioJson(scenario)))).toEqual({ scenario });
  });

  it('is a command that hands a shell the scenario, quotes and all', () => {
    const quoted = { ...scenario, page_state: "it's $HOME `x` \\n %s" };
    const command = commandLine(quoted);
    expect(command).toMatch(/ \| gup-lens simulate --jsonl$/);
    const printed = spawnSync('sh', ['-c', command.replace(/ \| gup-lens simulate --jsonl$/, '')], {
      encoding: 'utf8',
    });
    expect(JSON.parse(printed.stdout)).toEqual(quoted);
  });
});
