// @ts-check
// Copies text and images; text on plain http too, where browsers have no asynchronous clipboard. Main thread. Call it from a click or a key.

/**
 * Copies an image, where the browser can: through https or on this machine.
 * @param {Blob} png
 * @returns {Promise<boolean>}
 */
export async function copyImage(png) {
  if (!navigator.clipboard || !("ClipboardItem" in globalThis)) return false;
  return navigator.clipboard.write([new ClipboardItem({ "image/png": png })]).then(() => true, () => false);
}

/**
 * @param {string} text
 * @returns {Promise<boolean>} false: the browser did not copy it
 */
export async function copyText(text) {
  if (navigator.clipboard) {
    const done = await navigator.clipboard.writeText(text).then(() => true, () => false);
    if (done) return true;
  }
  const before = /** @type {HTMLElement|null} */ (document.activeElement);
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "spoken";
  field.readOnly = true;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  before?.focus({ preventScroll: true });
  return done;
}
