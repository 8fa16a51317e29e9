/** The few helpers that stand between the panel and the DOM. Text only ever becomes text nodes. */

export type Child = Node | string | null | false;

export interface Attributes {
  readonly class?: string;
  readonly id?: string;
  readonly [attribute: string]: string | number | boolean | undefined;
}

/** Makes an element. A boolean attribute is set when true, left out when false; null children are left out. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.filter(child => child !== null && child !== false));
  return made;
}

/** A button that does something when pressed. */
export function button(label: string, attributes: Attributes, press: () => void): HTMLButtonElement {
  const made = element('button', { type: 'button', ...attributes }, label);
  made.addEventListener('click', press);
  return made;
}

export interface Option {
  readonly value: string;
  readonly label: string;
  readonly group?: string;
}

/** A labelled drop-down list. `chosen` is called with the value. An unknown current value is offered as it is. */
export function dropDown(
  { id, label, wide = false }: { readonly id: string; readonly label: string; readonly wide?: boolean },
  options: readonly Option[],
  current: string,
  chosen: (value: string) => void,
): HTMLElement {
  const select = element('select', { id });
  const groups = new Map<string, HTMLElement>();
  for (const option of options) {
    let parent: HTMLElement = select;
    if (option.group !== undefined) {
      parent = groups.get(option.group) ?? element('optgroup', { label: option.group });
      if (!groups.has(option.group)) select.append(parent);
      groups.set(option.group, parent);
    }
    parent.append(element('option', { value: option.value }, option.label));
  }
  if (!options.some(option => option.value === current)) {
    select.prepend(element('option', { value: current }, current));
  }
  select.value = current;
  select.addEventListener('change', () => chosen(select.value));
  return element(
    'div',
    { class: wide ? 'field wide' : 'field' },
    element('label', { for: id }, label),
    select,
  );
}

/** A labelled check box; `title` says more. `changed` is called with what it becomes. */
export function check(
  name: string,
  label: string,
  title: string,
  checked: boolean,
  changed: (on: boolean) => void,
): HTMLElement {
  const input = element('input', { type: 'checkbox', id: `check-${name}`, checked });
  input.addEventListener('change', () => changed(input.checked));
  return element('label', { class: 'check', title }, input, element('span', { class: 'name' }, label));
}
