/** What has to be undone however the run ends: programs that run and folders among the temporary ones. */

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { LIMIT, until } from './wait.js';

const pending = new Set<() => void>();

/** Runs `undo` when this process ends, unless the function that is returned was called before. */
export function atExit(undo: () => void): () => void {
  pending.add(undo);
  return () => pending.delete(undo);
}

/** Makes a signal that ends this process end it in order. To be called once. */
export function handleSignals(): void {
  process.on('exit', () => {
    for (const undo of [...pending].reverse()) undo();
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
  }
}

export interface TemporaryFolder {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

/** Makes a folder that does not outlive this process. */
export async function temporaryFolder(name: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), `${name}-`));
  const done = atExit(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }));
  return {
    path,
    remove: async () => {
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
      done();
    },
  };
}

export interface ProcessGroup {
  readonly leader: ChildProcess;
  /** Ends the program and everything it started, and waits until nothing of it is left. */
  readonly end: () => Promise<void>;
}

/** Starts a program as the leader of a process group of its own, so that it can be ended with all that it starts. */
export function startGroup(command: string, args: readonly string[], options: SpawnOptions): ProcessGroup {
  const leader = spawn(command, args, { ...options, detached: true });
  /** Whether there was a process left to send it to; 0 only asks. */
  const signal = (name: NodeJS.Signals | 0): boolean => {
    if (leader.pid === undefined) return false;
    try {
      return process.kill(-leader.pid, name);
    } catch {
      return false;
    }
  };
  const done = atExit(() => signal('SIGKILL'));
  const gone = async (): Promise<boolean> => !signal(0);
  return {
    leader,
    end: async () => {
      signal('SIGTERM');
      await until('the program ends when asked to', gone, 5_000).catch(() => signal('SIGKILL'));
      await until('the program ends when killed', gone, LIMIT);
      done();
    },
  };
}
