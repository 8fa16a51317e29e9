/** A litmus test and what came out of it, in words. */

import type { Action } from './actions/action.js';
import { ACTIONS } from './actions/index.js';
import { type Condition, FIRST_MM, type LitmusTask, type Observed } from './litmus.js';

/** `pin_user_pages_fast(page 0, FOLL_WRITE) as p` */
export function actionText(action: Action): string {
  const takes = ACTIONS.get(action.do)?.takes ?? [];
  const parts = takes.flatMap(field => {
    const value = action[field];
    if (field === 'as' || value === null || value === false) return [];
    if (field === 'flags') return action.flags.length > 0 ? action.flags.join('|') : [];
    if (field === 'nr') return action.nr === 1 ? [] : `${action.nr} pages`;
    if (field === 'value') return JSON.stringify(value);
    return field === 'dirty' ? 'dirty' : `${field} ${value}`;
  });
  return `${action.do}(${parts.join(', ')})${action.as === null ? '' : ` as ${action.as}`}`;
}

/** `after pinner, forker; in child: write(page 0, "new"); read(page 0) as r` */
export function taskText({ mm, after, does }: LitmusTask): string {
  const begins = [
    ...(after.length > 0 ? [`after ${after.join(', ')}`] : []),
    ...(mm === FIRST_MM ? [] : [`in ${mm}`]),
  ].join('; ');
  return `${begins === '' ? '' : `${begins}: `}${does.map(actionText).join('; ')}`;
}

/** `p is 1 and r is not "new"` */
export function conditionText(condition: Condition, inside = false): string {
  if ('property' in condition) return `${condition.property} does not hold`;
  if ('is' in condition) return `${condition.value} is ${observedText(condition.is)}`;
  if ('isNot' in condition) return `${condition.value} is not ${observedText(condition.isNot)}`;
  if ('not' in condition) return `not (${conditionText(condition.not)})`;
  const [parts, word] = 'all' in condition ? [condition.all, ' and '] : [condition.any, ' or '];
  const text = parts.map(part => conditionText(part, parts.length > 1)).join(word);
  return inside && parts.length > 1 ? `(${text})` : text;
}

/** A text in quotes, a number, or `nothing`. */
export function observedText(value: Observed): string {
  return value === null ? 'nothing' : JSON.stringify(value);
}
