/** The mainline releases the tables speak of, and how a version text of a tree is understood as one of them. */

/** Every mainline release of the range, oldest first. A new one is appended here. */
export const RELEASES = [
  '4.8',
  '4.9',
  '4.10',
  '4.11',
  '4.12',
  '4.13',
  '4.14',
  '4.15',
  '4.16',
  '4.17',
  '4.18',
  '4.19',
  '4.20',
  '5.0',
  '5.1',
  '5.2',
  '5.3',
  '5.4',
  '5.5',
  '5.6',
  '5.7',
  '5.8',
  '5.9',
  '5.10',
  '5.11',
  '5.12',
  '5.13',
  '5.14',
  '5.15',
  '5.16',
  '5.17',
  '5.18',
  '5.19',
  '6.0',
  '6.1',
  '6.2',
  '6.3',
  '6.4',
  '6.5',
  '6.6',
  '6.7',
  '6.8',
  '6.9',
  '6.10',
  '6.11',
  '6.12',
  '6.13',
  '6.14',
  '6.15',
  '6.16',
  '6.17',
  '6.18',
  '6.19',
  '7.0',
  '7.1',
  '7.2',
  '7.3',
] as const;

export type Release = (typeof RELEASES)[number];

/**
 * Releases of which no tree was at hand: what is said of them is inferred from their neighbours, and for 5.13 and 6.15
 * from single files at commits that went into them (docs/facts-corrections.md).
 */
export const RELEASES_NOT_READ: ReadonlySet<Release> = new Set<Release>(['5.13', '6.15', '6.16']);

export const OLDEST_RELEASE: Release = RELEASES[0];
export const NEWEST_RELEASE: Release = RELEASES.at(-1) ?? OLDEST_RELEASE;

const INDEX: ReadonlyMap<string, number> = new Map(RELEASES.map((release, index) => [release, index]));

/** Position of a release in {@link RELEASES}, oldest 0. */
export function releaseIndex(release: Release): number {
  return INDEX.get(release) ?? 0;
}

/** Negative if `a` is older than `b`, 0 if they are the same. For this folder only: the rest tests switches. */
export function compareReleases(a: Release, b: Release): number {
  return releaseIndex(a) - releaseIndex(b);
}

/** Whether `release` lies in `since` … `until`, both included; no `until` means up to the newest. */
export function inRange(
  release: Release,
  range: { readonly since: Release; readonly until?: Release },
): boolean {
  const at = releaseIndex(release);
  return at >= releaseIndex(range.since) && (range.until === undefined || at <= releaseIndex(range.until));
}

/** A version text that was understood. */
export interface ResolvedRelease {
  readonly release: Release;
  /** False if the release itself is not in the tables and the nearest older one stands in. */
  readonly exact: boolean;
  /** The text as given, trimmed. */
  readonly text: string;
  /** What a person should know about this choice; null: nothing. */
  readonly note: string | null;
}

/** A version text that names no release of the tables. */
export interface UnknownRelease {
  /** The text, the reason and what to write instead. */
  readonly error: string;
  /** What may have been meant, nearest first; never empty. */
  readonly nearest: readonly Release[];
}

const VERSION = /^(?:linux-)?v?(\d+)\.(\d+)(?![\d])/i;
/** Enterprise kernels keep an old version number over a much newer mm/. */
const ENTERPRISE = /\.el\d|\.amzn|\.an8|\.oe\d|uek/i;

/**
 * The release that a version text stands for. Understands `v6.1`, `6.1.192`, `6.1.0-56-amd64`, `6.12-rc3` and
 * `5.15.149-android14`. A release newer than the tables becomes the newest known one with `exact` false; one
 * older than the tables, one that never was and a text that is no version are errors.
 */
export function resolveRelease(text: string): ResolvedRelease | UnknownRelease {
  const asked = text.trim();
  const match = VERSION.exec(asked);
  if (!match) {
    return {
      error: `"${asked}" is not a kernel version; write a release from ${OLDEST_RELEASE} to ${NEWEST_RELEASE}, such as ${NEWEST_RELEASE} or 6.1.192`,
      nearest: [NEWEST_RELEASE],
    };
  }
  const major = Number(match[1]);
  const minor = Number(match[2]);
  const release = RELEASES[INDEX.get(`${major}.${minor}`) ?? -1];
  if (release !== undefined) return { release, exact: true, text: asked, note: noteOn(release, asked) };

  const older = RELEASES.filter(known => isBefore(known, major, minor));
  const newer = RELEASES.filter(known => !isBefore(known, major, minor));
  const below = older.at(-1);
  const above = newer[0];
  if (below === undefined) {
    return {
      error: `Linux ${major}.${minor} is older than the tables, which begin with ${OLDEST_RELEASE}; choose ${OLDEST_RELEASE} or newer`,
      nearest: [OLDEST_RELEASE],
    };
  }
  if (above !== undefined) {
    return {
      error: `there was no Linux ${major}.${minor}; the releases next to it are ${below} and ${above}`,
      nearest: [below, above],
    };
  }
  return {
    release: below,
    exact: false,
    text: asked,
    note: `${major}.${minor} is not known; using ${below}, the newest release of the tables`,
  };
}

function isBefore(release: Release, major: number, minor: number): boolean {
  const [a, b] = release.split('.').map(Number);
  return (a ?? 0) < major || ((a ?? 0) === major && (b ?? 0) < minor);
}

function noteOn(release: Release, text: string): string | null {
  if (ENTERPRISE.test(text)) {
    return `${text} looks like an enterprise kernel: it may carry memory-management code much newer than ${release}`;
  }
  if (RELEASES_NOT_READ.has(release)) {
    return `no tree of ${release} was read: what is said of it is inferred from the releases around it`;
  }
  return null;
}
