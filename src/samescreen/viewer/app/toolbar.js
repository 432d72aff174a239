// @ts-check
// The bar at the bottom, the panel of views, and the keys that do the same. Main thread. It changes only how the picture is shown.

import { isField } from "./keys.js";
import { byId, lasting } from "./memory.js";

/** @typedef {import("../wire.js").Path} Path */

const KEY_PAN_PX = 80;
const KEY_ZOOM = 1.25;

/**
 * @typedef {object} ToolbarParts
 * @property {import("./texts.js").Texts} texts
 * @property {import("./fit.js").Fit} fit
 * @property {import("./notice.js").Notice} notice
 * @property {Path|null} decoder
 * @property {(decoder: Path|null) => void} onDecoder
 * @property {Record<string, () => void>} keys  more of them: `event.key` in lower case, and what it does
 */

export class Toolbar {
  #texts;
  #fit;
  #notice;
  #decoder = /** @type {HTMLSelectElement} */ (byId("tool-decoder"));
  /** @type {Record<string, () => void>} */ #keys;
  /** Where the mouse is on the stage. @type {{x: number, y: number}|undefined} */ #pointer;

  /** @param {ToolbarParts} parts */
  constructor({ texts, fit, notice, decoder, onDecoder, keys }) {
    this.#texts = texts;
    this.#fit = fit;
    this.#notice = notice;
    /** @type {Record<string, [string, () => void]>} */
    const tools = {
      1: ["tool-actual", () => this.#view("actual")],
      0: ["tool-fit", () => this.#view("fit")],
      9: ["tool-fill", () => this.#view("fill")],
      c: ["tool-follow", () => fit.follow(!fit.isFollowing)],
      r: ["tool-rotate", () => fit.turn()],
      f: ["tool-fullscreen", () => this.#toggleFullscreen()],
      "+": ["tool-larger", () => fit.step(KEY_ZOOM)],
      "-": ["tool-smaller", () => fit.step(1 / KEY_ZOOM)],
    };
    for (const [id, act] of Object.values(tools)) byId(id).addEventListener("click", act);
    this.#keys = {
      ...Object.fromEntries(Object.entries(tools).map(([key, [, act]]) => [key, act])),
      ...keys,
      "+": () => fit.step(KEY_ZOOM, this.#pointer),
      "=": () => fit.step(KEY_ZOOM, this.#pointer),
      "-": () => fit.step(1 / KEY_ZOOM, this.#pointer),
    };
    this.#decoder.value = decoder ?? "";
    this.#decoder.addEventListener("change", () => onDecoder(/** @type {Path|null} */ (this.#decoder.value || null)));
    byId("tool-language").addEventListener("click", () => this.#switchLanguage());
    byId("tool-fullscreen").hidden = !document.fullscreenEnabled;
    document.addEventListener("fullscreenchange", () => this.#nameFullscreen());
    texts.addEventListener("change", () => (this.#nameFullscreen(), this.#showScale()));
    document.addEventListener("keydown", (event) => this.#pressed(event));
    // A click leaves the focus where it was: Space talks afterwards, and does not press the tool again.
    byId("toolbar").addEventListener("mousedown", (event) => isField(event.target) || event.preventDefault());
    byId("stage").addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse") this.#pointer = { x: event.clientX, y: event.clientY };
    });
    fit.addEventListener("mode", () => this.#showMode());
    fit.addEventListener("view", () => this.#showScale());
    this.#showMode();
  }

  /** @param {import("./fit.js").Mode} mode */
  #view(mode) {
    this.#fit.follow(false);
    this.#fit.choose(mode);
    lasting.remember("fit", mode);
  }

  #showMode() {
    const { mode, isFollowing } = this.#fit;
    for (const each of ["fit", "fill", "actual"]) byId(`tool-${each}`).setAttribute("aria-pressed", String(mode === each));
    byId("tool-follow").setAttribute("aria-pressed", String(isFollowing));
  }

  #showScale() {
    byId("zoom-level").textContent = this.#texts.number(this.#fit.scale, { style: "percent" });
  }

  #switchLanguage() {
    const language = this.#texts.language === "en" ? "zh" : "en";
    lasting.remember("language", language);
    forgetAsked("lang");
    this.#texts.setLanguage(language);
  }

  #toggleFullscreen() {
    if (!document.fullscreenEnabled) return this.#notice.show("notice.fullscreen");
    const done = document.fullscreenElement
      ? document.exitFullscreen()
      : document.documentElement.requestFullscreen({ navigationUI: "hide" });
    done.catch(() => this.#notice.show("notice.fullscreen"));
  }

  #nameFullscreen() {
    this.#texts.label(byId("tool-fullscreen"), document.fullscreenElement ? "tool.window" : "tool.fullscreen");
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (isField(event.target) || event.ctrlKey || event.metaKey || event.altKey || document.documentElement.dataset.state === "login") return;
    const name = event.key.toLowerCase();
    const act = this.#keys[name] ?? this.#pans[name];
    if (!act || (name in this.#pans && scrolls(event.target))) return;
    event.preventDefault(); // the key must not be typed into a field that it opens
    if (!event.repeat || name in this.#pans || "+=-".includes(name)) act();
  }

  /** @type {Record<string, () => void>} */
  #pans = {
    arrowleft: () => this.#fit.pan({ x: KEY_PAN_PX, y: 0 }),
    arrowright: () => this.#fit.pan({ x: -KEY_PAN_PX, y: 0 }),
    arrowup: () => this.#fit.pan({ x: 0, y: KEY_PAN_PX }),
    arrowdown: () => this.#fit.pan({ x: 0, y: -KEY_PAN_PX }),
  };
}

/** Arrow keys scroll what is too long for its window. @param {EventTarget|null} target */
function scrolls(target) {
  return target instanceof Element && target.closest(".panel, #details, #veil") !== null;
}

/**
 * The reader's choice on the page overrides the address, also after a reload.
 * @param {string} name  of the query
 */
function forgetAsked(name) {
  const url = new URL(location.href);
  if (!url.searchParams.has(name)) return;
  url.searchParams.delete(name);
  history.replaceState(history.state, "", url.href);
}
