/** The analysis of a file: its rows, what could not be analysed, and the functions behind them, kept by their text. */

import {
  CORE_HANDLERS,
  HANDLER_OPS,
  nearestRelease,
  oldestFirst,
  type Profile,
  profileFor,
  RELEASES,
  type Release,
  SITE_FUNCTIONS,
} from '../../../kernel/src/index.js';
import {
  callTokens,
  type FunctionAst,
  type FunctionItem,
  isRuledOut,
  type KernelCParser,
  otherReleases,
  readSource,
  releasesAt,
  type SourceFile,
  type VersionPart,
  versionCodesOf,
} from '../syntax/index.js';
import type { CallSite, HandlerOp, NotAnalysed } from './callSite.js';
import { FileScope } from './fileScope.js';
import { FunctionAnalysis } from './functionAnalysis.js';
import { type Dependencies, readingOf, touch } from './functionMemo.js';
import { handlerEntries } from './handlers.js';
import { shifted } from './shift.js';
import { installSite, type SiteToken, siteOfToken, tokensByFunction } from './sites.js';
import { type Asked, NO_KNOWLEDGE, type TreeKnowledge } from './treeKnowledge.js';
import { TreeQuestions } from './treeQuestions.js';

/** What an analysis is told of the rest of the tree. */
export interface AnalysisContext {
  /** Fault handlers that other files install and that this file may call by name. */
  readonly handlers: ReadonlyMap<string, HandlerOp>;
  /** What other files define; absent: nothing is known of them. */
  readonly tree?: TreeKnowledge;
  /** Where the file lies, with `/`: what the files of one directory store in the fields of structures goes together. */
  readonly path?: string;
}

/** The result of {@link analyseFile}. */
export interface FileAnalysis {
  readonly source: SourceFile;
  /** null: not known. */
  readonly path: string | null;
  /** What is kept from one analysis to the next is kept as long as this. */
  readonly parser: KernelCParser;
  readonly profile: Profile;
  /** In order of position. */
  readonly sites: readonly CallSite[];
  readonly notAnalysed: readonly NotAnalysed[];
  /** The functions that hold call sites, in order of position; further ones by {@link FileAnalysis.functionNamed}. */
  readonly functions: readonly FunctionAnalysis[];
  /** What was asked of other files. */
  readonly asked: Asked;
  /** What the functions of the file know of each other, and of those of other files. */
  readonly scope: FileScope;
  /** How many of them were analysed now, the others being kept from an earlier call. */
  readonly analysedNow: number;
  /**
   * The branches that conditions on the version rule out here, each read for the nearest release that it admits: an
   * analysis for each of these releases, of nothing but those branches. Empty for most files.
   */
  readonly others: readonly FileAnalysis[];
  /** Whether this analysis speaks of the code at an offset: those of {@link others} do so in their branches only. */
  covers(offset: number): boolean;
  /** The first function of the file with a name, analysed when first asked for; null if there is none. */
  functionNamed(name: string): FunctionAnalysis | null;
}

interface Kept {
  readonly start: number;
  readonly tokens: string;
  readonly dependencies: Dependencies;
  readonly analysis: FunctionAnalysis;
  readonly notAnalysed: NotAnalysed | null;
}

/** Names of functions kept for one parser, and texts kept of one name; the longest unused goes first. */
const MOST_NAMES = 1000;
const MOST_TEXTS = 8;

/** By profile, name and alternative, then by the function's text. */
type Cache = Map<string, Map<string, Kept>>;

const caches = new WeakMap<KernelCParser, Cache>();

/**
 * Analyses a file. Functions whose text, profile and helpers are as in an earlier call with the same parser are not
 * analysed again. Never throws: what could not be analysed is named in `notAnalysed`.
 */
export function analyseFile(
  file: SourceFile,
  parser: KernelCParser,
  profile: Profile,
  context: AnalysisContext,
): FileAnalysis {
  const analysis = analyseReading(file, parser, profile, context);
  if (!file.versioned) return analysis;
  // An initialiser that is ruled out is known by its members: their handlers' names are not.
  const names = new Set([...namesOf(file, context).names, ...HANDLER_OPS]);
  const leftInC = callTokens(file, names).flatMap(({ span }) => {
    const releases = releasesInC(analysis, span.start);
    return releases === null ? [] : (nearestRelease(profile.release, releases) ?? []);
  });
  const releases = oldestFirst([...otherReleases(file, profile.release, names), ...leftInC]);
  const others = releases.map(release => {
    const reading = readSource(file.text, { version: versionCodesOf(release) });
    const whole = analyseReading(reading, parser, profileFor(release), context);
    return ruledOutPart(whole, release, analysis);
  });
  return { ...analysis, others };
}

/** The releases that reach the code at an offset if conditions in C leave it to others than the own; null: they do not. */
function releasesInC(analysis: FileAnalysis, offset: number): readonly Release[] | null {
  const around = analysis.functions.flatMap(({ ast }) => partsAt(ast, offset));
  if (!around.some(part => part.ruledOut)) return null;
  return RELEASES.filter(release => around.every(part => part.releases.includes(release)));
}

function partsAt(ast: FunctionAst, offset: number): readonly VersionPart[] {
  return ast.versionParts.filter(part => part.start <= offset && offset < part.end);
}

/** What an analysis for `release` says of what the analysis of the same file for its own leaves to that release. */
function ruledOutPart(whole: FileAnalysis, release: Release, own: FileAnalysis): FileAnalysis {
  const covers = (offset: number): boolean => {
    const releases = isRuledOut(own.source, offset)
      ? releasesAt(own.source, offset)
      : releasesInC(own, offset);
    return nearestRelease(own.profile.release, releases ?? []) === release;
  };
  const left = ({ span }: { readonly span: { readonly start: number } }): boolean => covers(span.start);
  return {
    ...whole,
    sites: whole.sites.filter(left).map(site => ({ ...site, otherRelease: release })),
    notAnalysed: whole.notAnalysed.filter(left),
    functions: whole.functions.filter(fn => fn.sites.some(left)),
    covers,
  };
}

function namesOf(
  file: SourceFile,
  context: AnalysisContext,
): {
  readonly entries: ReturnType<typeof handlerEntries>;
  readonly handlers: ReadonlyMap<string, HandlerOp>;
  readonly names: ReadonlySet<string>;
} {
  const entries = handlerEntries(file);
  const handlers = new Map<string, HandlerOp>([...context.handlers, ...CORE_HANDLERS]);
  for (const { handler, op } of entries) handlers.set(handler, op);
  return { entries, handlers, names: new Set([...SITE_FUNCTIONS.keys(), ...handlers.keys()]) };
}

function analyseReading(
  file: SourceFile,
  parser: KernelCParser,
  profile: Profile,
  context: AnalysisContext,
): FileAnalysis {
  let cache = caches.get(parser);
  if (cache === undefined) {
    cache = new Map();
    caches.set(parser, cache);
  }
  const { entries, handlers, names } = namesOf(file, context);
  const groups = tokensByFunction(file, callTokens(file, names), handlers);
  const path = context.path ?? null;
  const questions = new TreeQuestions(context.tree ?? NO_KNOWLEDGE, path);
  const scope = new FileScope(file, parser, profile, questions);
  const run: Run = { file, parser, profile, scope, cache };

  const sites: CallSite[] = entries.map(installSite);
  const notAnalysed: NotAnalysed[] = [];
  const functions: FunctionAnalysis[] = [];
  let analysedNow = 0;
  for (const [item, tokens] of groups) {
    const { kept, fresh } = analyseFunction(run, item, tokens);
    if (fresh) analysedNow++;
    functions.push(kept.analysis);
    sites.push(...kept.analysis.sites);
    if (kept.notAnalysed !== null) notAnalysed.push(kept.notAnalysed);
  }
  sites.sort((a, b) => a.span.start - b.span.start);
  functions.sort((a, b) => a.item.start - b.item.start);
  const functionNamed = (name: string): FunctionAnalysis | null => {
    const [item] = scope.functionsNamed(name);
    if (item === undefined) return null;
    return functions.find(fn => fn.item.start === item.start) ?? scope.helper(item);
  };
  return {
    source: file,
    path,
    parser,
    profile,
    sites,
    notAnalysed,
    functions,
    asked: scope.asked,
    scope,
    analysedNow,
    others: [],
    covers: () => true,
    functionNamed,
  };
}

interface Run {
  readonly file: SourceFile;
  readonly parser: KernelCParser;
  readonly profile: Profile;
  readonly scope: FileScope;
  readonly cache: Cache;
}

function analyseFunction(
  run: Run,
  item: FunctionItem,
  tokens: readonly SiteToken[],
): { readonly kept: Kept; readonly fresh: boolean } {
  const { file, profile, scope, cache } = run;
  const text = file.text.slice(item.start, item.end);
  const name = `${item.name} ${item.alternative?.condition ?? ''} ${readingOf(file, profile)}`;
  const texts = cache.get(name) ?? new Map<string, Kept>();
  touch(cache, name, texts, MOST_NAMES);
  const signature = tokens.map(({ token, op }) => `${token.span.start - item.start}:${op ?? ''}`).join();
  const known = texts.get(text);
  if (known !== undefined && known.tokens === signature && scope.answersAs(known.dependencies, item)) {
    if (known.start === item.start) known.analysis.foundAgain(item, run);
    scope.adopt(item, known.dependencies);
    const kept = known.start === item.start ? known : movedTo(run, known, item);
    touch(texts, text, kept, MOST_TEXTS);
    return { kept, fresh: false };
  }
  const made = make(run, item, tokens);
  const kept = { start: item.start, tokens: signature, dependencies: scope.dependenciesOf(item), ...made };
  touch(texts, text, kept, MOST_TEXTS);
  return { kept, fresh: true };
}

function make(
  run: Run,
  item: FunctionItem,
  tokens: readonly SiteToken[],
): { readonly analysis: FunctionAnalysis; readonly notAnalysed: NotAnalysed | null } {
  const sites: CallSite[] = [];
  const analysis = new FunctionAnalysis(item, run, sites);
  let notAnalysed: NotAnalysed | null = null;
  try {
    const read = tokens.filter(({ token }) => {
      return !partsAt(analysis.ast, token.span.start).some(part => part.ruledOut);
    });
    for (const token of read) sites.push(siteOfToken(analysis, run.scope, token));
    notAnalysed = whyIncomplete(analysis, read);
  } catch (error) {
    // A defect of ours, or nesting too deep for the stack: the rows stay, without what they could have said.
    const reason = `the analysis failed: ${error instanceof Error ? error.message : String(error)}`;
    notAnalysed = { function: item.name, span: item.nameSpan, reason };
    sites.length = 0;
    for (const token of tokens) sites.push(bareSite(item, token));
  }
  return { analysis, notAnalysed };
}

function whyIncomplete(analysis: FunctionAnalysis, tokens: readonly SiteToken[]): NotAnalysed | null {
  const { ast, item } = analysis;
  const [error] = ast.errors;
  if (error !== undefined) {
    return { function: item.name, span: error, reason: 'a part of the function could not be parsed' };
  }
  if (!analysis.complete) {
    return { function: item.name, span: item.nameSpan, reason: 'its control flow could not be followed' };
  }
  const lost = tokens.find(({ token }) => analysis.callAt(token.span.start) === null);
  if (lost === undefined) return null;
  const reason = `the call of ${lost.token.name}() was not found in the parsed function`;
  return { function: item.name, span: lost.token.span, reason };
}

function bareSite(item: FunctionItem, { token, op }: SiteToken): CallSite {
  return {
    span: token.span,
    callSpan: token.span,
    function: item.name,
    callee: token.name,
    kind: op === null ? (SITE_FUNCTIONS.get(token.name) ?? 'gup') : 'handler',
    handler: op === null ? null : { role: 'direct-call', op },
    args: [],
    flags: null,
    implied: [],
    effective: [],
    fault: [],
    locked: null,
    lock: { before: 'unknown', after: 'unknown', evidence: 'none', origins: [] },
    release: { how: [], kind: 'unknown', where: null, checksShort: 'unknown' },
  };
}

function movedTo(run: Run, known: Kept, item: FunctionItem): Kept {
  const delta = item.start - known.start;
  const sites = shifted(known.analysis.sites, delta);
  return {
    start: item.start,
    tokens: known.tokens,
    dependencies: known.dependencies,
    analysis: new FunctionAnalysis(item, run, sites),
    notAnalysed: shifted(known.notAnalysed, delta),
  };
}
