/** Where a function puts pages that one of its variables has. */

import {
  calleeName,
  type FunctionAnalysis,
  lvalueText,
  valueExpression,
  variableName,
} from '../../analysis/index.js';
import type { Assignment, Expression } from '../../syntax/ast.js';
import { assignedTo } from '../assignments.js';
import { pageRoot } from '../pageWrites.js';
import { declaredType, parameterOf } from './flagLeaves.js';

/** The number or an address of a page's frame: who keeps it can find the page by it. */
const FRAME_OF = /^(?:page_to_(?:pfn|phys|virt)|page_address)$/;
/** Makes a physical address of one. */
const ADDRESS_OF = /^(?:__pa|virt_to_phys)$/;
/** Stands for what a function returns if that is the frame of a page. */
export const RETURNED_FRAME = '*return';
/** Put a page, or an array of pages, into the table that is their first argument. */
export const INTO_TABLE =
  /^(?:sg_set_(?:page|folio)|bvec_set_(?:page|folio)|_*sg_alloc_(?:append_)?table_from_pages\w*)$/;

/**
 * The members, and what out-parameters point to, that get the pages of a variable: by assignment, by a scatterlist
 * that is filled with them, or by the object that another function makes of such a list. Of a caller's array only what is
 * put into a scatterlist counts, and frames of its pages.
 *
 * @returns lvalues as text, or {@link RETURNED_FRAME}; none for anything but a variable
 */
export function passedOn(fn: FunctionAnalysis, holder: string): readonly string[] {
  if (!/^\w+$/.test(holder) || !fn.complete) return [];
  const names = new Set(parameterOf(fn, holder) === null ? [holder] : []);
  const known = new Set([holder]);
  const places = new Set<string>();
  for (let before = 0; known.size > before; ) {
    before = known.size;
    for (const { element } of fn.cfg.elements()) {
      if (element.kind === 'assignment' && element.node.op === '=') {
        const { right } = element.node;
        if (isOneOf(right, isFrame(right) ? known : names)) note(fn, element.node, names, places);
      } else if (element.kind === 'declare' && element.node.init !== null) {
        const pointer = element.node.pointers > 0 && isOneOf(element.node.init, names);
        if (pointer) names.add(element.node.name);
      } else if (element.kind === 'return' && element.node.value !== null) {
        const { value } = element.node;
        if (isFrame(value) && isOneOf(value, known)) places.add(RETURNED_FRAME);
      } else if (element.kind === 'call' && INTO_TABLE.test(calleeName(element.node) ?? '')) {
        const [table, pages] = element.node.args;
        if (table === undefined || pages === undefined || !known.has(pageRoot(pages) ?? '')) continue;
        const root = pageRoot(table);
        if (root !== null && /^\w+$/.test(root)) names.add(root);
        else if (root !== null) places.add(root);
      }
    }
    for (const name of names) known.add(name);
  }
  return [...places];
}

/** A value that is one of the variables, an element of it, or what another function makes of it. */
function isOneOf(value: Expression, names: ReadonlySet<string>): boolean {
  const plain = plainValue(value);
  if (plain.kind === 'call') {
    const nameOf = isFrame(plain) ? pageRoot : variableName;
    return plain.args.some(argument => names.has(nameOf(argument) ?? ''));
  }
  if (plain.kind !== 'identifier' && plain.kind !== 'index') return false;
  return names.has(pageRoot(plain) ?? '');
}

function note(
  fn: FunctionAnalysis,
  { left, right }: Assignment,
  names: Set<string>,
  places: Set<string>,
): void {
  const text = lvalueText(left);
  if (left.kind === 'identifier') {
    // What a function returns of pages may as well be their count.
    if (declaredType(fn, left.name)?.includes('*') === true) names.add(left.name);
  } else if (text !== null && (plainValue(right).kind !== 'call' || isFrame(right))) {
    // What a call puts there itself may be their count, too.
    if (left.kind === 'member' || left.kind === 'index' || isOutParameter(fn, left)) places.add(text);
  }
}

/** Whether a value is the frame of a page, or an address in it. */
function isFrame(value: Expression): boolean {
  const plain = plainValue(value);
  return plain.kind === 'call' && FRAME_OF.test(calleeName(plain) ?? '');
}

/** A value without casts, without what is added to it, and of a physical address the address. */
function plainValue(value: Expression): Expression {
  const plain = valueExpression(value);
  if (plain.kind === 'binary' && plain.op === '+') return plainValue(plain.left);
  const [address] = plain.kind === 'call' && ADDRESS_OF.test(calleeName(plain) ?? '') ? plain.args : [];
  return address === undefined ? plain : plainValue(address);
}

/** Whether an lvalue is what a parameter points to, or a variable that is some offset from one. */
export function isOutParameter(fn: FunctionAnalysis, left: Expression): boolean {
  const name = left.kind === 'unary' ? variableName(left.operand) : null;
  if (name === null || parameterOf(fn, name) !== null) return name !== null;
  const [value, ...others] = assignedTo(fn, name);
  const base = value === undefined || others.length > 0 ? null : variableName(plainValue(value));
  return base !== null && parameterOf(fn, base) !== null;
}
