// @ts-check
// As much of a browser's page as the page's modules use: the elements of index.html without layout, storage, address and history. A test
// calls `installPage()` for a fresh one, dispatches events on elements, and reads what the modules wrote.

import { readFileSync } from "node:fs";
import { mock } from "node:test";

const HTML = readFileSync(new URL("../../../src/samescreen/viewer/index.html", import.meta.url), "utf8");

export class FakeElement extends EventTarget {
  hidden = false;
  disabled = false;
  textContent = "";
  value = "";
  title = "";
  lang = "";
  type = "";
  className = "";
  isFocused = false;
  clientWidth = 800;
  clientHeight = 600;
  /** @type {Record<string, string|undefined>} */ dataset = {};
  /** @type {any} */ style = { setProperty: (/** @type {string} */ name, /** @type {string} */ value) => void (this.style[name] = value) };
  /** @type {Map<string, string>} */ attributes = new Map();
  /** @type {FakeElement[]} */ children = [];
  /** Known of those that `insertBefore` placed. @type {FakeElement|null} */ parent = null;
  /** @type {Set<string>} */ #classes = new Set();
  /** @type {Set<number>} */ captured = new Set();
  /** What became of it. @type {FakeElement|null} */ replacement = null;

  /** @param {string} [id] */
  constructor(id = "") {
    super();
    this.id = id;
  }
  classList = {
    add: (/** @type {string} */ name) => void this.#classes.add(name),
    remove: (/** @type {string} */ name) => void this.#classes.delete(name),
    contains: (/** @type {string} */ name) => this.#classes.has(name),
    toggle: (/** @type {string} */ name, /** @type {boolean} */ on) => void (on ? this.#classes.add(name) : this.#classes.delete(name)),
  };
  /** @param {string} name @param {string} value */
  setAttribute(name, value) {
    this.attributes.set(name, value);
  }
  /** @param {string} name */
  getAttribute(name) {
    return this.attributes.get(name) ?? null;
  }
  /** @param {string} name */
  removeAttribute(name) {
    this.attributes.delete(name);
  }
  /** @param {string} name */
  hasAttribute(name) {
    return this.attributes.has(name);
  }
  /** @param {FakeElement[]} children */
  replaceChildren(...children) {
    this.children = children;
  }
  /** @param {FakeElement} child */
  appendChild(child) {
    this.children.push(child);
    return child;
  }
  cloneNode() {
    return new /** @type {typeof FakeElement} */ (this.constructor)(this.id);
  }
  /** @param {FakeElement} other */
  replaceWith(other) {
    this.replacement = other;
    current.elements.set(this.id, other);
  }
  /** @param {FakeElement[]} children */
  append(...children) {
    this.children.push(...children);
  }
  /** @param {FakeElement[]} children */
  prepend(...children) {
    this.children.unshift(...children);
  }
  /** @param {FakeElement} child @param {FakeElement|null} before */
  insertBefore(child, before) {
    this.children = this.children.filter((each) => each !== child);
    this.children.splice(before === null ? this.children.length : this.children.indexOf(before), 0, child);
    child.parent = this;
  }
  /** Nothing here reads where it stands. */
  after() {}
  remove() {
    if (this.parent) this.parent.children = this.parent.children.filter((each) => each !== this);
  }
  click() {
    this.dispatchEvent(new Event("click"));
  }
  /** @param {string} _selector */
  matches(_selector) {
    return this.isFocused;
  }
  /** Every element of this page has one button at most. */
  querySelector() {
    return (this.children[0] ??= new FakeElement());
  }
  /** @param {string} selector  a list of ids */
  closest(selector) {
    return selector.split(", ").includes(`#${this.id}`) ? this : null;
  }
  focus() {
    this.isFocused = true;
    current.activeElement = this;
  }
  blur() {
    this.isFocused = false;
    if (current.activeElement === this) current.activeElement = null;
  }
  select() {}
  /** @param {number} pointer */
  setPointerCapture(pointer) {
    this.captured.add(pointer);
  }
  getBoundingClientRect() {
    return { left: 0, top: 0, width: this.clientWidth, height: this.clientHeight };
  }
}

class FakeInput extends FakeElement {}
class FakeSelect extends FakeElement {}
class FakeTextArea extends FakeElement {}
class FakeCanvas extends FakeElement {
  transferControlToOffscreen() {
    return { offscreen: this };
  }
  /** @type {any} */ context = null;
  getContext() {
    return this.context;
  }
}
const TAGS = /** @type {Record<string, typeof FakeElement>} */ ({ input: FakeInput, select: FakeSelect, textarea: FakeTextArea, canvas: FakeCanvas });

class FakeDocument extends EventTarget {
  /** @type {Map<string, FakeElement>} */ elements = new Map();
  documentElement = new FakeElement("html");
  body = new FakeElement("body");
  /** @type {FakeElement|null} */ activeElement = null;
  /** @type {(command: string) => boolean} */ execCommand = () => false;
  hidden = false;
  /** @type {FakeElement|null} */ pointerLockElement = null;
  exitPointerLock() {
    this.pointerLockElement = null;
    this.dispatchEvent(new Event("pointerlockchange"));
  }
  visibilityState = "visible";
  cookie = "";
  title = "";
  fullscreenEnabled = false;
  fullscreenElement = null;
  baseURI = "";
  /** @param {string} id */
  getElementById(id) {
    return this.elements.get(id) ?? null;
  }
  /** @param {string} tag */
  createElement(tag) {
    return new (TAGS[tag] ?? FakeElement)();
  }
  /** @param {string} _namespace @param {string} tag */
  createElementNS(_namespace, tag) {
    return this.createElement(tag);
  }
  querySelectorAll() {
    return [];
  }
}

class FakeStorage {
  /** @type {Map<string, string>} */ entries = new Map();
  /** @param {string} key */
  getItem(key) {
    return this.entries.get(key) ?? null;
  }
  /** @param {string} key @param {string} value */
  setItem(key, value) {
    this.entries.set(key, String(value));
  }
  /** @param {string} key */
  removeItem(key) {
    this.entries.delete(key);
  }
}

let current = new FakeDocument();

/** @param {string} name @param {unknown} value */
const setGlobal = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });

/** @param {{href?: string, local?: Record<string, string>, session?: Record<string, string>, languages?: string[]}} [like] */
export function installPage({ href = "http://host:9000/", local = {}, session = {}, languages = ["en"] } = {}) {
  current = new FakeDocument();
  current.baseURI = href;
  for (const [tag, name, id] of HTML.matchAll(/<(\w+)\b[^>]*?\bid="([\w-]+)"[^>]*>/gu)) {
    const element = new (TAGS[name] ?? FakeElement)(id);
    element.hidden = /\shidden[\s>]/u.test(tag);
    if (/\stitle="/u.test(tag)) element.setAttribute("title", "");
    current.elements.set(id, element);
  }
  const location = Object.assign(new URL(href), { reload: mock.fn(), assign: mock.fn() });
  const history = {
    state: null,
    length: 1,
    /** @param {unknown} _state @param {string} _title @param {string} url */
    replaceState: (_state, _title, url) => void (location.href = new URL(url, location.href).href),
  };
  const storage = (/** @type {Record<string, string>} */ entries) => {
    const made = new FakeStorage();
    for (const [key, value] of Object.entries(entries)) made.setItem(`samescreen.${key}`, value);
    return made;
  };
  const media = new FakeElement();
  const window = new EventTarget();
  /** @type {(() => void)[]} */ const resized = [];
  const globals = {
    document: current,
    location,
    history,
    localStorage: storage(local),
    sessionStorage: storage(session),
    navigator: { languages, onLine: true },
    Element: FakeElement,
    HTMLElement: FakeElement,
    HTMLInputElement: FakeInput,
    HTMLSelectElement: FakeSelect,
    HTMLTextAreaElement: FakeTextArea,
    HTMLCanvasElement: FakeCanvas,
    WheelEvent: { DOM_DELTA_PIXEL: 0 },
    devicePixelRatio: 1,
    addEventListener: window.addEventListener.bind(window),
    removeEventListener: window.removeEventListener.bind(window),
    requestAnimationFrame: (/** @type {() => void} */ callback) => setImmediate(callback),
    matchMedia: () => media,
    ResizeObserver: class {
      /** @param {() => void} callback */
      constructor(callback) {
        resized.push(callback);
      }
      observe() {}
    },
  };
  for (const [name, value] of Object.entries(globals)) setGlobal(name, value);
  return {
    document: current,
    window,
    location,
    local: globals.localStorage,
    session: globals.sessionStorage,
    media,
    root: current.documentElement,
    /** @param {string} id @returns {any} */
    byId: (id) => {
      const element = current.getElementById(id);
      if (!element) throw new Error(`index.html has no #${id}`);
      return element;
    },
    resized: () => resized.forEach((callback) => callback()),
  };
}

/**
 * @param {EventTarget} target
 * @param {string} type
 * @param {object} [fields]  of the event, `target` and `timeStamp` too
 */
export function fire(target, type, fields = {}) {
  const event = new Event(type, { cancelable: true });
  for (const [name, value] of Object.entries(fields)) Object.defineProperty(event, name, { value });
  target.dispatchEvent(event);
  return event;
}
