/** A list of steps, of which one is chosen: arrow keys, Home and End move, and so do the mouse, a slider and a player. */

import { button, element } from './dom.js';

/** Milliseconds that a step stays while they are played. */
const PLAYED = 700;

/**
 * The list below its player, with the row `selected` chosen; `choose` hears of each new choice. The rows become options of
 * the list and get ids that begin with the list's. `above`: what stands between player and list.
 */
export function stepList(
  { id, label }: { readonly id: string; readonly label: string },
  rows: readonly HTMLElement[],
  selected: number,
  choose: (index: number) => void,
  above: HTMLElement | null = null,
): HTMLElement {
  const list = element('ol', { id, class: 'steps', role: 'listbox', tabindex: 0, 'aria-label': label });
  const slider = element('input', {
    type: 'range',
    'aria-label': 'Step',
    'aria-controls': id,
    min: 1,
    max: Math.max(rows.length, 1),
  });
  const position = element('span', { class: 'position' });
  let current = Math.min(Math.max(selected, 0), rows.length - 1);
  let timer: number | undefined;

  const show = (index: number): void => {
    rows[current]?.setAttribute('aria-selected', 'false');
    current = index;
    rows[current]?.setAttribute('aria-selected', 'true');
    list.setAttribute('aria-activedescendant', `${id}-${current}`);
    slider.value = String(current + 1);
    slider.setAttribute('aria-valuetext', `${current + 1} of ${rows.length}`);
    position.textContent = `${current + 1} of ${rows.length}`;
  };
  const move = (index: number): void => {
    if (index < 0 || index >= rows.length || index === current) return;
    show(index);
    rows[index]?.scrollIntoView({ block: 'nearest' });
    choose(index);
  };
  const playing = (on: boolean): void => {
    clearInterval(timer);
    timer = on ? setInterval(tick, PLAYED) : undefined;
    play.textContent = on ? 'Pause' : 'Play';
  };
  /** The player stops at the end, and with the page it was on. */
  const tick = (): void => {
    move(current + 1);
    if (current === rows.length - 1 || !list.isConnected) playing(false);
  };
  const go = (index: number): void => {
    playing(false);
    move(index);
  };
  const play = button('Play', { class: 'play' }, () => {
    if (timer !== undefined) {
      playing(false);
      return;
    }
    // Behind the end it begins anew.
    if (current === rows.length - 1) move(0);
    playing(true);
  });
  slider.addEventListener('input', () => go(Number(slider.value) - 1));
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
    go(index);
  });
  for (const [index, row] of rows.entries()) {
    row.id = `${id}-${index}`;
    row.setAttribute('role', 'option');
    row.setAttribute('aria-selected', 'false');
    row.addEventListener('click', () => go(index));
  }
  list.append(...rows);
  show(current);
  const player = element(
    'div',
    { class: 'player', role: 'group', 'aria-label': 'Player' },
    button('Back', { 'aria-label': 'One step back' }, () => go(current - 1)),
    play,
    button('Step', { 'aria-label': 'One step on' }, () => go(current + 1)),
    slider,
    position,
  );
  return element('div', {}, player, above, list);
}
