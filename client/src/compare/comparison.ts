/** What a comparison of two releases says of a file, in the order in which it is shown. */

import type { AffectedReason, CompareResult, Range } from '../../../server/protocol/index.js';

/** The answer that names affected calls. */
export type Comparison = Extract<CompareResult, { readonly affected: unknown }>;

/** A call, for one reason. */
export interface AffectedCall {
  readonly range: Range;
  readonly function: string | null;
  readonly callee: string;
  readonly applies: AffectedReason['applies'];
}

/** A reason, with the calls that it is one for. */
export interface ReasonGroup {
  readonly reason: AffectedReason;
  readonly calls: readonly AffectedCall[];
}

export interface EffectGroup {
  readonly effect: AffectedReason['effect'];
  readonly label: string;
  readonly reasons: readonly ReasonGroup[];
  /** Calls that have one of the reasons; each counts once. */
  readonly count: number;
}

/** What breaks comes first; of the reasons what concerns few calls, since it says more of them. */
export function effectsOf({ affected, to }: Comparison): readonly EffectGroup[] {
  const headings = [
    ['breaks', 'Breaks'],
    ['differs', 'Behaves differently'],
    ['fits', `Fits ${to} already`],
  ] as const;
  return headings.flatMap(([effect, label]): readonly EffectGroup[] => {
    const groups = new Map<string, { readonly reason: AffectedReason; readonly calls: AffectedCall[] }>();
    let count = 0;
    for (const { range, function: name, callee, reasons } of affected) {
      const own = reasons.filter(reason => reason.effect === effect);
      if (own.length > 0) count++;
      for (const reason of own) {
        const key = `${reason.kind}\0${reason.name}\0${reason.text}`;
        const group = groups.get(key) ?? { reason, calls: [] };
        group.calls.push({ range, function: name, callee, applies: reason.applies });
        groups.set(key, group);
      }
    }
    const reasons = [...groups.values()].sort((a, b) => a.calls.length - b.calls.length);
    return reasons.length === 0 ? [] : [{ effect, label, reasons, count }];
  });
}

const APPLIES: Readonly<Record<AffectedReason['applies'], string>> = {
  always: '',
  some: 'some flag sets',
  'unless-added': 'as far as is known here',
};

/** A reason in a line, with the release that it came with: `5.19: …`. Most of it has to do in a narrow view. */
export function reasonText({ text, at }: AffectedReason): string {
  return at === null ? text : `${at}: ${text}`;
}

/** All of a reason, with the name by which `explain` knows a behaviour: `5.19: … (unshareBeforePin)`. */
export function wholeReason(reason: AffectedReason): string {
  const { kind, name } = reason;
  return kind === 'behaviour' ? `${reasonText(reason)} (${name})` : reasonText(reason);
}

/** A call in a line, without its place: `pin_user_pages_fast in demo · some flag sets`. */
export function callText({ callee, function: name, applies }: AffectedCall): string {
  const where = name === null ? callee : `${callee} in ${name}`;
  return APPLIES[applies] === '' ? where : `${where} · ${APPLIES[applies]}`;
}
