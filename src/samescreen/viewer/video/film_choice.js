// @ts-check
// Decides whether what is shown is film: nearly the whole picture changes, again and again, and no colour covers much of it. Either thread.
// Pure: `nowUs` is an argument.
//
// In a page of text the background is one colour, and the film element shows a flat colour up to 12 of 255 off. In film nobody sees that.

/** @typedef {import("../wire.js").Region} Region */
/** @typedef {import("./colour.js").Planes} Planes */

const WINDOW_US = 1_000_000;
/** A picture that changes so much counts. */
const WHOLE_SHARE = 0.9;
/** Without such a picture for so long, the picture rests. */
export const REST_US = 250_000;
/** Such pictures within WINDOW_US: to begin, and to go on. */
const ENTER_PICTURES = 12;
const STAY_PICTURES = 6;
/** Share of the picture that its most common brightness covers: to begin, and to go on. */
const ENTER_COMMON = 0.3;
const STAY_COMMON = 0.5;
/** How long all this must hold. It doubles each time that a film was short, up to the longest. */
const ENTER_US = 1_500_000;
const LONGEST_ENTER_US = 24_000_000;
const SHORT_US = 10_000_000;

export class FilmChoice {
  #isFilm = false;
  #enterUs = ENTER_US;
  /** When the whole pictures of the last second came. @type {number[]} */ #wholeUs = [];
  /** Since when the conditions to begin hold; null: they do not. @type {number|null} */ #sinceUs = null;
  #beganUs = 0;

  get isFilm() {
    return this.#isFilm;
  }

  /**
   * A picture came.
   * @param {Region[]} damage  empty = everything
   * @param {{width: number, height: number}} size
   * @param {number} nowUs
   */
  seen(damage, size, nowUs) {
    this.tick(nowUs);
    if (coveredShare(damage, size) < WHOLE_SHARE) return;
    this.#wholeUs.push(nowUs);
    this.#sinceUs ??= nowUs;
    const isLong = nowUs - this.#sinceUs >= this.#enterUs;
    if (this.#isFilm || !isLong || this.#wholeUs.length < ENTER_PICTURES) return;
    this.#isFilm = true;
    this.#beganUs = nowUs;
  }

  /**
   * Somebody looked at the pixels of a picture.
   * @param {number} common  as commonShare returns
   * @param {number} nowUs
   */
  looked(common, nowUs) {
    if (common > (this.#isFilm ? STAY_COMMON : ENTER_COMMON)) this.end(nowUs);
  }

  /**
   * Time went by.
   * @param {number} nowUs
   */
  tick(nowUs) {
    const lastUs = this.#wholeUs[this.#wholeUs.length - 1];
    this.#wholeUs = this.#wholeUs.filter((atUs) => nowUs - atUs < WINDOW_US);
    if (lastUs === undefined) return;
    const isSlow = this.#isFilm && this.#wholeUs.length < STAY_PICTURES;
    if (nowUs - lastUs > REST_US || isSlow) this.end(nowUs);
  }

  /**
   * It is not film now, whatever the reason.
   * @param {number} nowUs
   */
  end(nowUs) {
    if (this.#isFilm) {
      const wasShort = nowUs - this.#beganUs < SHORT_US;
      this.#enterUs = wasShort ? Math.min(2 * this.#enterUs, LONGEST_ENTER_US) : ENTER_US;
    }
    this.#isFilm = false;
    this.#sinceUs = null;
    this.#wholeUs = [];
  }
}

/**
 * How much of the picture the damage covers, 0 to 1. Regions may overlap, which is rare: then it is too much.
 * @param {Region[]} damage  empty = everything
 * @param {{width: number, height: number}} size
 */
export function coveredShare(damage, { width, height }) {
  if (damage.length === 0) return 1;
  const covered = damage.reduce((sum, region) => sum + region.width * region.height, 0);
  return Math.min(1, covered / (width * height));
}

const SAMPLES_ACROSS = 64;
const SAMPLES_DOWN = 48;

/**
 * The share of the picture, 0 to 1, whose brightness is within one step of the most common one. By samples.
 * @param {Planes} planes  of the picture
 * @param {{width: number, height: number}} size  of the picture
 */
export function commonShare({ bytes, width: stride }, { width, height }) {
  const counts = new Uint16Array(258); // one empty at each end
  for (let row = 0; row < SAMPLES_DOWN; row += 1) {
    const start = Math.floor(((row + 0.5) * height) / SAMPLES_DOWN) * stride;
    for (let column = 0; column < SAMPLES_ACROSS; column += 1) {
      counts[bytes[start + Math.floor(((column + 0.5) * width) / SAMPLES_ACROSS)] + 1] += 1;
    }
  }
  let most = 0;
  for (let at = 1; at <= 256; at += 1) most = Math.max(most, counts[at - 1] + counts[at] + counts[at + 1]);
  return most / (SAMPLES_ACROSS * SAMPLES_DOWN);
}
