import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gupLens } from './run.js';

const SCENARIO = {
  id: 7,
  kernel: '6.1',
  variant: 'base',
  fn: 'get_user_pages_remote',
  flags: ['FOLL_WRITE'],
  locked: 1,
  mm: 'remote',
  opts: [],
  vma: { kind: 'anon', share: 'private', prot: 'rw-', vm_flags: '0x8100073', len: 16384 },
  page_state: 'unpopulated',
  nr: 1,
  addr_offset: 0,
  pte_before: [{ lvl: 0, f: ['none'] }],
};

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'gup-lens-simulate-'));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

function put(value: unknown): string {
  writeFileSync(join(top, 's.json'), typeof value === 'string' ? value : JSON.stringify(value));
  return 's.json';
}

describe('simulate', () => {
  it('prints what happened and the trace', async () => {
    const { code, stdout, stderr } = await gupLens(['simulate', put(SCENARIO)], { cwd: top });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('handle_mm_fault');
    expect(stdout).toContain('6.1');
    expect(stdout.endsWith('\n')).toBe(true);
  });

  it('prints JSON, for another release when told, from a file or standard input', async () => {
    const argv = ['simulate', '--format', 'json', '--kernel', '6.12'];
    const { code, stdout } = await gupLens([...argv, put(SCENARIO)], { cwd: top });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      modelled: true,
      scenario: { kernel: '6.12' },
      outcome: { ret: 1 },
    });
    expect((await gupLens([...argv, '-'], { stdin: JSON.stringify(SCENARIO) })).stdout).toBe(stdout);
  });

  it('runs a proposal, and a release without what it has', async () => {
    const nowait = put({ ...SCENARIO, flags: ['FOLL_NOWAIT'] });
    const faultFlags = async (...argv: string[]): Promise<unknown> => {
      const { stdout } = await gupLens(['simulate', '--format', 'json', '--kernel', '6.3', ...argv, nowait], {
        cwd: top,
      });
      return JSON.parse(stdout).outcome.faults[0].flags;
    };
    expect(await faultFlags()).toContain('KILLABLE');
    expect(await faultFlags('--with', 'nowaitNotUnlockable')).not.toContain('KILLABLE');
    expect(await faultFlags('--without', 'killableFaults')).not.toContain('KILLABLE');
  });

  it.each([
    [['--with', 'nowaitNotUnlocable'], 'did you mean nowaitNotUnlockable'],
    [['--without', 'zzzzzzzz'], 'no such switch'],
    [['--with', 'vmaLock', '--without', 'vmaLock'], 'give one of them'],
  ])('refuses %j', async (argv, message) => {
    const { code, stdout, stderr } = await gupLens(['simulate', ...argv, put(SCENARIO)], { cwd: top });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it.each([
    ['{', 'not JSON'],
    ['[]', 'object'],
    ['{}', 'kernel'],
    [{ ...SCENARIO, fn: 5 }, 'fn'],
    [{ ...SCENARIO, kernel: 'latest' }, 'kernel'],
    [{ ...SCENARIO, vma: { ...SCENARIO.vma, uffd: { mode: 5 } } }, 'vma.uffd.mode'],
    [{ ...SCENARIO, vma: { ...SCENARIO.vma, fault_prog: [{}] } }, 'vma.fault_prog'],
    [{ ...SCENARIO, page_state: undefined, 'page-state': 'swapped_out' }, 'page-state: no field'],
    [
      { ...SCENARIO, vma: { kind: 'anon', vmflags: '0x1' } },
      'vma.vmflags: no field of a scenario; did you mean vm_flags?',
    ],
  ])('refuses %j and names what is wrong', async (value, message) => {
    const { code, stdout, stderr } = await gupLens(['simulate', put(value)], { cwd: top });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('s.json: ');
    expect(stderr).toContain(message);
  });

  it('takes every other field that a recording has', async () => {
    const recording = {
      ...SCENARIO,
      setup: 'x',
      boot: 1,
      flags_hex: '0x1',
      ret: 1,
      faults: [],
      warned: false,
    };
    const { code, stderr } = await gupLens(['simulate', put(recording)], { cwd: top });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('says what the model does not know, and why', async () => {
    const scenario = put({ ...SCENARIO, fn: 'get_user_page_s' });
    const { code, stdout, stderr } = await gupLens(['simulate', scenario], { cwd: top });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^get_user_page_s on v6\.1: not modelled: .+\n$/);
  });

  it('refuses a file that is not there, and no file at all', async () => {
    expect(await gupLens(['simulate', 'none.json'], { cwd: top })).toEqual({
      code: 2,
      stdout: '',
      stderr: 'gup-lens: error: none.json: no such file or directory\n',
    });
    expect((await gupLens(['simulate', '.'], { cwd: top })).stderr).toBe(
      'gup-lens: error: .: a directory, not a file\n',
    );
    expect((await gupLens(['simulate'])).stderr).toContain('needs a SCENARIO.json');
    expect((await gupLens(['simulate', '--jsonl', 'x.json'])).stderr).toContain('--jsonl < x.json');
  });
});

describe('simulate --jsonl', () => {
  it('answers each scenario with its id, in order', async () => {
    const rows = [
      { meta: true, kernel: '6.1' },
      SCENARIO,
      { ...SCENARIO, id: 'b', kernel: '6.12.117' },
      { ...SCENARIO, id: 9, vma: { ...SCENARIO.vma, kind: 'something new' } },
    ];
    const stdin = `${rows.map(row => JSON.stringify(row)).join('\n\n')}\n`;
    const { code, stdout, stderr } = await gupLens(['simulate', '--jsonl'], { stdin });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const answers = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(answers).toMatchObject([
      { id: 7, modelled: true, ret: 1, ret_name: 'count', locked_after: 1, refcount_delta: 1, pincount: 0 },
      { id: 'b', modelled: true, ret: 1, effective_gup_flags: expect.arrayContaining(['FOLL_UNLOCKABLE']) },
      { id: 9, modelled: false, reason: expect.any(String) },
    ]);
    expect(Object.keys(answers[2])).toEqual(['id', 'modelled', 'reason']);
  });

  it('answers a line that is no scenario too, names it, and exits with 2', async () => {
    const stdin = `not json\n${JSON.stringify(SCENARIO)}\n{"id":3}`;
    const { code, stdout, stderr } = await gupLens(['simulate', '--jsonl'], { stdin });
    expect(code).toBe(2);
    const answers = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(answers.map(({ id, modelled }) => ({ id, modelled }))).toEqual([
      { id: null, modelled: false },
      { id: 7, modelled: true },
      { id: 3, modelled: false },
    ]);
    expect(stderr).toMatch(/^gup-lens: error: standard input, line 1: not JSON/);
    expect(stderr).toContain('standard input, line 3: ');
  });

  it('gives the same answer whatever a scenario is called, and in whatever order its fields are', async () => {
    const label = fc.oneof(fc.string(), fc.integer(), fc.constant(null));
    const names = fc.shuffledSubarray(Object.keys(SCENARIO), { minLength: Object.keys(SCENARIO).length });
    await fc.assert(
      fc.asyncProperty(label, label, names, async (id, setup, order) => {
        const { id: _, ...plain } = SCENARIO;
        const labelled = { ...plain, id, setup };
        const permuted = Object.fromEntries(
          order.map(name => [name, SCENARIO[name as keyof typeof SCENARIO]]),
        );
        const stdin = [plain, labelled, permuted].map(row => JSON.stringify(row)).join('\n');
        const { stdout } = await gupLens(['simulate', '--jsonl'], { stdin });
        const answers = stdout
          .trimEnd()
          .split('\n')
          .map(line => JSON.parse(line));
        const [bare, other, third] = answers;
        expect(bare.id).toBeNull();
        expect({ ...other, id: null }).toEqual(bare);
        expect(other.id).toEqual(id);
        expect({ ...third, id: null }).toEqual(bare);
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  it('asks for input where there is none', async () => {
    expect(await gupLens(['simulate', '--jsonl'])).toMatchObject({ code: 2, stdout: '' });
  });
});
