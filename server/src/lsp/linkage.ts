/** Which of several definitions of one name a file means by it, as far as that shows without building the kernel. */

import type { Definition } from '../syntax/index.js';
import type { Included } from './includeClosure.js';

/** A file that uses a name and does not define it. */
export interface User {
  readonly path: string;
  /** What it includes, as written. */
  readonly includes: readonly string[];
  /** What comes to it by these; null where that was not looked for. */
  readonly included: Included | null;
}

/** A file that defines a name. Its path is from the top of the tree. */
export interface Definer {
  readonly path: string;
  readonly definition: Definition;
}

/** Which definition a file means. */
export interface Linkage {
  readonly linkage: 'yes' | 'perhaps' | 'no';
  /** Other definitions that it may mean as well; 0 unless it is `perhaps`. */
  readonly others: number;
}

const YES: Linkage = { linkage: 'yes', others: 0 };
const NO: Linkage = { linkage: 'no', others: 0 };

/**
 * Whether a file that uses a name means the definition in `own`.
 * @param all every file that defines the name
 */
export function linkageOf(user: User, own: Definer, all: readonly Definer[]): Linkage {
  if (!builtTogether(user.path, own.path)) return NO;
  const { included } = user;
  const includes = ({ path }: Definer): boolean =>
    included?.paths.has(path) === true || user.includes.some(written => isIncludedAs(path, written));
  /** What a header says, nobody means to whom it does not come. */
  const staysAway = (each: Definer): boolean => {
    const architecture = architectureOf(each.path);
    const isKnown = included?.isComplete === true && [null, included.architecture].includes(architecture);
    return isKnown && isHeader(each.path) && each.definition !== 'extern' && !includes(each);
  };
  if (staysAway(own)) return NO;
  const others = all.filter(each => {
    if (each.path === own.path || !builtTogether(user.path, each.path)) return false;
    return (
      each.definition === 'extern' || includes(each) || (mayCome(each.path, user.path) && !staysAway(each))
    );
  });
  if (others.length === 0) return YES;
  if (includes(own)) return YES;
  if (others.some(includes)) return NO;
  // Modules may define the same name, each for itself, and lie in a directory each.
  const ours = nearness(user.path, own.path);
  const nearest = Math.max(...others.map(({ path }) => nearness(user.path, path)));
  if (ours !== nearest) return ours > nearest ? YES : NO;
  return {
    linkage: 'perhaps',
    others: others.filter(({ path }) => nearness(user.path, path) === ours).length,
  };
}

/** Whether a header may come to a file by way of others that it includes. */
function mayCome(path: string, user: string): boolean {
  return isHeader(path) && (/(?:^|\/)include\//.test(path) || nearness(path, user) > 0);
}

/** Whether a file, by its path or URI, is there to be included. */
export function isHeader(path: string): boolean {
  return path.endsWith('.h');
}

/** Whether two files may be of one kernel: code of two architectures is not, nor are the programs below tools/. */
function builtTogether(a: string, b: string): boolean {
  if (a.startsWith('tools/') !== b.startsWith('tools/')) return false;
  const [one, other] = [architectureOf(a), architectureOf(b)];
  // arch/um is built with the code of the architecture that it runs on.
  return one === null || other === null || one === other || one === 'um' || other === 'um';
}

/** The architecture below whose directory a file lies; null: it is of none. */
export function architectureOf(path: string): string | null {
  return /^arch\/([^/]+)\//.exec(path)?.[1] ?? null;
}

function isIncludedAs(path: string, written: string): boolean {
  const plain = written.replace(/^(?:\.\.?\/)+/, '');
  return path === plain || path.endsWith(`/${plain}`);
}

/** How deep the directory is that two files share, if one of them lies in or below the directory of the other; else 0. */
function nearness(a: string, b: string): number {
  const [one, other] = [directoriesOf(a), directoriesOf(b)];
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  return short.every((name, i) => long[i] === name) ? short.length : 0;
}

function directoriesOf(path: string): string[] {
  return path.split('/').slice(0, -1);
}
