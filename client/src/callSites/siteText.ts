/** What the view says of a row: label, description, and a tooltip in Markdown. */

import type { FileSites } from '../../../server/protocol/index.js';
import type { Group, Row } from './groups.js';

/** The words of an item. */
export interface RowText {
  readonly label: string;
  readonly description: string;
}

/** A row in a group. The group's directory is not said again; that of a row comes behind its file: a narrow view cuts the end. */
export function rowText(row: Row, { below }: Pick<Group, 'below'>): RowText {
  const { path } = row.file;
  const isBelow = below !== '' && path.startsWith(`${below}/`);
  const slash = path.lastIndexOf('/');
  const short = isBelow ? path.slice(below.length + 1) : path.slice(slash + 1);
  const directory = isBelow || slash < 0 ? '' : path.slice(0, slash);
  switch (row.type) {
    case 'site': {
      const { callee, function: name, inShort, range, otherRelease, overrides } = row.site;
      return {
        label: `${short}:${range.start.line + 1}`,
        description: words([
          directory,
          callee,
          name === null ? '' : `in ${name}`,
          inShort.flags,
          otherRelease === null ? '' : `Linux ${otherRelease}`,
          ...overrides.map(clause => `overrides: ${clause}`),
        ]),
      };
    }
    case 'finding': {
      const { function: name, message, range } = row.finding;
      return {
        label: `${short}:${range.start.line + 1}`,
        description: words([directory, name === null ? '' : `in ${name}`, message]),
      };
    }
    case 'left-out': {
      const { function: name, range, reason } = row.at;
      return {
        label: range === null ? short : `${short}:${range.start.line + 1}`,
        description: words([directory, name === null ? '' : `in ${name}`, reason]),
      };
    }
  }
}

/** The tooltip of a row, in Markdown. */
export function rowTooltip(row: Row): string {
  if (row.type === 'left-out') return text(row.at.reason);
  if (row.type === 'finding') {
    const { finding } = row;
    const story = finding.related.map(
      ({ range, message }) => `- line ${range.start.line + 1}: ${text(message)}`,
    );
    return [`**${finding.severity}** \`${finding.rule}\``, text(finding.message), story.join('\n')]
      .filter(part => part !== '')
      .join('\n\n');
  }
  const { site, file, findings } = row;
  const facts: readonly (readonly [string, string])[] = [
    ['passes', site.flags === null ? '' : code(site.flags.text)],
    ['flags', code(site.inShort.flags)],
    ['the fault gets', [...new Set(site.fault.flat())].map(flag => code(flag)).join(' ')],
    ['mmap_lock', text(site.inShort.lock)],
    ['release', text(site.inShort.release)],
    ['FOLL_FORCE overrides', text(site.overrides.join('; '))],
    ['read for', `Linux ${site.otherRelease ?? file.release ?? 'of no known release'}`],
  ];
  return [
    `**${code(site.callee)}**${site.function === null ? '' : ` in ${code(site.function)}`}`,
    facts.flatMap(([what, said]) => (said === '' ? [] : [`- ${what}: ${said}`])).join('\n'),
    ...findings.map(({ severity, rule, message }) => `**${severity}** ${code(rule)}: ${text(message)}`),
  ].join('\n\n');
}

/** How many sites there are, and in how many files. */
export function countText(files: readonly FileSites[]): string {
  const sites = files.reduce((sum, file) => sum + file.sites.length, 0);
  const holding = files.filter(file => file.sites.length > 0).length;
  return `${sites} ${sites === 1 ? 'site' : 'sites'} in ${holding} ${holding === 1 ? 'file' : 'files'}`;
}

function words(parts: readonly string[]): string {
  return parts.filter(part => part !== '').join(' · ');
}

function code(value: string): string {
  return value === '' ? '' : `\`${value.replace(/\s+/g, ' ').replaceAll('`', "'")}\``;
}

function text(value: string): string {
  return value.replace(/[\\`*_{}[\]<>#|]/g, '\\$&');
}
