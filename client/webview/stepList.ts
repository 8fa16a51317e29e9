/** A list of steps, of which one is chosen: arrow keys, Home and End move, and so does the mouse. */

import { element } from './dom.js';

/**
 * The list, with the row `selected` chosen; `choose` hears of each new choice. The rows become its options and get ids
 * that begin with the list's.
 */
export function stepList(
  { id, label }: { readonly id: string; readonly label: string },
  rows: readonly HTMLElement[],
  selected: number,
  choose: (index: number) => void,
): HTMLElement {
  const list = element('ol', { id, class: 'steps', role: 'listbox', tabindex: 0, 'aria-label': label });
  let current = Math.min(Math.max(selected, 0), rows.length - 1);

  const show = (index: number): void => {
    rows[current]?.setAttribute('aria-selected', 'false');
    current = index;
    rows[current]?.setAttribute('aria-selected', 'true');
    list.setAttribute('aria-activedescendant', `${id}-${current}`);
  };
  const move = (index: number): void => {
    if (index < 0 || index >= rows.length || index === current) return;
    show(index);
    rows[index]?.scrollIntoView({ block: 'nearest' });
    choose(index);
  };
  list.addEventListener('keydown', event => {
    const to: Readonly<Record<string, number>> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      Home: 0,
      End: rows.length - 1,
    };
    const index = to[event.key];
    if (index === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(index);
  });
  for (const [index, row] of rows.entries()) {
    row.id = `${id}-${index}`;
    row.setAttribute('role', 'option');
    row.setAttribute('aria-selected', 'false');
    row.addEventListener('click', () => move(index));
  }
  list.append(...rows);
  show(current);
  return list;
}
