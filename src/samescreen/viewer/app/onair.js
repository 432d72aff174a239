// @ts-check
// What this page shows to others: for each thing a small picture, who watches, for how long, Pause and Stop. Main thread. It is there
// for as long as anything is shown.

/** @typedef {import("../publish/publication.js").Publication} Publication */
/** @typedef {import("./texts/en.js").TextKey} TextKey */

const EVERY_MS = 1_000;
/** @type {Record<Publication["state"], TextKey>} */
const STATES = { connecting: "onair.connecting", lost: "onair.lost", idle: "onair.idle", live: "onair.live", paused: "onair.paused", slow: "onair.slow", jpeg: "onair.jpeg" };

export class OnAir {
  #texts;
  #box;
  /** @type {Map<Publication, {row: HTMLElement, canvas: HTMLCanvasElement, name: HTMLElement, line: HTMLElement, pause: HTMLElement, stop: HTMLElement}>} */ #rows = new Map();
  /** @type {ReturnType<typeof setInterval>|undefined} */ #timer;

  /**
   * @param {import("./texts.js").Texts} texts
   * @param {HTMLElement} box
   */
  constructor(texts, box) {
    this.#texts = texts;
    this.#box = box;
    box.classList.add("onair");
    texts.addEventListener("change", () => this.draw());
  }

  /** @param {Publication} publication  from now on, until `remove` */
  add(publication) {
    const [row, name, line] = [document.createElement("div"), document.createElement("strong"), document.createElement("small")];
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: 144, height: 80 });
    canvas.setAttribute("aria-hidden", "true");
    const words = document.createElement("p");
    words.append(name, line);
    const pause = button(() => publication.pause(!publication.isPaused));
    const stop = button(() => publication.stop());
    stop.className = "stop";
    row.append(canvas, words, pause, stop);
    this.#rows.set(publication, { row, canvas, name, line, pause, stop });
    this.#box.append(row);
    this.#timer ??= setInterval(() => this.draw(), EVERY_MS);
    this.draw();
  }

  /** @param {Publication} publication */
  remove(publication) {
    this.#rows.get(publication)?.row.remove();
    this.#rows.delete(publication);
    if (this.#rows.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    this.draw();
  }

  draw() {
    this.#box.hidden = this.#rows.size === 0;
    for (const [publication, { canvas, name, line, pause, stop }] of this.#rows) {
      name.textContent = publication.name;
      line.textContent = this.#about(publication);
      line.title = publication.seen.names.join(", ");
      pause.textContent = this.#texts.of(publication.isPaused ? "onair.resume" : "onair.pause");
      stop.textContent = this.#texts.of("onair.stop");
      if (!document.hidden) this.#preview(publication, canvas);
    }
  }

  /** @param {Publication} publication */
  #about(publication) {
    const { state, seen, startedMs } = publication;
    const isSeen = state === "live" || state === "jpeg";
    const words = isSeen || state === "idle" ? this.#watching(seen.viewers) : this.#texts.of(STATES[state]);
    const names = isSeen && seen.names.length > 0 ? `: ${seen.names.slice(0, 3).join(", ")}${seen.names.length > 3 ? "…" : ""}` : "";
    const recorded = seen.recorded ? ` · ${this.#texts.of("onair.recorded")}` : "";
    const single = state === "jpeg" ? ` · ${this.#texts.of("onair.jpeg")}` : "";
    const sound = publication.hasSound ? ` · ${this.#texts.of("onair.sound")}` : "";
    return `${words}${names}${sound}${recorded}${single} · ${duration(performance.now() - startedMs)}`;
  }

  /** @param {number} count */
  #watching(count) {
    return count === 0 ? this.#texts.of("onair.idle") : this.#texts.of("onair.live", count);
  }

  /** @param {Publication} publication @param {HTMLCanvasElement} canvas */
  #preview(publication, canvas) {
    const context = canvas.getContext("2d");
    if (context) publication.drawInto(context);
  }
}

/** @param {() => void} act */
function button(act) {
  const element = document.createElement("button");
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

/** Minutes and seconds, and hours where there are any. @param {number} ms */
export function duration(ms) {
  const seconds = Math.floor(ms / 1000);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}
