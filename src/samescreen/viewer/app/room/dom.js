// @ts-check
// Elements of the room: made by code, because the page's document is without them until they are needed. Main thread.

/**
 * @param {string} name
 * @param {Record<string, string>} [attributes]
 * @param {...(Node|string)} children
 * @returns {HTMLElement}
 */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** An icon of strokes in a square of 24. @param {string} path */
export function icon(path) {
  const space = "http://www.w3.org/2000/svg";
  const [svg, stroke] = [document.createElementNS(space, "svg"), document.createElementNS(space, "path")];
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  stroke.setAttribute("d", path);
  svg.append(stroke);
  return svg;
}

/** @param {HTMLElement} element @param {string} words  written only where they changed, so that screen readers say them once */
export function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/** @param {HTMLElement} element @param {import("./layout.js").Box|null} box  null: as the style sheet says */
export function place(element, box) {
  const px = (/** @type {number|undefined} */ length) => (length === undefined ? "" : `${length}px`);
  Object.assign(element.style, {
    inset: box ? "auto" : "",
    left: px(box?.x),
    top: px(box?.y),
    width: px(box?.width),
    height: px(box?.height),
  });
}
