/** Which variables of a function a path has to remember. */

import { PAGE_RELEASE_NAMES } from '../../../../kernel/src/index.js';
import { callTokens, type Expression, type SourceFile } from '../../syntax/index.js';
import type { Cfg } from '../cfg.js';
import { calleeName, lvalueText, walk } from '../expressions.js';

/**
 * The lvalues, and calls by `#offset`, whose values a path has to remember.
 * @param more arguments whose values matter too
 * @param countMembers members by which the file's helpers know how many pages to release
 */
export function trackedKeys(
  cfg: Cfg,
  more: readonly Expression[],
  countMembers: ReadonlySet<string>,
): ReadonlySet<string> {
  const keys = new Set<string>();
  const add = (expression: Expression): void => {
    walk(expression, node => {
      if (node.kind === 'call') keys.add(`#${node.start}`);
      const text = lvalueText(node);
      if (text !== null) keys.add(text);
    });
  };
  for (const expression of more) add(expression);
  const assigned: { readonly to: string; readonly from: Expression }[] = [];
  for (const id of cfg.order) {
    const block = cfg.blocks[id];
    for (const edge of block?.out ?? []) {
      if (edge.label.kind === 'branch') add(edge.label.condition);
      else if (edge.label.kind !== 'next') add(edge.label.subject);
    }
    for (const element of block?.elements ?? []) {
      if (element.kind === 'return' && element.node.value !== null) add(element.node.value);
      else if (element.kind === 'call' && PAGE_RELEASE_NAMES.has(calleeName(element.node) ?? ''))
        element.node.args.forEach(add);
      else if (element.kind === 'assignment') {
        const to = lvalueText(element.node.left);
        // A helper that is given the structure may go by what its members say.
        const { left } = element.node;
        if (to !== null && left.kind === 'member' && countMembers.has(left.name)) keys.add(to);
        if (to !== null) assigned.push({ to, from: element.node.right });
      } else if (element.kind === 'declare' && element.node.init !== null) {
        const { name, init } = element.node;
        assigned.push({ to: name, from: init });
        for (const [member, value] of designated(init)) {
          const to = `${name}.${member}`;
          if (countMembers.has(member)) keys.add(to);
          assigned.push({ to, from: value });
        }
      }
    }
  }
  for (let size = -1; size !== keys.size; ) {
    size = keys.size;
    for (const { to, from } of assigned) if (keys.has(to)) add(from);
  }
  return keys;
}

/** The members of `{ .member = value }`, with their values. */
export function* designated(init: Expression): Generator<readonly [member: string, value: Expression]> {
  if (init.kind !== 'initializer-list') return;
  for (const { designator, value } of init.items) {
    const member = /^\.?(\w+)$/.exec(designator ?? '')?.[1];
    if (member !== undefined) yield [member, value];
  }
}

const COUNTED = new RegExp(`^.*\\b(?:for|while|${[...PAGE_RELEASE_NAMES].join('|')})\\s*\\(.*$`, 'gm');

/** The names of the members in loop headers and releases of the functions that release pages. */
export function countMembersOf(file: SourceFile): ReadonlySet<string> {
  const members = new Set<string>();
  for (const { function: at } of callTokens(file, PAGE_RELEASE_NAMES)) {
    const item = file.functions[at];
    if (item === undefined) continue;
    for (const [line] of file.text.slice(item.body.start, item.body.end).matchAll(COUNTED)) {
      for (const [, name = ''] of line.matchAll(/(?:->|\.)\s*(\w+)/g)) members.add(name);
    }
  }
  return members;
}
