/** The text of `gup-lens compare`, in 80 columns. */

import type { ProfileDifference, Release } from '../../../kernel/src/index.js';
import { differenceText, type Reason } from '../ide/index.js';
import type { AffectedCall, ComparedCalls } from './compareSites.js';
import type { Style } from './io.js';
import { wrap } from './wrap.js';

/** What `gup-lens compare --format json` writes, see docs/compare.md. */
export interface Comparison {
  readonly from: Release;
  readonly to: Release;
  readonly differences: readonly ProfileDifference[];
  /** null without PATH. */
  readonly calls: ComparedCalls | null;
}

/** Without PATH the differences, else the calls that they affect. */
export function compareText({ from, to, differences, calls }: Comparison, style: Style): string {
  const title = style.bold(`Linux ${from} → ${to}`);
  if (differences.length === 0) return `${title}: no difference\n`;
  const lines =
    calls === null
      ? [title, ...differenceLines(differences, style)]
      : [title, ...callLines(calls, { from, to, total: differences.length }, style)];
  return `${lines.join('\n')}\n`;
}

const SUBJECTS: readonly (readonly [ProfileDifference['subject'], string])[] = [
  ['flag', 'Flags'],
  ['function', 'Functions'],
  ['switch', 'Behaviour'],
];

function differenceLines(differences: readonly ProfileDifference[], style: Style): readonly string[] {
  return SUBJECTS.flatMap(([subject, heading]) => {
    const own = differences.filter(difference => difference.subject === subject);
    if (own.length === 0) return [];
    const names = [...new Set(own.map(({ name }) => name))];
    return [
      '',
      style.bold(`${heading} (${names.length})`),
      ...names.flatMap(name => {
        const of = own.filter(difference => difference.name === name);
        return [
          `  ${subject === 'function' ? `${name}()` : name}`,
          ...of.flatMap(difference => {
            const { at, certainty } = difference;
            const doubt = certainty === 'read' ? '' : ` [${certainty}]`;
            return wrap(`    ${at}: `, `${differenceText(difference)}${doubt}`, '      ');
          }),
        ];
      }),
    ];
  });
}

/** Above this many calls a reason is one of nearly all: JSON names them. */
const MOST_CALLS = 60;

const APPLIES: Readonly<Record<Reason['applies'], string>> = {
  always: '',
  some: 'some flag sets',
  'unless-added': 'as far as is known here',
};

interface Group {
  readonly reason: Reason;
  readonly calls: AffectedCall[];
}

function callLines(
  { compared, affected, onlyFrom, onlyTo }: ComparedCalls,
  { from, to, total }: { readonly from: Release; readonly to: Release; readonly total: number },
  style: Style,
): readonly string[] {
  const count = (n: number): string => `${n} call${n === 1 ? '' : 's'}`;
  const lines = [...wrap('  ', `${affected.length} of ${count(compared)} and handlers affected`)];
  if (onlyFrom + onlyTo > 0) {
    lines.push(...wrap('  ', `read for one release only: ${onlyFrom} for ${from}, ${onlyTo} for ${to}`));
  }
  const headings = [
    ['breaks', 'Breaks'],
    ['differs', 'Behaves differently'],
    ['fits', `Fits ${to} already`],
  ] as const;
  for (const [effect, heading] of headings) {
    const groups = groupsOf(affected, effect);
    if (groups.length > 0) lines.push('', style.bold(heading));
    for (const { reason, calls } of groups) {
      const { kind, name, at, text } = reason;
      const label = kind === 'behaviour' ? `${name}: ` : '';
      lines.push(...wrap('  ', `${label}${text}${at === null ? '' : ` [${at}]`}`, '    '));
      if (calls.length <= MOST_CALLS) {
        for (const call of calls) lines.push(...callLine(call, reason));
      } else {
        const files = new Set(calls.map(({ file }) => file)).size;
        lines.push(...wrap('    ', `${count(calls.length)} in ${files} files (--format json names them)`));
      }
    }
  }
  const hint = `All ${total} differences: gup-lens compare --from ${from} --to ${to}`;
  return [...lines, '', ...wrap('', hint)];
}

/** Calls by reason, what concerns few before what concerns many: the same words are said once. */
function groupsOf(affected: readonly AffectedCall[], effect: Reason['effect']): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const call of affected) {
    for (const reason of call.reasons) {
      if (reason.effect !== effect) continue;
      const key = `${reason.kind}\0${reason.name}\0${reason.text}`;
      const group = groups.get(key) ?? { reason, calls: [] };
      group.calls.push(call);
      groups.set(key, group);
    }
  }
  return [...groups.values()].sort((a, b) => a.calls.length - b.calls.length);
}

function callLine(call: AffectedCall, shown: Reason): readonly string[] {
  const { file, line, callee } = call;
  const applies = call.reasons.find(({ kind, name, text }) => {
    return kind === shown.kind && name === shown.name && text === shown.text;
  })?.applies;
  const aside = APPLIES[applies ?? 'always'];
  const inside = call.function === null ? '' : ` in ${call.function}()`;
  return wrap('    ', `${file}:${line} ${callee}${inside}${aside === '' ? '' : ` (${aside})`}`, '      ');
}
