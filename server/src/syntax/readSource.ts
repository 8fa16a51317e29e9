/** Reads a file without parsing it: tokens, `#if` branches, functions, installed operations. */

import { type CallMacros, readCallMacros } from './callMacros.js';
import type { Branch, Conditionals, Group } from './conditionals.js';
import { branchAt, readConditionals, selectionWith } from './conditionals.js';
import { LineIndex } from './lineIndex.js';
import { opsEntriesOf } from './opsEntries.js';
import { punctuator, scan, Tok, type Tokens, tokenText } from './scan.js';
import type { FunctionItem, SourceFile, SyntaxProblem } from './sourceFile.js';
import { type SplitFunction, split } from './split.js';
import { releasesOfBranch } from './versionBranches.js';
import type { VersionCodes } from './versionCodes.js';

/** What the front end keeps of a file beyond what it shows. */
export interface SourceDetails {
  readonly tokens: Tokens;
  readonly conditionals: Conditionals;
  readonly callMacros: CallMacros;
  /** Names that are such macros in this reading or another. */
  readonly callMacroNames: ReadonlySet<string>;
  /** For each of `functions`, in the same order. */
  readonly readings: readonly Reading[];
  readonly readingOf: ReadonlyMap<FunctionItem, Reading>;
}

/** One function in one choice of its `#if` branches. */
export interface Reading {
  readonly split: SplitFunction;
  /** One byte a branch, 1 = read. */
  readonly selection: Uint8Array;
  /** The dropped branch that this reading is for; null for the main one. */
  readonly branch: Branch | null;
}

const details = new WeakMap<SourceFile, SourceDetails>();

/** What was kept of a file that {@link readSource} made; throws a TypeError for an object it did not make. */
export function detailsOf(file: SourceFile): SourceDetails {
  const found = details.get(file);
  if (found === undefined) throw new TypeError('not a file of readSource()');
  return found;
}

/** What a function's tree depends on besides its text and branches: the version, macros. Empty for most files. */
export function contextKey(file: SourceFile): string {
  let key = contextKeys.get(file);
  if (key === undefined) {
    key = makeContextKey(file);
    contextKeys.set(file, key);
  }
  return key;
}

const contextKeys = new WeakMap<SourceFile, string>();

function makeContextKey(file: SourceFile): string {
  const { conditionals, callMacros } = detailsOf(file);
  const macros = callMacros.size === 0 ? '' : JSON.stringify([...callMacros.values()]);
  if (!file.versioned || file.version === null) return macros;
  return `${file.version.low}-${file.version.high} ${conditionals.macros.key()} ${macros}`;
}

/** Whether a token is in the reading. */
export function isKept(conditionals: Conditionals, selection: Uint8Array, token: number): boolean {
  const branch = conditionals.branchOf[token] as number;
  return branch < 0 || selection[branch] === 1;
}

/** How to read a file; see {@link readSource}. */
export interface ReadOptions {
  readonly keep?: ReadonlySet<string>;
  readonly version?: VersionCodes | null;
}

/**
 * Reads a C file. Never throws: what cannot be read is listed in `problems`.
 *
 * @param options.keep names of functions: a dropped `#if` branch inside a function gives an alternative reading
 *   of that function if it holds a call of one of them. Without it, any dropped branch that holds a call of
 *   anything does; alternatives cost nothing until they are parsed.
 * @param options.version what LINUX_VERSION_CODE is: branches that it rules out are not read at all. Without it,
 *   conditions on the version are conditions of which nothing is known.
 */
export function readSource(text: string, options: ReadOptions = {}): SourceFile {
  const tokens = scan(text);
  const conditionals = readConditionals(tokens, options.version ?? null);
  const { functions: splits, problems } = split(tokens, conditionals);
  const functions: FunctionItem[] = [];
  const readings: Reading[] = [];
  const droppable = conditionals.groups.length > 0;
  for (const found of splits) {
    const around = conditionals.branchOf[found.header.name] as number;
    if (conditionals.excluded[around] === 1) continue;
    functions.push(itemOf(tokens, conditionals, found, null));
    readings.push({ split: found, selection: found.selection, branch: null });
    if (!droppable) continue;
    for (const branch of alternativesOf(tokens, conditionals, found, options.keep)) {
      functions.push(itemOf(tokens, conditionals, found, branch));
      readings.push({
        split: found,
        selection: selectionWith(conditionals, found.selection, branch.id),
        branch,
      });
    }
  }
  const mains = functions.filter(item => item.alternative === null);
  const enclosing = (offset: number): string | null => {
    let low = 0;
    let high = mains.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const item = mains[middle] as FunctionItem;
      if (offset < item.body.start) high = middle - 1;
      else if (offset >= item.body.end) low = middle + 1;
      else return item.name;
    }
    return null;
  };
  const file: SourceFile = {
    text,
    lines: new LineIndex(text),
    functions,
    opsEntries: opsEntriesOf(tokens, enclosing).filter(({ handlerSpan }) => {
      return (
        !conditionals.versioned || conditionals.excluded[branchAt(conditionals, handlerSpan.start)] !== 1
      );
    }),
    problems: [...problems, ...scanProblems(tokens, conditionals)],
    version: options.version ?? null,
    versioned: conditionals.versioned || text.includes('LINUX_VERSION_'),
  };
  const callMacros = readCallMacros(tokens.directives, conditionals);
  details.set(file, {
    tokens,
    conditionals,
    callMacros: callMacros.macros,
    callMacroNames: callMacros.names,
    readings,
    readingOf: new Map(functions.map((item, index) => [item, readings[index] as Reading])),
  });
  return file;
}

function itemOf(
  tokens: Tokens,
  conditionals: Conditionals,
  found: SplitFunction,
  branch: Branch | null,
): FunctionItem {
  const { header, bodyOpen, bodyClose } = found;
  const at = (token: number): number => tokens.start[token] ?? tokens.text.length;
  const behind = (token: number): number => tokens.end[token] ?? tokens.text.length;
  const releases = releasesOfBranch(
    conditionals,
    branch?.id ?? (conditionals.branchOf[header.name] as number),
  );
  return {
    start: at(header.first),
    end: behind(bodyClose),
    name: tokenText(tokens, header.name),
    nameSpan: { start: at(header.name), end: behind(header.name) },
    body: { start: at(bodyOpen), end: behind(bodyClose) },
    macro: header.macro < 0 ? null : tokenText(tokens, header.macro),
    conditions: found.conditions,
    alternative:
      branch === null
        ? null
        : { condition: branch.condition, span: { start: branch.start, end: branch.end } },
    ...(releases === null ? {} : { releases }),
  };
}

/** The dropped branches inside a body that hold a call which no other reading keeps. */
function alternativesOf(
  tokens: Tokens,
  conditionals: Conditionals,
  found: SplitFunction,
  keep: ReadonlySet<string> | undefined,
): Branch[] {
  const out: Branch[] = [];
  for (const group of conditionals.groups) {
    for (const branch of group.branches) {
      if (branch.from <= found.bodyOpen || branch.to > found.bodyClose) continue;
      if (found.selection[branch.id] === 1 || conditionals.excluded[branch.id] === 1) continue;
      if (keptByParent(found.selection, group, branch)) continue;
      const selection = selectionWith(conditionals, found.selection, branch.id);
      for (let i = branch.from; i < branch.to; i++) {
        if (tokens.kind[i] !== Tok.identifier || punctuator(tokens, i + 1) !== 40) continue;
        if (!isKept(conditionals, selection, i)) continue;
        if (keep !== undefined && !keep.has(tokenText(tokens, i))) continue;
        out.push(branch);
        break;
      }
    }
  }
  return out;
}

/** A usual branch inside a dropped one is in that one's alternative already. */
function keptByParent(selection: Uint8Array, group: Group, branch: Branch): boolean {
  if (group.parent < 0 || selection[group.parent] === 1) return false;
  return group.branches[group.preferred] === branch;
}

function scanProblems(tokens: Tokens, conditionals: Conditionals): SyntaxProblem[] {
  const problems: SyntaxProblem[] = tokens.unterminated.map(({ start, what }) => ({
    span: { start, end: Math.min(start + 2, tokens.text.length) },
    function: null,
    reason: `the ${what} that begins here does not end`,
  }));
  for (const directive of conditionals.unbalanced) {
    problems.push({
      span: { start: directive.start, end: directive.end },
      function: null,
      reason: `#${directive.text.split(' ')[0]} without its partner`,
    });
  }
  return problems;
}
