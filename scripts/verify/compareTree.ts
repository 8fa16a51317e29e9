/** A kernel tree against the profile of its release. */

import {
  FLAGS,
  FUNCTIONS,
  type FunctionFact,
  type Profile,
  type ResolvedFunction,
} from '../../kernel/src/index.js';
import {
  acceptedMask,
  addedInBody,
  macroMembers,
  type TreeSignature,
  type TreeText,
  tidy,
  treeFlags,
  treeSignatures,
} from './extract.js';

/** One point in which tree and profile differ. */
export interface TreeDifference {
  /** The flag, function or mask it is about. */
  readonly name: string;
  readonly what: 'value' | 'presence' | 'place' | 'signature' | 'adds' | 'mask';
  readonly profile: string;
  readonly tree: string;
  /** The file of the tree where it was read. */
  readonly where: string;
}

/** What was compared and what differs. */
export interface TreeReport {
  readonly flags: number;
  readonly functions: number;
  readonly masks: number;
  readonly differences: readonly TreeDifference[];
}

/** Files of a tree that are read; those a release does not have are left out. */
export const TREE_FILES: readonly string[] = [
  'include/linux/mm.h',
  'include/linux/mm_types.h',
  'include/linux/mmap_lock.h',
  'include/linux/pagemap.h',
  'include/linux/memfd.h',
  'include/linux/uio.h',
  'mm/internal.h',
  'mm/gup.c',
  'mm/memory.c',
  'mm/filemap.c',
  'mm/mmap_lock.c',
  'lib/iov_iter.c',
];

/** Files without which there is nothing to compare. */
export const NEEDED_FILES: readonly string[] = ['include/linux/mm.h', 'mm/gup.c', 'mm/internal.h'];

/**
 * Compares flag values and presence, where mm keeps its own flags, prototypes, flags that the wrappers add, and the
 * masks of is_valid_gup_args() and the fast walk.
 */
export function compareTree(profile: Profile, files: TreeText): TreeReport {
  const flags = flagDifferences(profile, files);
  const functions = functionDifferences(profile, files);
  const added = addedDifferences(profile, files);
  const masks = maskDifferences(profile, files);
  return {
    flags: flags.compared,
    functions: functions.compared,
    masks: masks.compared,
    differences: [...flags.differences, ...functions.differences, ...added, ...masks.differences],
  };
}

interface Part {
  readonly compared: number;
  readonly differences: readonly TreeDifference[];
}

const hex = (value: number | null): string => (value === null ? 'not understood' : `0x${value.toString(16)}`);

function flagDifferences(profile: Profile, files: TreeText): Part {
  const differences: TreeDifference[] = [];
  const headers = new Map([...files].filter(([path]) => path.endsWith('.h')));
  const inTree = treeFlags(headers);
  for (const flag of profile.flags.values()) {
    const there = inTree.filter(other => other.name === flag.name);
    const [first] = there;
    if (first === undefined) {
      differences.push({
        name: flag.name,
        what: 'presence',
        profile: hex(flag.value),
        tree: 'absent',
        where: 'include/linux/mm.h, include/linux/mm_types.h, mm/internal.h',
      });
      continue;
    }
    if (!there.some(other => other.value === flag.value)) {
      const tree = there.map(other => hex(other.value)).join(' or ');
      differences.push({ name: flag.name, what: 'value', profile: hex(flag.value), tree, where: first.file });
    }
    // Before the split of the headers every flag was in include/linux/mm.h: the place says nothing then.
    const split = inTree.some(other => other.file === 'mm/internal.h' && other.name.startsWith('FOLL_'));
    const internal = first.file === 'mm/internal.h';
    if (split && flag.namespace === 'FOLL' && internal !== flag.internal) {
      differences.push({
        name: flag.name,
        what: 'place',
        profile: flag.internal ? 'for mm only' : 'public',
        tree: internal ? 'for mm only' : 'public',
        where: first.file,
      });
    }
  }
  const known = new Set(FLAGS.map(fact => fact.name));
  for (const flag of inTree) {
    if (profile.flags.has(flag.name)) continue;
    // Macros that print or pack flags have no value; a name that no release has by a value is a new flag.
    if (flag.value === null && !known.has(flag.name)) continue;
    differences.push({
      name: flag.name,
      what: 'presence',
      profile: 'absent',
      tree: hex(flag.value),
      where: flag.file,
    });
  }
  return { compared: profile.flags.size, differences };
}

function functionDifferences(profile: Profile, files: TreeText): Part {
  const differences: TreeDifference[] = [];
  const facts = FUNCTIONS.filter(fact => fact.signatures.length > 0);
  const inTree = treeSignatures(files, new Set(facts.map(fact => fact.name)));
  let compared = 0;
  for (const fact of facts) {
    const difference = functionDifference(
      fact,
      profile.functions.get(fact.name),
      inTree.get(fact.name) ?? [],
    );
    if (profile.functions.has(fact.name)) compared += 1;
    if (difference !== null) differences.push(difference);
  }
  return { compared, differences };
}

function functionDifference(
  fact: FunctionFact,
  fn: ResolvedFunction | undefined,
  there: readonly TreeSignature[],
): TreeDifference | null {
  const [first] = there;
  if (first === undefined) {
    if (fn === undefined) return null;
    const where = fact.evidence[0]?.where ?? 'mm/gup.c';
    return { name: fact.name, what: 'presence', profile: fn.signature, tree: 'absent', where };
  }
  if (fn === undefined) {
    return { name: fact.name, what: 'presence', profile: 'absent', tree: first.text, where: first.file };
  }
  const wanted = tidy(fn.signature);
  if (there.some(signature => tidy(signature.text) === wanted)) return null;
  const tree = there.map(signature => signature.text).join(' or ');
  return { name: fact.name, what: 'signature', profile: wanted, tree, where: first.file };
}

/** Flags that a wrapper adds in the tree and not in the profile; the reverse may come from what it calls. */
function addedDifferences(profile: Profile, files: TreeText): TreeDifference[] {
  const differences: TreeDifference[] = [];
  const where = 'mm/gup.c';
  for (const fn of profile.functions.values()) {
    if (fn.kind !== 'gup' || fn.visibility === 'static') continue;
    const ours = fn.adds.flatMap(added => added.flags);
    const more = addedInBody(files.get(where) ?? '', fn.name).filter(name => !ours.includes(name));
    if (more.length === 0) continue;
    differences.push({ name: fn.name, what: 'adds', profile: ours.join(' '), tree: more.join(' '), where });
  }
  return differences;
}

function maskDifferences(profile: Profile, files: TreeText): Part {
  const differences: TreeDifference[] = [];
  let compared = 0;
  const compare = (name: string, of: readonly string[], tree: readonly string[], where: string): void => {
    compared += 1;
    const [ours, theirs] = [[...of].sort().join(' '), [...tree].sort().join(' ')];
    if (ours !== theirs) differences.push({ name, what: 'mask', profile: ours, tree: theirs, where });
  };
  const gup = profile.functions.get('get_user_pages');
  const internal = macroMembers(files, 'INTERNAL_GUP_FLAGS');
  if (internal !== null) {
    const refused = gup?.refuses.find(refusal => refusal.condition.includes('INTERNAL_GUP_FLAGS'));
    compare('INTERNAL_GUP_FLAGS', refused?.flags ?? [], internal.members, internal.file);
  }
  for (const name of ['gup_fast_fallback', 'internal_get_user_pages_fast', 'get_user_pages_fast']) {
    const mask = acceptedMask(files.get('mm/gup.c') ?? '', name);
    if (mask === null) continue;
    const accepted = profile.functions.get(name)?.refuses.find(refusal => refusal.outside !== undefined);
    compare(`${name}() mask`, accepted?.outside ?? [], mask, 'mm/gup.c');
  }
  return { compared, differences };
}
