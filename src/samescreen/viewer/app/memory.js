// @ts-check
// What the page remembers between visits. Main thread. Storage may be forbidden: then nothing is remembered, and nothing fails.

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
 */
function write(storage, key, value) {
  try {
    if (value === null) storage().removeItem(`samescreen.${key}`);
    else storage().setItem(`samescreen.${key}`, value);
  } catch {
    // Not remembered, then.
  }
}

/** Until the reader changes it. */
export const lasting = {
  /** @param {string} key */
  recall: (key) => read(() => localStorage, key),
  /** @type {(key: string, value: string|null) => void} */
  remember: (key, value) => write(() => localStorage, key, value),
};

/** While the tab is open. */
export const visit = {
  /** @param {string} key */
  recall: (key) => read(() => sessionStorage, key),
  /** @type {(key: string, value: string|null) => void} */
  remember: (key, value) => write(() => sessionStorage, key, value),
};

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
