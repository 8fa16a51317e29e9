/** A server of this machine that a browser of this machine is pointed at. */

import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import process from 'node:process';
import type { LaunchOptions } from 'playwright-core';
import { browserPath } from './ensureTools.js';

/** A port that nothing listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('no free port')),
      );
    });
  });
}

/** Resolves when the server says that it listens; rejects with its output if it ends before. */
export function listening(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
      if (/listening on/i.test(output)) resolve();
    };
    server.stdout?.on('data', collect);
    server.stderr?.on('data', collect);
    server.on('error', reject);
    server.on('exit', status => reject(new Error(`the VS Code server ended with ${status}:\n${output}`)));
  });
}

/** How the browser is started; `temporary` is an existing folder for what it leaves behind. */
export function browserOptions(temporary: string): LaunchOptions {
  return {
    executablePath: browserPath(),
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
    env: { ...process.env, TMPDIR: temporary },
    // Ended by us, in order.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  };
}
