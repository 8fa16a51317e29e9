/** Functions that others have asked for numbers that are not seen here. */

import type { FileAnalysis, FunctionAnalysis } from '../../analysis/index.js';
import { callTokens } from '../../syntax/index.js';
import { isStatic } from '../callers.js';

/** What takes numbers from user space itself, or gets them as the arguments of an ioctl(). */
const FROM_USER = /\b(?:copy_from_user|\w*ioctl\w*|struct \w+_args)\b/;

/** Callers of callers are asked this far. */
const CALLERS = 4;

/**
 * Whether a function is static and its callers are not seen, behind a table of operations or left out of an excerpt: what they have
 * checked is not seen either. So it is where those of its callers that are seen are such functions. One that takes the numbers
 * from user space itself is none of these.
 */
export function hasUnseenCallers(fn: FunctionAnalysis, file: FileAnalysis, depth = CALLERS): boolean {
  if (!isStatic(fn) || FROM_USER.test(fn.file.text.slice(fn.item.start, fn.item.body.end))) return false;
  const callers = new Set(
    callTokens(file.source, new Set([fn.item.name])).flatMap(
      ({ function: at }) => file.source.functions[at]?.name ?? [],
    ),
  );
  callers.delete(fn.item.name);
  return [...callers].every(name => {
    const caller = depth === 0 ? null : file.functionNamed(name);
    return caller !== null && hasUnseenCallers(caller, file, depth - 1);
  });
}

/** Whether a pointer of user space is among what a function is given, or in it. */
export function namesUserSpace(fn: FunctionAnalysis): boolean {
  return /\b__user\b/.test(fn.file.text.slice(fn.item.start, fn.item.body.end));
}
