/** `gup-lens explain NAME`: what the tables know of a flag, function or switch in a release; a rule; a discussion. */

import { join } from 'node:path';
import {
  DISCUSSIONS,
  discussionNamed,
  type Explanation,
  explain,
  explainableNames,
  explanationJson,
  profileOf,
  ruleNamed,
  type Section,
  sectionsOf,
} from '../ide/index.js';
import { RULES } from '../rules/index.js';
import { ConfigFiles } from './configFiles.js';
import { discussionJson, discussionText } from './explainDiscussion.js';
import { explainedRule, ruleJson } from './explainRule.js';
import { EXIT, type Io, type Style, styleFor, UsageError } from './io.js';
import { fixedKernel, kernelChooser, kernelTitle } from './kernelOption.js';
import { nearestNames } from './nearest.js';
import { reportProblems } from './stderrReport.js';
import { wrap } from './wrap.js';

export interface ExplainOptions {
  readonly kernel: string;
  readonly format: 'text' | 'json';
}

/**
 * Runs the command. With `auto` the release is that of the tree one is in.
 *
 * @throws UsageError for a name or a release that nobody knows; the message names the nearest ones
 */
export async function explainCommand(name: string, options: ExplainOptions, io: Io): Promise<number> {
  const choice =
    options.kernel === 'auto'
      ? kernelChooser('auto', new ConfigFiles(io.cwd)).choose(join(io.cwd, 'x'))
      : fixedKernel(options.kernel);
  const asked = name.trim().replace(/\(\)$/, '');
  const discussion = discussionNamed(asked);
  if (discussion !== null) {
    await io.stdout.write(
      options.format === 'json'
        ? `${JSON.stringify(discussionJson(discussion), null, 2)}\n`
        : discussionText(discussion, styleFor(io.stdout, io.env)),
    );
    return EXIT.nothingFound;
  }
  const rule = ruleNamed(asked);
  if (rule !== null) {
    const style = styleFor(io.stdout, io.env);
    const json = options.format === 'json';
    await io.stdout.write(json ? `${JSON.stringify(ruleJson(rule), null, 2)}\n` : explainedRule(rule, style));
    return EXIT.nothingFound;
  }
  const explanation = explain(asked, profileOf(choice));
  if (explanation === null) {
    const others = [...RULES.map(({ id }) => id), ...DISCUSSIONS.map(({ name: each }) => each)];
    const like = nearestNames(asked, [...explainableNames(), ...others]);
    throw new UsageError(
      `explain ${name}: no such flag, function, switch, rule or discussion${like.length > 0 ? `; did you mean ${like.join(', ')}?` : ''}`,
    );
  }
  if (options.format === 'json') {
    await io.stdout.write(`${JSON.stringify(explanationJson(explanation), null, 2)}\n`);
  } else {
    const style = styleFor(io.stdout, io.env);
    await io.stdout.write(explanationText(explanation, kernelTitle(choice), style));
  }
  await reportProblems(io, [], choice.note === null ? [] : [choice.note]);
  return EXIT.nothingFound;
}

/** The explanation as lines of at most 80 columns; `title` is the release that was asked for. */
export function explanationText(explanation: Explanation, title: string, style: Style): string {
  const { head, meaning, brief, details } = sectionsOf(explanation);
  const value =
    explanation.kind === 'flag' && explanation.flag !== null
      ? `  0x${(explanation.flag.value >>> 0).toString(16)}`
      : '';
  const lines = [
    `${style.bold(explanation.name)}${value}  ${whereText(explanation, title)}`,
    ...wrap('  ', head.join('; ')),
    ...wrap('  ', meaning),
    ...[...brief, ...details].flatMap(section => sectionLines(section, style)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Which release the facts are of. */
function whereText(explanation: Explanation, title: string): string {
  if (explanation.kind === 'switch' || explanation.present || explanation.described === null) return title;
  return `not in ${title}; described as in Linux ${explanation.described}`;
}

function sectionLines({ title, items, as }: Section, style: Style): readonly string[] {
  const heading = title === '' ? '' : `${title}: `;
  const set = (lines: readonly string[]): readonly string[] => {
    if (heading === '') return lines;
    return lines.map((line, index) => (index === 0 ? line.replace(heading, style.dim(heading)) : line));
  };
  switch (as) {
    case 'code':
      return items.flatMap(item => item.split('\n').flatMap(line => wrap('  ', line, '      ')));
    case 'names':
      return set(wrap('  ', `${heading}${items.join(' ')}`, '    '));
    case 'text':
      return set(wrap('  ', `${heading}${items.join(' ')}`, '    '));
    case 'list': {
      const [only] = items;
      if (items.length === 1 && only !== undefined) return set(wrap('  ', `${heading}${only}`, '    '));
      return [`  ${style.dim(`${title}:`)}`, ...items.flatMap(item => wrap('    ', item, '      '))];
    }
  }
}
