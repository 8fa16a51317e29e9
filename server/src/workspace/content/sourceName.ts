/** Which files may hold kernel C: `.c`, `.h`, and `.S` that is run through the preprocessor. */

export const SOURCE_GLOB = '*.[chS]';

/** Whether a name is matched by {@link SOURCE_GLOB}. */
export function isSourceName(name: string): boolean {
  return /\.[chS]$/.test(name);
}
