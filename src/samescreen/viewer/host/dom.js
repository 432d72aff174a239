// @ts-check
// Builds elements, and keeps the rows of a list in step with the host's news. Main thread. textContent and attributes only, never HTML.

/**
 * @param {string} tag
 * @param {Record<string, string|boolean|((event: Event) => void)>} [attributes]  a function listens to that event; true: present
 * @param {...(Node|string|null)} children
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/**
 * Writes only what differs: text that is written again would be read aloud again, and would lose its selection.
 * @param {Element} element
 * @param {string} text
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * One row of a list: its element, and how it shows another value.
 * @template T
 * @typedef {{element: HTMLElement, show: (value: T) => void}} Row
 */

/**
 * A list whose rows stay the same elements while their values change, so that the focus stays where it is.
 * @template T
 */
export class Rows {
  #list;
  #keyOf;
  #make;
  /** @type {Map<string, Row<T>>} */ #rows = new Map();

  /**
   * @param {HTMLElement} list
   * @param {(value: T) => string} keyOf
   * @param {(value: T) => Row<T>} make
   */
  constructor(list, keyOf, make) {
    this.#list = list;
    this.#keyOf = keyOf;
    this.#make = make;
  }

  /** @param {readonly T[]} values  in the order to show */
  show(values) {
    const keys = new Set(values.map(this.#keyOf));
    for (const [key, row] of this.#rows) if (!keys.has(key)) this.#drop(key, row);
    values.forEach((value, place) => {
      const key = this.#keyOf(value);
      const row = this.#rows.get(key) ?? this.#make(value);
      this.#rows.set(key, row);
      row.show(value);
      // Moving an element takes the focus away from it.
      if (this.#list.children[place] !== row.element) this.#list.insertBefore(row.element, this.#list.children[place] ?? null);
    });
    this.#list.hidden = values.length === 0;
  }

  /**
   * @param {string} key
   * @param {Row<T>} row
   */
  #drop(key, row) {
    const hadFocus = row.element.contains(document.activeElement);
    const next = /** @type {HTMLElement|null} */ (row.element.nextElementSibling ?? row.element.previousElementSibling);
    row.element.remove();
    this.#rows.delete(key);
    if (hadFocus) focusNear(next, this.#list);
  }
}

/**
 * The keyboard goes on at the next row, or at the list's heading.
 * @param {HTMLElement|null} next
 * @param {HTMLElement} list
 */
function focusNear(next, list) {
  const button = next?.querySelector("button");
  if (button) return button.focus();
  const title = /** @type {HTMLElement|null} */ (list.closest("section")?.querySelector("h2") ?? null);
  if (title) {
    title.tabIndex = -1;
    title.focus();
  }
}

/**
 * @param {HTMLSelectElement} select
 * @param {[string, string][]} choices  value and words
 * @param {string|null} chosen  null: what was chosen stays
 */
export function offer(select, choices, chosen) {
  const key = JSON.stringify(choices);
  const before = select.value;
  if (select.dataset.choices !== key) {
    select.dataset.choices = key;
    select.replaceChildren(...choices.map(([value, words]) => el("option", { value }, words)));
    if (chosen === null && choices.some(([value]) => value === before)) select.value = before;
  }
  if (chosen !== null && document.activeElement !== select) select.value = chosen;
}
