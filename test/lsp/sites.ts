/** `gupLens/sites` in tests: the answer as flat lists. */

import {
  type FileSites,
  type NotAnalysed,
  SITES,
  type Site,
  type SiteFinding,
  type SitesParams,
  type SitesResult,
} from '../../server/protocol/index.js';
import type { TestClient } from './client.js';

type Of<T> = T & { readonly uri: string };

export interface FlatSites {
  readonly sites: readonly Of<Site>[];
  readonly findings: readonly Of<SiteFinding>[];
  readonly notAnalysed: readonly Of<NotAnalysed>[];
  readonly problem: string | null;
}

/** The rows of files, each with the URI of its file. */
export function flatSites({ files, problem }: SitesResult): FlatSites {
  const each = <T extends object>(of: (file: FileSites) => readonly T[]): Of<T>[] =>
    files.flatMap(file => of(file).map(row => ({ ...row, uri: file.uri })));
  return {
    sites: each(file => file.sites),
    findings: each(file => file.findings),
    notAnalysed: each(file => file.notAnalysed),
    problem,
  };
}

/** Asks for all at once. */
export async function sitesOf(client: TestClient, params: SitesParams): Promise<FlatSites> {
  return flatSites(await client.connection.sendRequest<SitesResult>(SITES, params));
}

/** Asks for the files as they come; what came before the answer, in order. */
export async function partsOf(client: TestClient, params: SitesParams): Promise<readonly FileSites[]> {
  const partialResultToken = `parts of ${params.uri}`;
  const { files } = await client.connection.sendRequest<SitesResult>(SITES, {
    ...params,
    partialResultToken,
  });
  if (files.length > 0) throw new Error('files came with the answer too');
  return client.progress
    .filter(({ token }) => token === partialResultToken)
    .flatMap(({ value }) => value.files as readonly FileSites[]);
}
