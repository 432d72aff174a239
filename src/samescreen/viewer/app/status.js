// @ts-check
// The card in the middle: explains why there is no picture, or no new one. Main thread. It decides nothing about connections.

import { artOf } from "./art.js";
import { byId } from "./memory.js";

/** @typedef {import("../state.js").Shown} Shown */
/** @typedef {import("./texts.js").TextKey} TextKey */

// Shorter interruptions show no card.
const CALM_MS = 350;

export class StatusCard {
  #texts;
  #onRetry;
  /** @type {Shown|null} */ #shown = null;
  /** @type {import("./cause.js").Trouble|null} */ #trouble = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #calm;
  /** @type {ReturnType<typeof setInterval>|undefined} */ #countdown;

  /**
   * @param {import("./texts.js").Texts} texts
   * @param {() => void} onRetry
   */
  constructor(texts, onRetry) {
    this.#texts = texts;
    this.#onRetry = onRetry;
    texts.addEventListener("change", () => this.#write());
    byId("retry-now").addEventListener("click", () => this.#clicked());
  }

  /**
   * Shows this cause while the page tries to connect.
   * @param {import("./cause.js").Trouble|null} trouble
   */
  explain(trouble) {
    this.#trouble = trouble;
    this.#write();
  }

  /** @param {Shown} shown */
  show(shown) {
    this.#shown = shown;
    document.documentElement.dataset.state = shown.state;
    byId("screen-locked").hidden = shown.state !== "live" || shown.reason !== "screen-locked";
    clearTimeout(this.#calm);
    clearInterval(this.#countdown);
    if (shown.state === "live" || shown.state === "login") this.#hide();
    else this.#calm = setTimeout(() => this.#reveal(), byId("status").hidden ? CALM_MS : 0);
  }

  #hide() {
    byId("status").hidden = true;
    byId("veil").hidden = this.#shown?.state !== "login";
  }

  #reveal() {
    byId("veil").hidden = false;
    byId("status").hidden = false;
    this.#write();
    clearInterval(this.#countdown);
    if (this.#shown?.retryAtMs) this.#countdown = setInterval(() => this.#writeCountdown(), 250);
  }

  #write() {
    const shown = this.#shown;
    if (!shown || byId("status").hidden) return;
    const trouble = isTrying(shown) ? this.#trouble : null;
    const { reason, detail } = trouble ?? shown;
    const lines = trouble?.lines ?? [];
    document.documentElement.dataset.reason = reason;
    byId("status-art-use").setAttribute("href", `#art-${artOf(reason)}`);
    byId("status-title").textContent = this.#texts.of(/** @type {TextKey} */ (`${reason}.title`));
    byId("status-text").textContent = this.#texts.of(/** @type {TextKey} */ (`${reason}.text`));
    byId("status-detail").textContent = detail;
    byId("status-detail").hidden = detail === "";
    byId("status-lines").textContent = lines.join("\n");
    byId("status-lines").hidden = lines.length === 0;
    byId("retry").hidden = !(trouble || this.#canRetry(shown));
    byId("retry-now").textContent = this.#texts.of(shown.state === "failed" ? "retry.reload" : "retry.now");
    this.#writeCountdown();
  }

  /** @param {Shown} shown */
  #canRetry(shown) {
    // The host retries its own failures by itself.
    const isOwnFailure = shown.state === "failed" && shown.reason !== "failed-source" && shown.reason !== "failed-encoder";
    return isOwnFailure || shown.state === "reconnecting" || shown.state === "stopped";
  }

  #writeCountdown() {
    const shown = this.#shown;
    if (!shown) return;
    const leftS = shown.retryAtMs === null ? 0 : Math.ceil((shown.retryAtMs - Date.now()) / 1000);
    const isFailed = shown.state === "failed";
    byId("retry-when").hidden = isFailed;
    byId("retry-when").textContent = leftS > 0 ? this.#texts.of("retry.in", leftS) : this.#texts.of("retry.trying");
  }

  #clicked() {
    if (this.#shown?.state === "failed") location.reload();
    else this.#onRetry();
  }
}

/** @param {Shown} shown */
function isTrying({ state }) {
  return state === "reconnecting" || state === "connecting";
}
