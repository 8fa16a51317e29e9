/** Turns a C prototype, as the kernel writes it, into the parameters of a table entry. */

import type { Certainty, ParameterFact, ParameterRole } from '../facts.js';
import { inRange, RELEASES, RELEASES_NOT_READ, type Release } from '../release.js';

/** One signature of a function over a range of releases. */
export interface Signature {
  readonly since: Release;
  readonly until?: Release;
  readonly returns: string;
  readonly parameters: readonly ParameterFact[];
  readonly certainty: Certainty;
}

/** What a parameter of this name means in every function of the tables. */
const ROLES: ReadonlyMap<string, ParameterRole> = new Map<string, ParameterRole>([
  ['tsk', 'task'],
  ['mm', 'mm'],
  ['vma', 'vma'],
  ['start', 'start'],
  ['addr', 'start'],
  ['address', 'start'],
  ['uaddr', 'start'],
  ['nr_pages', 'count'],
  ['npages', 'count'],
  ['nfolios', 'count'],
  ['max_folios', 'count'],
  ['write', 'write'],
  ['force', 'force'],
  ['gup_flags', 'flags'],
  ['foll_flags', 'flags'],
  ['fault_flags', 'flags'],
  ['flags', 'flags'],
  ['pages', 'pages'],
  ['pagep', 'pages'],
  ['page', 'pages'],
  ['folios', 'pages'],
  ['folio', 'pages'],
  ['vmas', 'vmas'],
  ['vmap', 'vmas'],
  ['locked', 'locked'],
  ['nonblocking', 'locked'],
  ['unlocked', 'unlocked'],
  ['make_dirty', 'make-dirty'],
]);

/**
 * A signature of the tables from its prototype in one line of C, parameter names included. `until` null: still so
 * in the newest release. `certainty` defaults to `read` if a tree of any release in the range was read.
 */
export function prototype(
  since: Release,
  until: Release | null,
  text: string,
  certainty?: Certainty,
): Signature {
  const open = text.indexOf('(');
  const before = text.slice(0, open).trim();
  const name = /\w+$/.exec(before)?.[0] ?? '';
  const returns = before.slice(0, before.length - name.length).trim();
  const inside = text.slice(open + 1, text.lastIndexOf(')')).trim();
  const parameters = inside === 'void' || inside === '' ? [] : inside.split(',').map(parameter);
  const range = until === null ? { since } : { since, until };
  const read = RELEASES.some(release => inRange(release, range) && !RELEASES_NOT_READ.has(release));
  return { ...range, returns, parameters, certainty: certainty ?? (read ? 'read' : 'inferred') };
}

function parameter(text: string): ParameterFact {
  const trimmed = text.trim();
  const name = /\w+$/.exec(trimmed)?.[0] ?? '';
  const type = trimmed.slice(0, trimmed.length - name.length).trim();
  return { name, type, role: ROLES.get(name) ?? null };
}

/** A prototype as C text again: `long f(unsigned long start, int *locked)`. */
export function prototypeText(name: string, signature: Pick<Signature, 'returns' | 'parameters'>): string {
  const parameters = signature.parameters.map(p => declaration(p.type, p.name)).join(', ');
  return `${declaration(signature.returns, name)}(${parameters === '' ? 'void' : parameters})`;
}

function declaration(type: string, name: string): string {
  return type.endsWith('*') ? `${type}${name}` : `${type} ${name}`;
}
