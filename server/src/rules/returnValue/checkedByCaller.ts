/** What the callers of a function, in its file, have asked of the lengths that they pass. */

import type { FileAnalysis, FunctionAnalysis } from '../../analysis/index.js';
import { calleeName, lvalueText } from '../../analysis/index.js';
import { callTokens, type Expression, walkExpressions } from '../../syntax/index.js';
import { CHECKS } from './countExpression.js';

/** `PAGE_SIZE` and the like. */
const CONSTANT = /^[A-Z][A-Z0-9_]*$/;

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
function fills(condition: Expression): boolean {
  const { kind } = condition;
  return (
    kind === 'call' && /^(?:__)?(?:copy_from_user|copy_struct_from_user)$/.test(calleeName(condition) ?? '')
  );
}
