// @ts-check
// What stands around the picture gets out of its way: after two seconds without a move it fades, corners too. Main thread.
// It stays while there is no live picture, while a panel is open, and while the keyboard's focus is in it. What has faded can still be
// reached by keyboard and screen reader, and shows itself when it gets the focus.

import { byId } from "./memory.js";

const QUIET_MS = 2_000;
/** Whoever uses the host's mouse finds the bar at the lower edge: elsewhere their moves are the host's. */
const EDGE_PX = 4;
// A mouse that lies on a shaking table moves by a pixel.
const SLOP_PX = 3;
const AROUND = "#toolbar, #streams, #host-line";

export class Chrome {
  #panels;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;
  #at = { x: -100, y: -100 };
  /** What the mouse is over. @type {Element|null} */ #under = null;

  /** @param {import("./panels.js").Panels} panels */
  constructor(panels) {
    this.#panels = panels;
    const stage = byId("stage");
    document.addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.#moved(event));
    globalThis.addEventListener("pointermove", (event) => this.#neared(/** @type {PointerEvent} */ (event)), { capture: true, passive: true });
    document.addEventListener("focusin", () => this.wake());
    document.addEventListener("keydown", (event) => event.key === "Tab" && this.wake());
    byId("toolbar").addEventListener("pointerdown", () => this.wake());
    panels.addEventListener("change", () => this.wake());
    stage.addEventListener("click", (event) => {
      // A finger cannot hover, so a tap both shows and hides the bar.
      const wasVisible = !document.documentElement.classList.contains("quiet");
      const isFinger = /** @type {PointerEvent} */ (event).pointerType !== "mouse";
      if (isFinger && wasVisible && this.#mayFade()) document.documentElement.classList.add("quiet");
      else this.wake();
    });
    this.wake();
  }

  /** Shows everything, or hides it. */
  toggle() {
    const root = document.documentElement;
    if (root.classList.contains("quiet") || !this.#mayFade()) this.wake();
    else root.classList.add("quiet");
  }

  /** Shows everything, and lets it fade after a while. */
  wake() {
    document.documentElement.classList.remove("quiet");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fade(), QUIET_MS);
  }

  /** @param {PointerEvent} event */
  #moved({ clientX: x, clientY: y, target }) {
    this.#under = target instanceof Element ? target : null;
    if (Math.hypot(x - this.#at.x, y - this.#at.y) < SLOP_PX) return;
    this.#at = { x, y };
    this.wake();
  }

  /** @param {PointerEvent} event */
  #neared({ pointerType, clientY }) {
    const isActing = document.documentElement.dataset.control === "mine";
    if (isActing && pointerType === "mouse" && clientY >= innerHeight - EDGE_PX) this.wake();
  }

  #fade() {
    if (this.#mayFade()) document.documentElement.classList.add("quiet");
    else if (document.documentElement.dataset.state === "live") this.#timer = setTimeout(() => this.#fade(), QUIET_MS);
  }

  #mayFade() {
    // Without a picture the bar covers nothing, and may help: another decoder, another language.
    const isLive = document.documentElement.dataset.state === "live";
    const hasFocus = document.activeElement?.closest?.(AROUND)?.id !== undefined && document.activeElement.matches(":focus-visible");
    const isUsed = hasFocus || this.#under?.closest(AROUND)?.id !== undefined;
    return isLive && !isUsed && this.#panels.open === "";
  }
}
