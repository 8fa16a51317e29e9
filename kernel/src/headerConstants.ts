/** The constants that a kernel header defines, by `#define` or in an enum, without a C compiler. */

/** One definition. The same name may have several, under different conditions. */
export interface HeaderConstant {
  readonly name: string;
  /** The expression as written, comments removed; null: it follows from enumerators that a condition may leave out. */
  readonly expression: string | null;
}

const COMMENT_OR_TEXT = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;
const DIRECTIVE = /^\s*#\s*(\w+)(.*)$/;
const ENUM = /\benum\b[^{}();]*\{([^{}]*)\}/g;
const ENUMERATOR = /^(\w+)\s*(?:=([\s\S]*))?$/;
/** Stands for a conditional directive in what is left of the C text. */
const CONDITION = '\u0001';

/** A conditional group that is open. */
interface Group {
  /** Whether its condition is the literal 1 or 0; null: not known here, both branches are read. */
  readonly literal: boolean | null;
  live: boolean;
  /** X in `#ifndef X`: a definition of X in there is for those that have none. */
  readonly unless: string | null;
}

/**
 * Every definition in order. Both branches of a condition are read, except of `#if 0` and `#if 1`; macros with
 * parameters are left out. Never throws.
 *
 * @param known names that are defined already, by a header read before: a fallback for them is not taken
 */
export function headerConstants(text: string, known: ReadonlySet<string> = new Set()): HeaderConstant[] {
  const lines = text
    .replace(COMMENT_OR_TEXT, ' ')
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/);
  const found: HeaderConstant[] = [];
  const defined = new Set(known);
  const groups: Group[] = [];
  const code: string[] = [];
  for (const line of lines) {
    // Most lines are none, and headers are read while somebody waits for a first answer.
    const directive = line.includes('#') ? DIRECTIVE.exec(line) : null;
    if (directive === null) {
      if (groups.every(({ live }) => live)) code.push(line);
      continue;
    }
    const [, keyword = '', rest = ''] = directive;
    if (keyword === 'define') {
      if (!groups.every(({ live }) => live)) continue;
      const macro = /^\s+(\w+)(?:\s(.*))?$/.exec(rest);
      const [, name = '', body = ''] = macro ?? [];
      const isFallback = defined.has(name) && groups.some(({ unless }) => unless === name);
      if (body.trim() === '' || isFallback) continue;
      found.push({ name, expression: body.trim() });
      defined.add(name);
    } else if (followCondition(groups, keyword, rest.trim())) {
      code.push(CONDITION);
    }
  }
  for (const [, body = ''] of code.join('\n').matchAll(ENUM)) found.push(...enumerators(body));
  return found;
}

/** Keeps account of conditional directives; false for any other. */
function followCondition(groups: Group[], keyword: string, condition: string): boolean {
  const group = groups[groups.length - 1];
  switch (keyword) {
    case 'if':
    case 'ifdef':
    case 'ifndef': {
      const literal = keyword === 'if' && /^[01]$/.test(condition) ? condition === '1' : null;
      const absent =
        keyword === 'ifndef' ? condition : /^!\s*defined\s*\(?\s*(\w+)\s*\)?$/.exec(condition)?.[1];
      groups.push({ literal, live: literal ?? true, unless: absent ?? null });
      return true;
    }
    case 'elif':
    case 'else':
      if (group !== undefined) group.live = group.literal !== true;
      return true;
    case 'endif':
      groups.pop();
      return true;
    default:
      return false;
  }
}

function enumerators(body: string): HeaderConstant[] {
  const found: HeaderConstant[] = [];
  /** What the next enumerator without a value is counted from, and how far it is from there. */
  let base = '0';
  let distance = 0;
  let isCounted = true;
  for (const entry of body.split(',')) {
    if (entry.includes(CONDITION)) isCounted = false;
    const [, name, value] = ENUMERATOR.exec(entry.replaceAll(CONDITION, ' ').trim()) ?? [];
    if (name === undefined) continue;
    if (value !== undefined) {
      [base, distance, isCounted] = [name, 0, true];
      found.push({ name, expression: value.trim() });
    } else {
      found.push({ name, expression: isCounted ? `${base} + ${distance}` : null });
    }
    distance++;
  }
  return found;
}
