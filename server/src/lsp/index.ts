/** The language server: all that other layers may import of this folder. */

export { nodeRuntime } from './node/nodeRuntime.js';
export { serveStdio } from './node/stdio.js';
export type { Runtime, Tree } from './runtime.js';
export type { ServerOptions } from './server.js';
export { startServer } from './server.js';
