/** Clients and trees that end with the test that asked for them. */

import { afterEach } from 'vitest';
import { type StartOptions, TestClient, TestTree } from './client.js';

const clients: TestClient[] = [];
const trees: TestTree[] = [];

/** A client whose server was initialised. */
export async function start(options: StartOptions = {}): Promise<TestClient> {
  const client = await TestClient.start(options);
  clients.push(client);
  return client;
}

/** A kernel tree on the disk. */
export function tree(release: string, files: Readonly<Record<string, string>> = {}): TestTree {
  const made = new TestTree(release, files);
  trees.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(clients.splice(0).map(client => client.stop()));
  for (const made of trees.splice(0)) made.remove();
});

/** A document that is in no kernel tree. */
export const URI = 'file:///nowhere/drivers/demo.c';

/** All of a document. */
export const whole = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } };
