// @ts-check
// The bar at the bottom and the keys that do the same. Main thread. It hides while the reader does nothing; it changes only the view.

import { byId, lasting } from "./memory.js";

/** @typedef {import("../wire.js").Path} Path */

const QUIET_MS = 3_000;
const KEY_PAN_PX = 80;
const KEY_ZOOM = 1.25;

/**
 * @typedef {object} ToolbarParts
 * @property {import("./texts.js").Texts} texts
 * @property {import("./fit.js").Fit} fit
 * @property {import("./badge.js").Badge} badge
 * @property {import("./sound.js").SoundBar} sound
 * @property {import("./notice.js").Notice} notice
 * @property {Path|null} decoder
 * @property {(decoder: Path|null) => void} onDecoder
 */

export class Toolbar {
  #texts;
  #fit;
  #notice;
  #decoder = /** @type {HTMLSelectElement} */ (byId("tool-decoder"));
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;
  /** @type {Record<string, () => void>} */ #keys;

  /** @param {ToolbarParts} parts */
  constructor({ texts, fit, badge, sound, notice, decoder, onDecoder }) {
    this.#texts = texts;
    this.#fit = fit;
    this.#notice = notice;
    this.#keys = {
      f: () => this.#toggleFullscreen(),
      1: () => this.#view("actual"),
      0: () => this.#view("fit"),
      i: () => badge.toggle(),
      m: () => sound.toggle(),
      "+": () => fit.step(KEY_ZOOM),
      "=": () => fit.step(KEY_ZOOM),
      "-": () => fit.step(1 / KEY_ZOOM),
      arrowleft: () => fit.pan({ x: KEY_PAN_PX, y: 0 }),
      arrowright: () => fit.pan({ x: -KEY_PAN_PX, y: 0 }),
      arrowup: () => fit.pan({ x: 0, y: KEY_PAN_PX }),
      arrowdown: () => fit.pan({ x: 0, y: -KEY_PAN_PX }),
    };
    this.#decoder.value = decoder ?? "";
    this.#decoder.addEventListener("change", () => onDecoder(/** @type {Path|null} */ (this.#decoder.value || null)));
    byId("tool-fit").addEventListener("click", () => this.#view("fit"));
    byId("tool-actual").addEventListener("click", () => this.#view("actual"));
    byId("tool-language").addEventListener("click", () => this.#switchLanguage());
    byId("tool-fullscreen").addEventListener("click", () => this.#toggleFullscreen());
    byId("tool-fullscreen").hidden = !document.fullscreenEnabled;
    document.addEventListener("fullscreenchange", () => this.#nameFullscreen());
    texts.addEventListener("change", () => this.#nameFullscreen());
    document.addEventListener("keydown", (event) => this.#pressed(event));
    fit.addEventListener("mode", () => this.#showMode());
    this.#showMode();
    this.#appearOnTouch();
  }

  /** Shows the bar, and hides it again after a while. */
  wake() {
    const root = document.documentElement;
    root.classList.remove("quiet");
    clearTimeout(this.#timer);
    // Without a picture the bar covers nothing, and may help: another decoder, another language.
    this.#timer = setTimeout(() => root.classList.toggle("quiet", root.dataset.state === "live"), QUIET_MS);
  }

  #appearOnTouch() {
    const stage = byId("stage");
    document.addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.wake());
    document.addEventListener("focusin", () => this.wake());
    byId("toolbar").addEventListener("pointerdown", () => this.wake());
    stage.addEventListener("click", (event) => {
      // A finger cannot hover, so a tap both shows and hides the bar.
      const wasVisible = !document.documentElement.classList.contains("quiet");
      const isFinger = /** @type {PointerEvent} */ (event).pointerType !== "mouse";
      if (isFinger && wasVisible && document.documentElement.dataset.state === "live")
        document.documentElement.classList.add("quiet");
      else this.wake();
    });
    this.wake();
  }

  /** @param {import("./fit.js").Mode} mode */
  #view(mode) {
    this.#fit.choose(mode);
    lasting.remember("fit", mode);
  }

  #showMode() {
    const { mode } = this.#fit;
    byId("tool-fit").setAttribute("aria-pressed", String(mode === "fit"));
    byId("tool-actual").setAttribute("aria-pressed", String(mode === "actual"));
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
    const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || document.documentElement.dataset.state === "login") return;
    this.#keys[event.key.toLowerCase()]?.();
  }
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
