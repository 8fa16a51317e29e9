/** `gup-lens explain DISCUSSION`: a question of linux-mm, what the model says, and how to see it. */

import { type Discussion, proposalsOf } from '../ide/index.js';
import type { Style } from './io.js';
import { wrap } from './wrap.js';

/** The page of a discussion, relative to the repository. */
function pageOf({ name }: Discussion): string {
  return `docs/discussions/${name}.md`;
}

/** The discussion as plain data; the order of the keys is part of the format. */
export function discussionJson(of: Discussion): Readonly<Record<string, unknown>> {
  const { name, title, date, question, answers, upstream } = of;
  return {
    name,
    kind: 'discussion',
    title,
    date,
    question,
    answers,
    upstream,
    proposals: proposalsOf(of),
    see: pageOf(of),
  };
}

/** The discussion as lines of at most 80 columns. */
export function discussionText(of: Discussion, style: Style): string {
  const piece = (title: string, text: string): readonly string[] =>
    wrap('  ', `${title}: ${text}`, '    ').map((line, index) =>
      index === 0 ? line.replace(`${title}:`, style.dim(`${title}:`)) : line,
    );
  const proposals = proposalsOf(of);
  const lines = [
    `${style.bold(of.name)}  ${of.title} (${of.date})`,
    ...piece('question', of.question),
    `  ${style.dim('the model says:')}`,
    ...of.answers.flatMap(answer => wrap('    ', answer, '      ')),
    ...piece('upstream', of.upstream),
    ...(proposals.length === 0 ? [] : [`  ${style.dim('proposals (--with):')}`]),
    ...proposals.flatMap(({ name, meaning }) => wrap('    ', `${name}: ${meaning}`, '      ')),
    ...piece('litmus tests', `gup-lens explore ${of.name}`),
    ...piece('see', pageOf(of)),
  ];
  return `${lines.join('\n')}\n`;
}
