// @ts-check
// Takes mouse and keyboard from the page while this viewer has control, and sends them. Main thread. It draws nothing.
// Listeners sit on the window, in the capture phase: while they act, nothing else on the page gets these events.

import { Keys } from "./keys.js";
import { PasteHold, isPaste } from "./paste_hold.js";
import { Pointer } from "./pointer.js";
import { Seat } from "./seat.js";
import { textParts } from "./wire.js";

/** @typedef {import("./wire.js").InputEvent} InputEvent */

/**
 * @typedef {object} Surfaces
 * @property {HTMLElement} stage  where the mouse acts
 * @property {() => HTMLElement} canvas  the picture
 * @property {(control: import("../wire.js").Control|null) => void} onControl  null: the connection is cut, and comes back by itself
 * @property {(applied: {sentMs: number, hostUs: number}) => void} [onApplied]  a press was carried out
 * @property {() => void} onEnd  the host ended it: close these hands
 * @property {string|null} pass
 * @property {() => ((event: ClipboardEvent) => Promise<boolean>|null)|null} [paste]  sends what is pasted to the host; null: it may not
 * @property {() => void} [gesture]  a click or a key: browsers let a page copy only then
 */

export class Hands {
  #surfaces;
  #seat;
  #keys = new Keys({ isMac: /Mac|iPhone|iPad/u.test(navigator.platform) });
  #pointer = new Pointer();
  #field = document.createElement("textarea");
  #listening = new AbortController();
  #paste = new PasteHold((events) => events.length > 0 && this.#seat.send(events));
  /** Of the picture. */ track = 0;
  #isMine = false;

  /**
   * @param {Surfaces} surfaces
   * @param {{width: number, height: number}} size  of the picture
   * @param {typeof Seat} [SeatOf]
   */
  constructor(surfaces, size, SeatOf = Seat) {
    this.#surfaces = surfaces;
    this.#pointer.resize(size);
    this.#seat = new SeatOf(socketUrl(), surfaces.pass, {
      onControl: (control) => {
        this.#isMine = control.state === "mine";
        if (!this.#isMine) this.#letGo();
        surfaces.onControl(control);
      },
      onClosed: (isFinal) => {
        this.#isMine = false;
        this.#forget();
        if (isFinal) surfaces.onEnd();
        else surfaces.onControl(null);
      },
      held: () => this.#paste.held ?? this.#held(),
      track: () => this.track,
      onApplied: surfaces.onApplied,
    });
    this.#prepareField();
    this.#listen();
  }

  /** @param {{width: number, height: number}} size  of the picture */
  resize(size) {
    this.#pointer.resize(size);
  }

  /** Gives control back. */
  close() {
    this.#letGo();
    this.#end();
    this.#seat.close();
  }

  #end() {
    this.#listening.abort();
    this.#field.remove();
  }

  /** Browsers give text (input methods, dead keys, phones) to a text field only. */
  #prepareField() {
    Object.assign(this.#field, { className: "hands", autocapitalize: "off", spellcheck: false, tabIndex: -1 });
    this.#field.setAttribute("autocomplete", "off");
    this.#field.setAttribute("aria-hidden", "true");
    this.#field.style.cssText = "position:fixed;left:0;bottom:0;width:1px;height:1px;opacity:0;border:0;padding:0;resize:none";
    document.body.append(this.#field);
    this.#field.focus({ preventScroll: true });
    const { signal } = this.#listening;
    this.#field.addEventListener("input", (event) => this.#typed(/** @type {InputEvent & Event} */ (/** @type {unknown} */ (event))), { signal });
    this.#field.addEventListener("compositionend", () => this.#commit(), { signal });
  }

  #listen() {
    const { signal } = this.#listening;
    const capture = { capture: true, signal };
    /** @type {[string, (event: any) => void][]} */
    const page = [
      ["keydown", (event) => this.#pressed(event)],
      ["keyup", (event) => this.#lifted(event)],
      ["pointerdown", (event) => this.#clicked(event, true)],
      ["pointerup", (event) => this.#clicked(event, false)],
      ["pointermove", (event) => this.#moved(event)],
      ["wheel", (event) => this.#turned(event)],
      ["paste", (event) => this.#pasted(event)],
      ...["click", "dblclick", "auxclick", "contextmenu", "mousedown", "mouseup"].map(
        (name) => /** @type {[string, (event: Event) => void]} */ ([name, (event) => this.#isOnStage(event) && stop(event)]),
      ),
    ];
    for (const [name, react] of page) globalThis.addEventListener(name, react, { ...capture, passive: false });
    for (const name of ["blur", "pagehide"]) globalThis.addEventListener(name, () => this.#letGo(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden && this.#letGo(), { signal });
    this.#surfaces.stage.addEventListener("lostpointercapture", () => this.#letGoOfButtons(), { signal });
  }

  /** @param {Event} event */
  #isOnStage(event) {
    return this.#isMine && event.target instanceof Node && this.#surfaces.stage.contains(event.target);
  }

  #box() {
    return this.#surfaces.canvas().getBoundingClientRect();
  }

  /** @param {PointerEvent} event */
  #moved(event) {
    if (!this.#isOnStage(event)) return;
    event.stopImmediatePropagation();
    // The browser reports a second button that goes down or up as a move.
    if (event.button >= 0) this.#send(this.#pointer.button(event, (event.buttons & (1 << event.button)) !== 0, this.#box()));
    const moves = this.#pointer.buttons === 0 ? [event] : coalesced(event);
    for (const move of moves.slice(0, -1)) this.#send([this.#pointer.move(move, this.#box())]);
    this.#seat.move(this.#pointer.move(moves[moves.length - 1], this.#box()));
  }

  /**
   * @param {PointerEvent} event
   * @param {boolean} isDown
   */
  #clicked(event, isDown) {
    if (!this.#isOnStage(event)) return;
    stop(event);
    this.#field.focus({ preventScroll: true });
    if (isDown) this.#surfaces.stage.setPointerCapture(event.pointerId);
    else this.#surfaces.gesture?.();
    this.#send(this.#pointer.button(event, isDown, this.#box()));
  }

  /** @param {WheelEvent} event */
  #turned(event) {
    if (!this.#isOnStage(event)) return;
    stop(event);
    this.#send([this.#pointer.wheel(event, this.#box())]);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (!this.#takesKeys(event)) return;
    event.stopImmediatePropagation();
    const held = this.#held();
    const events = this.#keys.press(event);
    if (events === null) return; // the field gets a text
    this.#surfaces.gesture?.();
    if (this.#surfaces.paste?.() && isPaste(event) && !event.repeat) {
      this.#field.focus({ preventScroll: true });
      return this.#paste.begin(events, held); // not prevented: the browser reports the paste
    }
    event.preventDefault();
    this.#send(events);
  }

  /** @param {KeyboardEvent} event */
  #lifted(event) {
    if (!this.#takesKeys(event)) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    this.#send(this.#keys.lift(event));
  }

  /** Buttons and fields of the page keep their keys. @param {Event} event */
  #takesKeys({ target }) {
    return this.#isMine && (target === this.#field || target === document.body || (target instanceof Node && this.#surfaces.stage.contains(target)));
  }

  /** @param {Event & {isComposing?: boolean}} event */
  #typed(event) {
    if (!event.isComposing) this.#commit();
  }

  #commit() {
    const text = this.#field.value;
    this.#field.value = "";
    if (this.#isMine) for (const part of textParts(text)) this.#send([{ kind: "text", text: part }]);
  }

  /** @param {InputEvent[]} events */
  #send(events) {
    this.#paste.send(events);
  }

  #held() {
    return { buttons: this.#pointer.buttons, codes: this.#keys.down };
  }

  /** @param {ClipboardEvent} event */
  #pasted(event) {
    const take = this.#surfaces.paste?.();
    if (!take || !this.#takesKeys(event)) return;
    stop(event);
    void this.#paste.pasted(take(event));
  }

  #letGoOfButtons() {
    if (this.#pointer.buttons === 0) return;
    this.#pointer.clear();
    this.#send([{ kind: "held", buttons: 0, codes: this.#keys.down }]);
  }

  #letGo() {
    this.#forget();
    this.#send([{ kind: "release" }]);
  }

  #forget() {
    this.#paste.drop();
    this.#keys.clear();
    this.#pointer.clear();
  }
}

/** @param {Event} event */
function stop(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** @param {PointerEvent} event  @returns {PointerEvent[]} */
function coalesced(event) {
  const events = event.getCoalescedEvents?.() ?? [];
  return events.length > 0 ? events : [event];
}

function socketUrl() {
  const url = new URL("ws/control", document.baseURI);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.search = url.hash = "";
  return url.href;
}
