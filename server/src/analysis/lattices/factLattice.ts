/** What is known of an integer or a pointer that conditions test: its sign, and bits that it has or lacks. */

/** Bits of {@link Fact.signs}. */
export const NEGATIVE = 1;
export const ZERO = 2;
export const POSITIVE = 4;
const ANY_SIGN = NEGATIVE | ZERO | POSITIVE;
export const NON_ZERO = NEGATIVE | POSITIVE;

/** `signs` is a mask of the signs it may have. `any`: it has at least one of these bits. `lacks`: it has none of these. */
export interface Fact {
  readonly signs: number;
  readonly any: readonly string[] | null;
  readonly lacks: readonly string[];
}

/** Nothing is known. */
export const NO_FACT: Fact = { signs: ANY_SIGN, any: null, lacks: [] };

/** The fact that a value has one of these signs. */
export function signFact(signs: number): Fact {
  return { signs, any: null, lacks: [] };
}

/** Facts by the key of what they are about; what is absent is not known. */
export type Facts = ReadonlyMap<string, Fact>;
export const NO_FACTS: Facts = new Map();

function trivial(fact: Fact): boolean {
  return fact.signs === ANY_SIGN && fact.any === null && fact.lacks.length === 0;
}

/** What holds if either fact does. */
export function joinFact(a: Fact, b: Fact): Fact {
  return {
    signs: a.signs | b.signs,
    any: a.any === null || b.any === null ? null : [...new Set([...a.any, ...b.any])].sort(),
    lacks: a.lacks.filter(name => b.lacks.includes(name)),
  };
}

/** Whether two facts say the same. */
export function sameFact(a: Fact, b: Fact): boolean {
  return (
    a.signs === b.signs &&
    (a.any === null || b.any === null ? a.any === b.any : a.any.join() === b.any.join()) &&
    a.lacks.join() === b.lacks.join()
  );
}

/** Whether something is known not to be 0. */
export function isSet(facts: Facts, key: string): boolean {
  return ((facts.get(key)?.signs ?? ZERO) & ZERO) === 0;
}

/** What holds on both of two paths that meet. */
export function joinFacts(a: Facts, b: Facts): Facts {
  if (a === b) return a;
  const joined = new Map<string, Fact>();
  for (const [key, fact] of a) {
    const other = b.get(key);
    if (other === undefined) continue;
    const both = joinFact(fact, other);
    if (!trivial(both)) joined.set(key, both);
  }
  return joined;
}

/** Whether two paths know the same. */
export function sameFacts(a: Facts, b: Facts): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [key, fact] of a) {
    const other = b.get(key);
    if (other === undefined || !sameFact(fact, other)) return false;
  }
  return true;
}

/** Facts with one replaced; null or a fact that says nothing removes it. */
export function withFact(facts: Facts, key: string, fact: Fact | null): Facts {
  if (fact === null || trivial(fact)) {
    if (!facts.has(key)) return facts;
    const less = new Map(facts);
    less.delete(key);
    return less;
  }
  const more = new Map(facts);
  more.set(key, fact);
  return more;
}

/** A fact where the value is known to have one of these signs; null if that cannot be. */
export function refineSign(fact: Fact, signs: number): Fact | null {
  const left = fact.signs & signs;
  if (left === 0 || (left === ZERO && fact.any !== null)) return null;
  return { ...fact, signs: left };
}

/** A fact where `value & names` is known to be non-zero (`truth`) or zero; null if that cannot be. */
export function refineBits(fact: Fact, names: readonly string[], truth: boolean): Fact | null {
  if (truth) {
    const possible = names.filter(name => !fact.lacks.includes(name));
    if (possible.length === 0 || fact.signs === ZERO) return null;
    const any = fact.any === null || possible.length < fact.any.length ? [...possible].sort() : fact.any;
    return { signs: fact.signs & ~ZERO, any, lacks: fact.lacks };
  }
  const any = fact.any === null ? null : fact.any.filter(name => !names.includes(name));
  if (any !== null && any.length === 0) return null;
  return { signs: fact.signs, any, lacks: [...new Set([...fact.lacks, ...names])].sort() };
}
