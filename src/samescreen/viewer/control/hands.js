// @ts-check
// Takes mouse and keyboard from the page while this viewer has control, and sends them. Main thread. It draws nothing.
// Listeners sit on the window, in the capture phase: while they act, nothing else on the page gets these events.

import { Fingers } from "./fingers.js";
import { Keys, givesBack } from "./keys.js";
import { MouseLock } from "./mouse_lock.js";
import { PasteHold, isPaste } from "./paste_hold.js";
import { Pointer } from "./pointer.js";
import { Room } from "./room.js";
import { ScreenKeys } from "./screen_keys.js";
import { Seat } from "./seat.js";
import { HERE } from "./wire.js";

/** @typedef {import("./wire.js").InputEvent} InputEvent */

/**
 * @typedef {object} Surfaces
 * @property {HTMLElement} stage  where the mouse acts
 * @property {() => HTMLElement} canvas  the picture
 * @property {(control: import("../wire.js").Control|null) => void} onControl  null: the connection is cut, and comes back by itself
 * @property {(applied: {sentMs: number, hostUs: number}) => void} [onApplied]  a press was carried out
 * @property {() => void} onEnd  the host or the person ended it: close these hands
 * @property {string|null} pass
 * @property {() => ((event: ClipboardEvent) => Promise<boolean>|null)|null} [paste]  sends what is pasted to the host; null: it may not
 * @property {() => void} [gesture]  a click or a key: browsers let a page copy only then
 * @property {import("./fingers.js").View} [view]  what fingers pan and zoom
 * @property {() => {x: number, y: number}|null} [cursorAt]  the host's cursor, in pixels of the picture
 * @property {() => void} [onKeys]  modifiers of the key bar count, or count no more
 * @property {(isLocked: boolean) => void} [onLock]  the mouse is locked in, or free again
 */

/** By `button`: its bit in `buttons`. */
const BITS = [1, 4, 2, 8, 16];
/** As `button` of a pen. */
const ERASER = 5;

export class Hands {
  #surfaces;
  #seat;
  #keys = new Keys({ isMac: /Mac|iPhone|iPad/u.test(navigator.platform) });
  #pointer = new Pointer();
  #listening = new AbortController();
  #paste = new PasteHold((events) => events.length > 0 && this.#seat.send(events));
  #lock;
  #fingers;
  #room;
  /** Keys without a keyboard. */ screenKeys;
  /** Of the picture. */ track = 0;
  #isMine = false;
  /** The keys that give control back are down, and nothing came after them. */ #isLeaving = false;

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
        if (!this.#isMine) (this.#letGo(), this.#lock.leave());
        this.#room.isOn = this.#isMine && control.fits === true;
        surfaces.onControl(control);
      },
      onClosed: (isFinal) => {
        this.#isMine = this.#room.isOn = false;
        this.#forget();
        if (isFinal) surfaces.onEnd();
        else surfaces.onControl(null);
      },
      held: () => this.#paste.held ?? this.#held(),
      track: () => this.track,
      onApplied: surfaces.onApplied,
    });
    this.#fingers = new Fingers({
      pointer: this.#pointer,
      box: () => this.#box(),
      stage: () => surfaces.stage.getBoundingClientRect(),
      view: surfaces.view,
      cursorAt: () => surfaces.cursorAt?.() ?? null,
      move: (move) => this.#seat.move(move),
      send: (events) => this.#send(events),
      withKeys: (isDown, events) => this.screenKeys.around(isDown, events),
    });
    this.#room = new Room(surfaces.stage, (size) => this.#seat.send([{ kind: "room", ...size }]));
    this.screenKeys = new ScreenKeys((events) => this.#isMine && this.#send(events), () => surfaces.onKeys?.(), this.#listening.signal);
    this.#lock = new MouseLock(surfaces.stage, this.#listening.signal);
    this.#lock.addEventListener("change", () => (this.#letGoOfButtons(), surfaces.onLock?.(this.#lock.isLocked)));
    this.#listen();
  }

  /** @param {{width: number, height: number}} size  of the picture */
  resize(size) {
    this.#pointer.resize(size);
  }

  /** How the picture is turned. @param {import("../app/turn.js").Quarters} quarters */
  set quarters(quarters) {
    this.#pointer.quarters = quarters;
    this.#room.isTurned = quarters % 2 === 1;
  }

  /** A finger pushes the pointer, as on a trackpad. @param {boolean} isOn */
  set isTrackpad(isOn) {
    this.#fingers.isTrackpad = isOn;
  }

  /** Locks the mouse in, in a click. @returns {Promise<boolean>} false: this browser does not allow it */
  lockMouse() {
    this.screenKeys.focus();
    return this.#lock.enter();
  }

  /** See socket.js. */
  doubt() {
    this.#seat.doubt();
  }

  /** See socket.js. What was held on the old connection is lifted. */
  renew() {
    this.#seat.renew();
  }

  /** Gives control back. */
  close() {
    this.#letGo();
    this.#lock.leave();
    this.#listening.abort();
    this.#room.isOn = false;
    this.#seat.close();
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
      ["pointercancel", (event) => this.#cancelled(event)],
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
    this.#surfaces.stage.addEventListener("lostpointercapture", (event) => event.pointerType !== "touch" && this.#letGoOfButtons(), { signal });
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
    if (event.pointerType === "touch") return this.#fingers.take(event);
    // The browser reports a second button that goes down or up as a move.
    if (event.button >= 0) this.#send(this.#button(event, (event.buttons & BITS[event.button]) !== 0));
    if (this.#lock.isLocked) return this.#shifted(event);
    const moves = this.#pointer.buttons === 0 ? [event] : coalesced(event);
    for (const move of moves.slice(0, -1)) this.#send([this.#move(move)]);
    this.#seat.move(this.#move(moves[moves.length - 1]));
  }

  /** @param {PointerEvent} event  of a mouse that has no place */
  #shifted(event) {
    const shift = this.#pointer.shift(event, this.#box());
    if (shift) this.#seat.move(shift);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    return event.pointerType === "pen" ? this.#pointer.pen(event, this.#box()) : this.#pointer.move(event, this.#box());
  }

  /**
   * @param {PointerEvent} event
   * @param {boolean} isDown
   */
  #button(event, isDown) {
    const button = event.button === ERASER ? 0 : event.button;
    if (this.#lock.isLocked) return this.#pointer.buttonAt(button, isDown);
    return this.#pointer.buttonAt(button, isDown, this.#pointer.placeOf(event, this.#box()));
  }

  /** @param {PointerEvent} event  the system took the pointer away */
  #cancelled(event) {
    if (!this.#isOnStage(event)) return;
    event.stopImmediatePropagation();
    if (event.pointerType === "touch") this.#fingers.take(event);
    else this.#letGoOfButtons();
  }

  /**
   * @param {PointerEvent} event
   * @param {boolean} isDown
   */
  #clicked(event, isDown) {
    if (!this.#isOnStage(event)) return;
    stop(event);
    this.#isLeaving = false;
    this.screenKeys.elsewhere();
    if (!isDown) this.#surfaces.gesture?.();
    if (event.pointerType === "touch") return this.#fingers.take(event);
    this.screenKeys.focus();
    if (isDown && !this.#lock.isLocked) this.#surfaces.stage.setPointerCapture(event.pointerId);
    if (event.pointerType === "pen") this.#send([this.#move(event)]);
    this.#send(this.#button(event, isDown));
  }

  /** @param {WheelEvent} event */
  #turned(event) {
    if (!this.#isOnStage(event)) return;
    stop(event);
    this.#send([this.#pointer.wheel(event, this.#box(), this.#lock.isLocked ? { x: HERE, y: HERE } : undefined)]);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (!this.#takesKeys(event)) return;
    event.stopImmediatePropagation();
    this.#isLeaving = givesBack(event);
    const held = this.#held();
    const events = this.#keys.press(event);
    if (events === null) return; // the field gets a text
    this.#surfaces.gesture?.();
    if (this.#surfaces.paste?.() && isPaste(event) && !event.repeat) {
      this.screenKeys.focus();
      return this.#paste.begin(events, held); // not prevented: the browser reports the paste
    }
    event.preventDefault();
    this.screenKeys.elsewhere();
    this.#send(events);
  }

  /** @param {KeyboardEvent} event */
  #lifted(event) {
    if (this.#takesKeys(event)) stop(event);
    if (this.#isMine && this.#isLeaving) return this.#surfaces.onEnd();
    if (this.#isMine) this.#send(this.#keys.lift(event)); // wherever the focus is by now
  }

  /** Buttons and fields of the page keep their keys. @param {Event} event */
  #takesKeys({ target }) {
    return this.#isMine && (target === this.screenKeys.field || target === document.body || (target instanceof Node && this.#surfaces.stage.contains(target)));
  }

  /** @param {InputEvent[]} events */
  #send(events) {
    this.#paste.send(events);
  }

  #held() {
    return { buttons: this.#pointer.buttons, codes: [...new Set([...this.#keys.down, ...this.screenKeys.down])] };
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
    this.#send([{ kind: "held", ...this.#held() }]);
  }

  #letGo() {
    this.#forget();
    this.#send([{ kind: "release" }]);
  }

  #forget() {
    this.#isLeaving = false;
    this.#paste.drop();
    this.#keys.clear();
    this.screenKeys.clear();
    this.#fingers.clear();
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
