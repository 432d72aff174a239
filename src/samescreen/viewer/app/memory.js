// @ts-check
// What the page remembers between visits. Main thread. Where the browser forbids storage, it remembers nothing and does not fail.

/** @type {import("../wire.js").Quality[]} */
const QUALITIES = ["auto", "full", "low"];

/**
 * @param {() => Storage} storage  reading the property alone may throw
 * @param {string} key
 */
function read(storage, key) {
  try {
    return storage().getItem(`samescreen.${key}`);
  } catch {
    return null;
  }
}

/**
 * @param {() => Storage} storage
 * @param {string} key
 * @param {string|null} value  null: forget
 * @returns {boolean} false: it is not remembered
 */
function write(storage, key, value) {
  try {
    if (value === null) storage().removeItem(`samescreen.${key}`);
    else storage().setItem(`samescreen.${key}`, value);
    return true;
  } catch {
    return false;
  }
}

/** Until the reader changes it. */
export const lasting = {
  /** @param {string} key */
  recall: (key) => read(() => localStorage, key),
  /** @type {(key: string, value: string|null) => boolean} */
  remember: (key, value) => write(() => localStorage, key, value),
};

/** While the tab is open. */
export const visit = {
  /** @param {string} key */
  recall: (key) => read(() => sessionStorage, key),
  /** @type {(key: string, value: string|null) => boolean} */
  remember: (key, value) => write(() => sessionStorage, key, value),
};

/**
 * The stream that the address names, or that the last visit watched; "" = none.
 * @param {string|null} asked  `?stream=` of the address
 */
export function rememberedStream(asked) {
  return asked ?? lasting.recall("stream") ?? "";
}

/**
 * Chosen in this tab, else named by the address.
 * @param {string|null} asked  `?quality=` of the address
 * @returns {import("../wire.js").Quality}
 */
export function rememberedQuality(asked) {
  return QUALITIES.find((word) => word === (visit.recall("quality") ?? asked)) ?? QUALITIES.find((word) => word === asked) ?? "auto";
}

/** Whether the browser keeps cookies of this address. It sets one, because `navigator.cookieEnabled` says nothing about single sites. */
export function keepsCookies() {
  const name = "samescreen_try";
  document.cookie = `${name}=1; SameSite=Strict`;
  const isKept = document.cookie.includes(`${name}=1`);
  document.cookie = `${name}=; Max-Age=0; SameSite=Strict`;
  return isKept;
}

/**
 * An element that index.html has.
 * @template {HTMLElement} [Found=HTMLElement]
 * @param {string} id
 * @returns {Found}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html lacks #${id}`);
  return /** @type {Found} */ (element);
}
