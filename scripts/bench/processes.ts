/** Running programs with what they cost. */

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a run cost. */
export interface Cost {
  /** Milliseconds from start to end. */
  readonly wall: number;
  /** Milliseconds of processor time, user and system, with all children; null where the shell does not say. */
  readonly cpu: number | null;
  /** Largest resident set, MB; null where /proc does not say. */
  readonly rss: number | null;
  readonly stdout: string;
  readonly status: number | null;
}

/** The middle value; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** The value that so much of all are not above: 0.99 for the 99th percentile. NaN for none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}

/** The largest resident set of a process so far, in MB (Linux); null where it cannot be read. */
export function peakRss(pid: number | undefined): number | null {
  return statusField(pid, 'VmHWM');
}

/** The resident set of a process now, in MB (Linux); null where it cannot be read. */
export function currentRss(pid: number | undefined): number | null {
  return statusField(pid, 'VmRSS');
}

function statusField(pid: number | undefined, field: string): number | null {
  try {
    const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(
      readFileSync(`/proc/${pid}/status`, 'utf8'),
    );
    return match === null ? null : Number(match[1]) / 1024;
  } catch {
    return null;
  }
}

/** Runs a program to its end. Rejects if it cannot be started. */
export function run(program: string, args: readonly string[], cwd: string): Promise<Cost> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    // `times` of a shell is the one portable account of what a child and its children used. fd 3 keeps it apart;
    // the program's own pid comes through it first.
    const script = '"$@" & pid=$!; echo "pid $pid" >&3; wait "$pid"; code=$?; times >&3; exit "$code"';
    const child = spawn('sh', ['-c', script, 'sh', program, ...args], {
      cwd,
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    });
    const out: Buffer[] = [];
    let account = '';
    let rss: number | null = null;
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stdio[3]?.on('data', (chunk: Buffer) => {
      account += chunk.toString('utf8');
    });
    const watch = setInterval(() => {
      const pid = /^pid (\d+)/.exec(account)?.[1];
      const peak = pid === undefined ? null : peakRss(Number(pid));
      if (peak !== null) rss = Math.max(rss ?? 0, peak);
    }, 10);
    child.on('error', error => {
      clearInterval(watch);
      reject(error);
    });
    child.on('close', status => {
      clearInterval(watch);
      const wall = performance.now() - started;
      resolve({ wall, cpu: cpuOf(account), rss, stdout: Buffer.concat(out).toString('utf8'), status });
    });
  });
}

/** The last line of `times` is that of the children: `0m1.230s 0m0.450s`. */
function cpuOf(account: string): number | null {
  const parts = [...(account.trim().split('\n').at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  if (parts.length !== 2) return null;
  return parts.reduce((sum, part) => sum + Number(part[1]) * 60_000 + Number(part[2]) * 1000, 0);
}
