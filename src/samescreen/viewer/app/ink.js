// @ts-check
// The tools to point and draw over the picture, for everybody who watches. Main thread. Marks are in ink/strokes.js, ink/overlay.js
// paints them, ink/pen.js makes messages of strokes. While a tool is chosen, the overlay takes the pointer in the picture's place.

import { Overlay } from "../ink/overlay.js";
import { Pen } from "../ink/pen.js";
import { Strokes } from "../ink/strokes.js";
import { isField } from "./keys.js";
import { byId } from "./memory.js";

/** @typedef {import("../wire.js").Tool} Tool */
/** @typedef {Pick<import("../viewer.js").Viewer, "draw"|"erase"|"ask">} Speaker */

/** @type {Tool[]} */
const TOOLS = ["laser", "fade", "pen"];
const ERASER = 32;
const STEP = 0.02;
const SMALL_STEP = 0.004;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class InkTools {
  #texts;
  #speaker;
  #panels;
  #notice;
  #strokes = new Strokes();
  #overlay;
  #pen = new Pen((drawn) => this.#drew(drawn));
  #canvas = /** @type {HTMLCanvasElement} */ (byId("ink"));
  #stage = byId("stage");
  #button = byId("tool-ink");
  #asking = /** @type {HTMLButtonElement} */ (byId("tool-ink-ask"));
  /** @type {Tool|null} */ #tool = null;
  /** @type {Tool} */ #lastTool = "laser";
  #isGranted = false;
  #isBeating = false;
  /** Pointers that move the picture. @type {Set<number>} */ #passed = new Set();
  /** The press that began the stroke under way. @type {PointerEvent|null} */ #press = null;
  /** Somebody who has a pen draws with it, and moves the picture with fingers. */ #hasPen = false;
  /** Where the arrow keys have moved the pointer to. */ #keyed = { x: 0.5, y: 0.5, pressure: 0 };

  /**
   * @param {import("./texts.js").Texts} texts
   * @param {() => Speaker|null} speaker  of the large picture
   * @param {import("./panels.js").Panels} panels
   * @param {import("./notice.js").Notice} notice
   */
  constructor(texts, speaker, panels, notice) {
    this.#texts = texts;
    this.#speaker = speaker;
    this.#panels = panels;
    this.#notice = notice;
    this.#overlay = new Overlay(this.#strokes, this.#canvas, () => byId("screen"), (who) => this.#nameOf(who));
    for (const tool of TOOLS) byId(`ink-${tool}`).addEventListener("click", () => (this.choose(this.#tool === tool ? null : tool), panels.close()));
    byId("ink-undo").addEventListener("click", () => this.#erase(false));
    byId("ink-clear").addEventListener("click", () => this.#erase(true));
    this.#asking.addEventListener("click", () => (this.#speaker()?.ask(["point"]), panels.close()));
    this.#listen();
    texts.addEventListener("change", () => this.#draw());
    this.#draw();
  }

  /** @param {{grants: string[], may_ask?: string[]}} news  what this person may do */
  granted({ grants, may_ask: mayAsk = [] }) {
    this.#isGranted = grants.includes("point");
    this.#asking.hidden = this.#isGranted || !mayAsk.includes("point");
    if (!this.#isGranted) this.choose(null);
    this.#draw();
  }

  /** @param {{grants: string[], state: string}} answer */
  asked({ grants, state }) {
    if (!grants.includes("point")) return;
    this.#asking.disabled = state === "waits";
    this.#notice.show(state === "waits" ? "control.waits" : state === "given" ? "ink.given" : "control.no");
  }

  /** @param {{streams: import("../wire.js").Stream[], watching: string}} news  of the picture */
  follow({ streams, watching }) {
    this.#strokes.follow(streams.find(({ stream }) => stream === watching)?.track ?? 0);
    this.#overlay.update();
  }

  /** A new connection, which knows of no question before it. */
  welcomed() {
    this.#asking.disabled = false;
    this.#strokes.reset();
    this.#overlay.update();
  }

  /** @param {import("../wire.js").Ink} ink */
  add(ink) {
    this.#strokes.add(ink, performance.now());
    this.#overlay.update();
  }

  /** @param {import("../wire.js").Marks} marks */
  replace(marks) {
    this.#strokes.replace(marks);
    if (!this.#strokes.isOn) this.choose(null);
    this.#overlay.update();
    this.#draw();
  }

  /** The picture is placed anew. @param {import("./turn.js").Quarters} quarters */
  placed(quarters) {
    this.#overlay.quarters = quarters;
    this.#overlay.update();
  }

  /** Takes up the last tool, or puts it down. */
  toggle() {
    if (this.#isGranted && this.#strokes.isOn) this.choose(this.#tool === null ? this.#lastTool : null);
  }

  /** @param {Tool|null} tool  null: the mouse moves the picture again */
  choose(tool) {
    this.#finish();
    this.#tool = tool;
    if (tool) this.#lastTool = tool;
    this.#overlay.isTaken = tool !== null;
    this.#overlay.update();
    this.#draw();
  }

  #listen() {
    const canvas = this.#canvas;
    canvas.addEventListener("pointerdown", (event) => this.#pressed(event));
    canvas.addEventListener("pointermove", (event) => this.#moved(event));
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) canvas.addEventListener(name, (event) => this.#lifted(event));
    canvas.addEventListener("pointerleave", () => this.#press === null && this.#finish());
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.#stage.dispatchEvent(new WheelEvent(event.type, event));
    }, { passive: false });
    // Before control/hands.js, which sends every key to the host.
    globalThis.addEventListener("keydown", (event) => this.#typed(/** @type {KeyboardEvent} */ (event)), { capture: true });
  }

  /** @param {PointerEvent} event */
  #pressed(event) {
    this.#panels.close();
    if (event.pointerType === "pen") this.#hasPen = true;
    const isFinger = event.pointerType === "touch";
    if (isFinger && (this.#press || this.#passed.size > 0 || this.#hasPen)) return this.#yield(event);
    if (event.buttons & ERASER) return this.#erase(false);
    if (event.button !== 0 || this.#press || this.#tool === null) return;
    event.preventDefault();
    this.#canvas.setPointerCapture(event.pointerId);
    this.#press = event;
    if (!(this.#pen.isDrawing && this.#tool === "laser")) this.#pen.begin(this.#tool, this.#placeOf(event));
    this.#beat();
  }

  /** @param {PointerEvent} event */
  #moved(event) {
    if (this.#passed.has(event.pointerId)) return this.#passOn(event);
    if (this.#press && event.pointerId !== this.#press.pointerId) return;
    const hovers = this.#tool === "laser" && event.pointerType !== "touch";
    if (!this.#press && !hovers) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const move of moves.length > 0 ? moves : [event]) {
      const place = this.#placeOf(move);
      // A pointer beside the picture shows nothing.
      if (this.#tool === "laser" && !isWithin(place)) this.#pen.end();
      else if (this.#pen.isDrawing) this.#pen.move(place);
      else if (this.#tool === "laser") this.#pen.begin("laser", place);
    }
    this.#beat();
  }

  /** @param {PointerEvent} event */
  #lifted(event) {
    if (this.#passed.delete(event.pointerId)) return this.#passOn(event);
    if (event.pointerId !== this.#press?.pointerId) return;
    if (this.#tool !== "laser" || event.pointerType === "touch") this.#pen.end();
    this.#press = null;
  }

  /** A second finger: both move the picture, and what the first one drew meanwhile goes. @param {PointerEvent} event */
  #yield(event) {
    const press = this.#press;
    if (press) {
      const { isDrawing } = this.#pen;
      this.#finish();
      if (isDrawing && this.#tool === "pen") this.#erase(false);
      this.#passed.add(press.pointerId);
      this.#passOn(press);
    }
    this.#passed.add(event.pointerId);
    this.#passOn(event);
  }

  /** @param {PointerEvent} event */
  #passOn(event) {
    this.#stage.dispatchEvent(new PointerEvent(event.type, event));
  }

  #finish() {
    this.#press = null;
    this.#pen.end();
  }

  /** Sends what waits once a frame, while a stroke is under way. */
  #beat() {
    if (this.#isBeating || !this.#pen.isDrawing) return;
    this.#isBeating = true;
    requestAnimationFrame(() => {
      this.#isBeating = false;
      this.#pen.flush(performance.now());
      this.#beat();
    });
  }

  /** @param {KeyboardEvent} event */
  #typed(event) {
    if (this.#tool === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = this.#tool === "laser" ? ARROWS[event.key] : undefined;
    if (isField(event.target) || (event.key !== "Escape" && !arrow)) return;
    if (event.key === "Escape" && this.#panels.open !== "") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!arrow) return this.choose(null);
    const step = event.shiftKey ? SMALL_STEP : STEP;
    const along = (/** @type {number} */ share, /** @type {number} */ by) => Math.min(1, Math.max(0, share + by * step));
    this.#keyed = { x: along(this.#keyed.x, arrow[0]), y: along(this.#keyed.y, arrow[1]), pressure: 0 };
    if (this.#pen.isDrawing) this.#pen.move(this.#keyed);
    else this.#pen.begin("laser", this.#keyed);
    this.#beat();
  }

  /** @param {PointerEvent} event */
  #placeOf(event) {
    const place = this.#overlay.placeOf(event);
    // Devices that measure no pressure report 0, 0.5 or 1.
    const isMeasured = event.pointerType === "pen" || (event.pointerType === "touch" && event.pressure % 0.5 !== 0);
    this.#keyed = { ...place, pressure: 0 };
    return { ...place, pressure: isMeasured ? event.pressure : 0 };
  }

  /** @param {import("../ink/pen.js").Drawn} drawn */
  #drew(drawn) {
    this.#strokes.draw(drawn, performance.now());
    this.#speaker()?.draw({ track: this.#strokes.track, ...drawn });
    this.#overlay.update();
  }

  /** @param {boolean} all */
  #erase(all) {
    this.#strokes.erase(all);
    this.#speaker()?.erase(all);
    this.#overlay.update();
  }

  /** @param {import("../wire.js").Inker|null} who */
  #nameOf(who) {
    if (who === null) return "";
    return who.name || (who.host ? this.#texts.of("ink.host") : this.#texts.of("ink.nameless", who.by));
  }

  #draw() {
    const isOff = !this.#strokes.isOn;
    this.#button.hidden = !this.#isGranted;
    this.#button.setAttribute("aria-pressed", String(this.#tool !== null));
    for (const tool of TOOLS) {
      byId(`ink-${tool}`).setAttribute("aria-pressed", String(this.#tool === tool));
      /** @type {HTMLButtonElement} */ (byId(`ink-${tool}`)).disabled = isOff;
    }
    byId("ink-note").textContent = this.#texts.of(isOff ? "ink.off" : "ink.note");
    this.#canvas.classList.toggle("taken", this.#tool !== null);
    document.documentElement.dataset.ink = this.#tool ?? "";
  }
}

/** @param {import("../ink/overlay.js").Point} place */
function isWithin({ x, y }) {
  return x >= 0 && x <= 1 && y >= 0 && y <= 1;
}
