/** Whether what decides of FOLL_WRITE says that pages are written to. */

import { type CallSite, type FunctionAnalysis, lvalueText, valueExpression } from '../../analysis/index.js';
import type { Expression } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
import { parameterOf } from '../flags/flagLeaves.js';

/** A name that says whether pages are written to. */
const SAYS_WRITE = /(?:^|_)(?:writ(?:e|es|ing|able|eable)|to_user|from_dev(?:ice)?|rw)$/;
/** A name that says whether a device or a file is read, and the pages written to. */
const SAYS_READ = /^(?:is_|for_|do_)?(?:read|reading|rx|recv)$/;
/** What a direction is compared with. */
export const DIRECTIONS = /^(?:READ|WRITE|ITER_DEST|ITER_SOURCE|(?:PCI_)?DMA_\w+)$/;
const DMA_DIRECTIONS = /^(?:PCI_)?DMA_\w+$/;
/** A member that says of an object whether its pages are written to. */
const SAYS_WRITTEN = /^(?:is_)?(?:writ(?:e|es|able|eable)|to_user|from_dev(?:ice)?)$/;

/** A name that says that pages are not written to. */
const SAYS_READ_ONLY = /^(?:is_)?(?:ro|readonly|read_only|rdonly)$/;
/** Bits of a mask that say that they are, or are not. VM_WRITE only says that the task may. */
const WRITE_BIT = /^(?!VM_).*_(?:WRITE|WRITABLE|WRITEABLE)$/;
const READ_ONLY_BIT = /_(?:READ_?ONLY|RDONLY|RO)$/;

/**
 * Whether a test by which a call asks for FOLL_WRITE says that the pages are written to: a parameter, so that the callers know, a
 * member of the object that has the pages, or a variable that is one of these.
 */
export function saysWritten(test: Expression, fn: FunctionAnalysis, site: CallSite): boolean {
  const value = withoutNot(test);
  if (value.kind === 'binary' && value.op === '&') {
    const [mask, bit] = [lvalueText(value.left) ?? '', lvalueText(value.right) ?? ''];
    return isTold(fn, mask) && (WRITE_BIT.test(bit) || READ_ONLY_BIT.test(bit));
  }
  if (value.kind === 'binary') {
    const sides = [value.left, value.right].map(side => lvalueText(side) ?? '');
    const object = /^(\w+)->\w+$/.exec(chosenBy(value))?.[1];
    // A direction of the streaming API says the same of an object, wherever it was set.
    if (object !== undefined)
      return parameterOf(fn, object) !== null && sides.some(side => DMA_DIRECTIONS.test(side));
    return parameterOf(fn, chosenBy(value)) !== null && sides.some(side => DIRECTIONS.test(side));
  }
  if (value.kind === 'identifier') {
    const [given, ...others] = parameterOf(fn, value.name) === null ? assignedTo(fn, value.name) : [];
    const plain = given === undefined ? null : valueExpression(given);
    if (plain !== null && others.length === 0 && (plain.kind === 'binary' || plain.kind === 'unary'))
      return saysWritten(plain, fn, site);
    // What is read is written to memory; `!read` is for the other direction.
    const says =
      SAYS_WRITE.test(value.name) ||
      SAYS_READ_ONLY.test(value.name) ||
      (SAYS_READ.test(value.name) && test === value);
    return says && parameterOf(fn, value.name) !== null;
  }
  if (value.kind !== 'member') return false;
  const object = lvalueText(value.object);
  const holder = /^[A-Za-z_]\w*/.exec(site.release.where ?? '')?.[0];
  if (object === holder) return SAYS_WRITTEN.test(value.name) || SAYS_READ_ONLY.test(value.name);
  return SAYS_WRITE.test(value.name) && object !== null && parameterOf(fn, object) !== null;
}

/** What a test looks at, as text. */
export function chosenBy(test: Expression): string {
  const value = withoutNot(test);
  return lvalueText(value.kind === 'binary' ? value.left : value) ?? '';
}

function withoutNot(test: Expression): Expression {
  const value = valueExpression(test);
  return value.kind === 'unary' && value.op === '!' ? withoutNot(value.operand) : value;
}

/** Whether a place is a parameter, or a member of what one points to. */
function isTold(fn: FunctionAnalysis, place: string): boolean {
  return parameterOf(fn, /^(\w+)(?:->\w+)?$/.exec(place)?.[1] ?? '') !== null;
}
