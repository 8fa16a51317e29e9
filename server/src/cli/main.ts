/** The entry of dist/cli.js: a process gets its arguments and streams, a worker thread its work. */

import { dirname } from 'node:path';
import { compileLater, runSearchWorker } from '../workspace/index.js';
import type { Io, Output } from './io.js';
import { main } from './program.js';
import { runScanWorker } from './scanThreads.js';

function output(stream: NodeJS.WriteStream): Output {
  return {
    isTTY: stream.isTTY === true,
    columns: stream.columns || 80,
    // Awaiting the drain keeps a slow reader (a pager) from filling the memory.
    write: text =>
      new Promise(resolve => {
        if (stream.write(text)) resolve();
        else stream.once('drain', resolve);
      }),
  };
}

async function* stdin(): AsyncGenerator<string> {
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) yield String(chunk);
}

async function run(): Promise<void> {
  compileLater();
  const interrupt = new AbortController();
  process.once('SIGINT', () => {
    interrupt.abort(new Error('interrupted'));
    // A second Ctrl-C ends the process at once, and so does the first where nothing heeds the signal.
    setTimeout(() => process.exit(130), 200).unref();
  });
  // A reader that went away (`| head`) wants nothing more.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const io: Io = {
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    stdin,
    cwd: process.cwd(),
    env: process.env,
    bundleDir: dirname(__filename),
    bundle: __filename,
    signal: interrupt.signal,
  };
  process.exitCode = await main(process.argv.slice(2), io);
}

if (!runSearchWorker() && !runScanWorker()) void run();
