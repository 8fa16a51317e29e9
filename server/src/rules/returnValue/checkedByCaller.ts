/** What the callers of a function, in its file, have asked of the lengths that they pass. */

import type { FileAnalysis, FunctionAnalysis } from '../../analysis/index.js';
import { calleeName, lvalueText } from '../../analysis/index.js';
import { type Call, callTokens, type Expression, walkExpressions } from '../../syntax/index.js';

/** `PAGE_SIZE` and the like. */
const CONSTANT = /^[A-Z][A-Z0-9_]*$/;

/** What looks at a length, by name. */
export const CHECKS =
  /^(?:access_ok|check_add_overflow|check_mul_overflow|check_sub_overflow|check_shl_overflow|overflows_type|size_add|size_mul|array_size|struct_size|struct_size_t|flex_array_size|range_ok|__range_ok|iov_iter_\w+|import_\w+)$/;

/** What sets its first argument to what user space says. */
export const FILLS = /^(?:__)?(?:copy_from_user|get_user)$|^copy_struct_from_user$/;

/** Functions that say by their name that they look at what they are given. */
const SAYS_CHECK =
  /(?:^|_)(?:check|valid|validate|verify|sane|sanity|limit|allowed|permitted|in_range)(?:_|$|ed$)/;

/**
 * Whether a call has somebody else look at one of some lvalues, or at the structure that it is a member of: by the name of the function, or
 * because the function is in the file and has a condition on it.
 */
export function hasLookedAt(file: FileAnalysis, call: Call, texts: ReadonlySet<string>): boolean {
  const name = calleeName(call) ?? '';
  const says = SAYS_CHECK.test(name) && !CHECKS.test(name);
  if (!says && file.scope.functionsNamed(name).length === 0) return false;
  const roots = new Set([...texts].map(text => /\w+/.exec(text)?.[0] ?? ''));
  return call.args.some((argument, index) => {
    const given = argument.kind === 'unary' && argument.op === '&' ? argument.operand : argument;
    const text = lvalueText(given);
    if (text === null || !(texts.has(text) || roots.has(text))) return false;
    if (says) return true;
    const helper = file.functionNamed(name);
    const parameter = helper?.ast.parameters[index]?.name ?? null;
    if (helper === null || parameter === null) return false;
    const members = [...texts].filter(one => one.startsWith(text)).map(one => one.slice(text.length));
    const inside = members.map(one => `${parameter}${one.replace(/^(?:->|\.)/, '->')}`);
    return looksAt(helper, new Set(inside), Number.POSITIVE_INFINITY);
  });
}

/**
 * Whether a caller in the same file, or a caller of that, looks at what is passed for a parameter before the call, or all
 * of them pass constants: then nothing is said of the function by itself.
 * @param depth how many callers above one another are asked
 */
export function isCheckedByCaller(
  file: FileAnalysis,
  name: string,
  parameters: ReadonlySet<string>,
  depth = 2,
): boolean {
  const own = file.functionNamed(name)?.ast.parameters ?? [];
  let calls = 0;
  let constant = 0;
  for (const { function: at } of callTokens(file.source, new Set([name]))) {
    const item = file.source.functions[at];
    const caller = item === undefined || item.name === name ? null : file.functionNamed(item.name);
    for (const { element } of caller?.cfg.elements() ?? []) {
      if (element.kind !== 'call' || calleeName(element.node) !== name) continue;
      const texts = new Set<string>();
      let passed = 0;
      own.forEach((parameter, index) => {
        const argument = element.node.args[index];
        if (argument !== undefined && parameters.has(parameter.name ?? '')) {
          passed++;
          walkExpressions(argument, part => {
            const text = lvalueText(part);
            if (text !== null && !CONSTANT.test(text)) texts.add(text);
          });
        }
      });
      calls++;
      const others = caller?.cfg.elements().map(one => one.element) ?? [];
      if (
        others.some(
          one =>
            one.kind === 'call' && one.node.start < element.node.start && hasLookedAt(file, one.node, texts),
        )
      )
        return true;
      if (passed > 0 && texts.size === 0) constant++;
      if (looksAt(caller, texts, element.node.start)) return true;
      if (caller !== null && depth > 1 && isCheckedByCaller(file, caller.item.name, texts, depth - 1))
        return true;
    }
  }
  return calls > 0 && constant === calls;
}

/** Whether a function, before a place in it, has a condition on one of some lvalues, or has a function check them. */
export function looksAt(
  caller: FunctionAnalysis | null,
  texts: ReadonlySet<string>,
  before: number,
): boolean {
  const about = (node: Expression): boolean => {
    let found = false;
    walkExpressions(node, part => {
      const text = lvalueText(part);
      if (text !== null && texts.has(text)) found = true;
    });
    return found;
  };
  for (const id of caller?.cfg.order ?? []) {
    const block = caller?.cfg.blocks[id];
    for (const { label } of block?.out ?? []) {
      if (label.kind !== 'branch' || label.condition.start >= before || fills(label.condition)) continue;
      if (about(label.condition)) return true;
    }
    for (const element of block?.elements ?? []) {
      if (element.kind !== 'call' || element.node.start >= before) continue;
      if (CHECKS.test(calleeName(element.node) ?? '') && element.node.args.some(about)) return true;
    }
  }
  return false;
}

/** Whether a condition asks whether something came from user space at all: of what it is nothing is known yet. */
export function fills(condition: Expression): boolean {
  return condition.kind === 'call' && FILLS.test(calleeName(condition) ?? '');
}
