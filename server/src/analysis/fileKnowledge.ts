/** What one file tells the others of its tree. */

import type { Profile } from '../../../kernel/src/index.js';
import { isStatic, type KernelCParser, type SourceFile } from '../syntax/index.js';
import { analyseFile, type FileAnalysis } from './analyseFile.js';
import { flagConstants } from './fileConstants.js';
import { callsElsewhere, filePagesOf } from './filePages.js';
import { FileScope } from './fileScope.js';
import { leavesAsFound } from './lockSummary.js';
import { directoryOf, fieldOfKey } from './pageFields.js';
import { acquirerElsewhere, functionAsked, type PageAnswer, summaryElsewhere } from './pageKnowledge.js';
import { countsLeft } from './pagePaths/countsLeft.js';
import { pagePathsOf } from './pagePaths/filePagePaths.js';
import { structMembersOf, structsDefined } from './structMembers.js';
import {
  type Asked,
  CALL,
  type FileKnowledge,
  fieldsAskedOf,
  isHeader,
  NOTHING_ASKED,
  questionsByFunction,
  type TreeKnowledge,
  uniteAsked,
} from './treeKnowledge.js';
import { TreeQuestions } from './treeQuestions.js';

/** The names of a file's functions that other files can call, in order, each once. */
export function sharedFunctions(file: SourceFile, path: string): readonly string[] {
  const shared = file.functions.filter(item => isHeader(path) || !isStatic(file, item));
  return [...new Set(shared.map(item => item.name))];
}

/**
 * What a file offers to others.
 * @param wanted what somebody asks for; nothing else is looked at
 * @param tree what is known of other files so far
 */
export function knowledgeOf(
  file: SourceFile,
  path: string,
  parser: KernelCParser,
  profile: Profile,
  wanted: Asked,
  tree: TreeKnowledge,
): FileKnowledge {
  const shared = sharedFunctions(file, path);
  const scope = new FileScope(file, parser, profile, new TreeQuestions(tree, path));
  const locks = shared
    .filter(name => wanted.functions.has(name) && !profile.functions.has(name))
    .flatMap(name => {
      const summary = scope.lockSummaryOf(name);
      return summary === null || leavesAsFound(summary) ? [] : [[name, summary] as const];
    });
  const byFunction = questionsByFunction(wanted);
  const questions = shared.flatMap(name => byFunction.get(name) ?? []);
  const constants = isHeader(path) ? flagConstants(file) : [];
  const structs = isHeader(path) ? structsOf(file, wanted) : [];
  const asked = [scope.asked, callsOf(file, wanted)];
  const keys = fieldsAskedOf(path, file.text, wanted);
  const tellsAll = wanted.directories.has(directoryOf(path));
  const told = { path, constants, locks, structs };
  if (questions.length === 0 && keys.length === 0 && !tellsAll) {
    return { ...told, pages: [], calls: [], fields: [], asked: uniteAsked(asked) };
  }
  const analysis = analyseFile(file, parser, profile, { handlers: new Map(), tree, path });
  const all = new Set([...keys, ...(tellsAll ? filePagesOf(analysis).storedFields() : [])]);
  const fields = [...all].flatMap(key => {
    const stores = filePagesOf(analysis).storesIn(fieldOfKey(key), start => countsLeft(analysis, start));
    return stores === null ? [] : [[key, stores] as const];
  });
  const pages = questions.map(question => [question, answerOf(analysis, question)] as const);
  const calls = [...new Set(questions.map(functionAsked))].map(
    name => [name, callsElsewhere(file, name)] as const,
  );
  return { ...told, pages, calls, fields, asked: uniteAsked([...asked, analysis.asked]) };
}

function answerOf(analysis: FileAnalysis, question: string): PageAnswer | null {
  const [about, name = '', ...given] = question.split(' ');
  if (about === 'held') {
    const outcome = analysis.scope.heldOutcomeOf(name, given.join(' '));
    return outcome === null ? null : { kind: 'held', outcome };
  }
  const pages = filePagesOf(analysis);
  // Of a function that has nothing to do with pages nothing is told: what it is given may be anything to it.
  if (!pages.concernsPages(name)) return null;
  const summary = pages.lifetime.of(name)?.summary ?? null;
  const acquirer = pagePathsOf(analysis).acquirer(name);
  const dirties = pages.marksDirty(name);
  if (summary === null && acquirer === null && !dirties) return null;
  return {
    kind: 'function',
    dirties,
    summary: summary === null ? null : summaryElsewhere(summary),
    acquirer: acquirer === null ? null : acquirerElsewhere(acquirer),
  };
}

function structsOf(file: SourceFile, { structs }: Asked): FileKnowledge['structs'] {
  if (!structsDefined(file.text).some(name => structs.has(name))) return [];
  // What is inside a structure has its name from it: `outer.member`.
  return [...structMembersOf(file.text)].filter(([name]) => structs.has(name.split('.')[0] ?? ''));
}

/** The functions of other files that those wanted of this file call: one of them may be what works on the lock. */
function callsOf(file: SourceFile, wanted: Asked): Asked {
  const own = new Set(file.functions.map(item => item.name));
  const bodies = file.functions.filter(item => wanted.functions.has(item.name));
  const called = bodies.flatMap(({ body }) => file.text.slice(body.start, body.end).match(CALL) ?? []);
  return { ...NOTHING_ASKED, functions: new Set(called.filter(name => !own.has(name))) };
}
