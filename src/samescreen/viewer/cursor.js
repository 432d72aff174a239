// @ts-check
// Where the host's cursor is to be drawn, and since when. Either thread. Pure but for its state: `nowUs` is an argument.
// The host says from which picture on the cursor is in the pictures or apart from them. Until such a picture is painted, what was shown
// before stays: there are never two cursors, nor none.

/** @typedef {import("./wire.js").Shape} Shape */
/** @typedef {import("./wire.js").CursorPlace} CursorPlace */
/** @typedef {{shape: number, x: number, y: number}} Drawn  shape 0: the page draws no cursor */

/** A change that nothing in the picture follows: it looked the same before. */
export const PATIENCE_US = 200_000;
const NONE = Object.freeze({ shape: 0, x: 0, y: 0 });

export class Cursor {
  #emit;
  #isApart = false;
  #paintedUs = -1;
  /** @type {CursorPlace|null} of another kind than what is shown */ #next = null;
  #sinceUs = 0;

  /** @param {(drawn: Drawn) => void} emit */
  constructor(emit) {
    this.#emit = emit;
  }

  /** True while a change waits for its picture: call `tick` after `PATIENCE_US`. */
  get isWaiting() {
    return this.#next !== null;
  }

  /**
   * The host's newest word.
   * @param {CursorPlace} place
   * @param {number} nowUs
   */
  place(place, nowUs) {
    if (place.apart === this.#isApart) {
      this.#next = null;
      if (place.apart) this.#emit(drawnOf(place));
      return;
    }
    if (!this.#next) this.#sinceUs = nowUs;
    this.#next = place;
    if (this.#paintedUs >= place.from_us) this.#change();
  }

  /** @param {number} ptsUs  of the picture that is on the canvas now */
  painted(ptsUs) {
    this.#paintedUs = ptsUs;
    if (this.#next && ptsUs >= this.#next.from_us) this.#change();
  }

  /** @param {number} nowUs */
  tick(nowUs) {
    if (this.#next && nowUs - this.#sinceUs >= PATIENCE_US) this.#change();
  }

  /** Another track, or a new connection: nothing is known. */
  reset() {
    this.#next = null;
    this.#paintedUs = -1;
    if (this.#isApart) this.#emit({ ...NONE });
    this.#isApart = false;
  }

  #change() {
    const next = /** @type {CursorPlace} */ (this.#next);
    this.#next = null;
    this.#isApart = next.apart;
    this.#emit(drawnOf(next));
  }
}

/** @param {CursorPlace} place  @returns {Drawn} */
function drawnOf({ apart, shape, x, y }) {
  return apart && shape !== 0 ? { shape, x, y } : { ...NONE };
}
