// @ts-check
// Puts decoded pictures on a surface: newest only, and only the regions that changed. Either thread.
// It never decodes, never requests anything, and resizes the canvas only when it has a picture to fill it with.

import { Pieces } from "./pieces.js";

/** @typedef {import("../wire.js").Region} Region */
/** @typedef {import("./surface.js").Surface} Surface */

/**
 * One decoded packet. Whoever holds it calls close() exactly once.
 * @typedef {object} Picture
 * @property {number} rendition
 * @property {number} sequence
 * @property {number} ptsUs
 * @property {number} decodeUs
 * @property {number} width  of the whole picture the canvas shows
 * @property {number} height
 * @property {Region[]} damage  empty = the whole picture
 * @property {boolean} [isFilm]  the film element shows it; `paint` is not called
 * @property {boolean} [isSketch]  it has fewer pixels than that: a first impression, before a whole still
 * @property {(surface: Surface, regions: Region[]) => void} paint  called with at least one region
 * @property {() => void} close
 */

// More than damage has in practice; it bounds the work of joining.
const MAX_REGIONS = 1024;

// Each paint takes one of the browser's frames, and whatever follows within it waits for the next frame. So pieces are painted together
// with video, or on their own at this interval.
const PIECES_APART_MS = 100;

/**
 * The union of the damage of two pictures in a row, and not a pixel more, because pixels beside it may be refined. Regions are merged
 * where they can be, because scrolling damages the same place again and again. Empty = the whole picture, here and in the result.
 * @param {Region[]} before
 * @param {Region[]} after
 */
export function joinDamage(before, after) {
  if (before.length === 0 || after.length === 0) return [];
  let joined = before;
  for (const region of after) {
    if (joined.some((other) => covers(other, region))) continue;
    const apart = joined.filter((other) => !covers(region, other));
    const beside = apart.findIndex((other) => isSome(other) && isSome(region) && makeOne(other, region));
    const grown = beside < 0 ? region : hullOf([region, ...apart.splice(beside, 1)]);
    joined = [...apart.filter((other) => !covers(grown, other)), grown];
  }
  return joined.length > MAX_REGIONS ? [] : joined;
}

/**
 * True when their union is a rectangle.
 * @param {Region} a
 * @param {Region} b
 */
function makeOne(a, b) {
  const touchAcross = a.x <= b.x + b.width && b.x <= a.x + a.width;
  const touchDown = a.y <= b.y + b.height && b.y <= a.y + a.height;
  const isRow = a.y === b.y && a.height === b.height && touchAcross;
  return isRow || (a.x === b.x && a.width === b.width && touchDown);
}

/**
 * @param {Region} outer
 * @param {Region} inner
 */
export function covers(outer, inner) {
  return (
    outer.x <= inner.x &&
    outer.y <= inner.y &&
    outer.x + outer.width >= inner.x + inner.width &&
    outer.y + outer.height >= inner.y + inner.height
  );
}

/** @param {Region[]} regions */
function hullOf(regions) {
  const x = Math.min(...regions.map((region) => region.x));
  const y = Math.min(...regions.map((region) => region.y));
  const right = Math.max(...regions.map((region) => region.x + region.width));
  const bottom = Math.max(...regions.map((region) => region.y + region.height));
  return { x, y, width: right - x, height: bottom - y };
}

export class Painter {
  #surface;
  #onPainted;
  #onRepaid;
  #nowUs;
  #paintUs = 0;
  #nextTask = new MessageChannel();
  /** @type {{picture: Picture, damage: Region[]}|null} newest video picture, not yet painted */
  #next = null;
  #newestPtsUs = -1;
  #isWhole = false;
  /** What the canvas lacks because the film element shows it; null: nothing. @type {Region[]|null} */ #owed = null;
  #pieces = new Pieces();
  /** @type {ReturnType<typeof setTimeout>|null} until pieces are painted on their own */ #piecesTimer = null;

  /**
   * @param {Surface} surface  belongs to this from here on
   * @param {(picture: Picture) => void} onPainted
   * @param {() => void} onBlank  the canvas lost what it showed
   * @param {() => number} nowUs
   * @param {() => void} [onRepaid]  the canvas has all that the film element showed, with the next flush
   */
  constructor(surface, onPainted, onBlank, nowUs, onRepaid = () => {}) {
    this.#onRepaid = onRepaid;
    this.#surface = surface;
    this.#onPainted = onPainted;
    this.#nowUs = nowUs;
    this.#nextTask.port1.onmessage = () => this.#paintWhenReady();
    surface.onReady = () => this.#paintWhenReady();
    surface.onBlank = () => {
      this.forget();
      onBlank();
    };
  }

  /** The canvas shows a whole picture of this stream, to which damage can be added. */
  get isWhole() {
    return this.#isWhole;
  }

  /** What the newest picture took to paint, colour conversion included. */
  get paintUs() {
    return this.#owed ? 0 : this.#paintUs + this.#surface.shownUs;
  }

  /** Damage was lost: parts of the canvas are out of date until a whole picture comes. */
  forget() {
    this.#isWhole = false;
    if (this.#owed) this.#owed = [];
  }

  /** A new connection: the host's clock may have started again, so older stamps are meaningless. */
  restart() {
    this.#dropNext();
    this.#dropPieces();
    this.#newestPtsUs = -1;
    this.#isWhole = false;
  }

  /** Nothing of what was painted stays on the canvas: the host has blanked the picture. */
  blank() {
    this.restart();
    this.#repay();
    this.#surface.resize({ width: this.#surface.width, height: this.#surface.height });
    this.#surface.flush();
  }

  /**
   * A picture of the moving stream. Painted in the next task at the earliest, so that a burst of them is painted once.
   * @param {Picture} picture
   */
  show(picture) {
    const damage = this.#next ? joinDamage(this.#next.damage, picture.damage) : picture.damage;
    const isFirst = this.#next === null;
    this.#pieces.outdate(picture.ptsUs, picture.damage);
    this.#next?.picture.close();
    this.#next = { picture, damage };
    if (isFirst) this.#nextTask.port2.postMessage(null);
  }

  /**
   * Paints a still, unless something newer is on the canvas.
   * @param {Picture} picture
   */
  showStill(picture) {
    this.#paintNext();
    try {
      if (picture.ptsUs >= this.#newestPtsUs) {
        this.#pieces.outdate(picture.ptsUs, picture.damage);
        this.#newestPtsUs = picture.ptsUs;
        this.#paint(picture, this.#isWhole ? picture.damage : []);
      }
    } finally {
      picture.close();
    }
    this.#paintPieces();
  }

  /**
   * Paints what the film element showed and the canvas lacks, unless something newer did.
   * @param {Picture} picture  the newest of the film
   */
  repaint(picture) {
    this.#paintNext();
    try {
      if (this.#owed) this.#put(picture, this.#owed);
    } finally {
      picture.close();
    }
    this.#paintPieces();
  }

  /**
   * A refinement piece arrived; `showPiece` follows once it is decoded.
   * @param {import("../wire.js").Packet} packet
   */
  expectPiece(packet) {
    this.#pieces.expect(packet);
  }

  /**
   * Paints a piece over its video soon: together with other pieces, or with the next video.
   * @param {Picture} picture
   */
  showPiece(picture) {
    this.#pieces.decoded(picture);
    this.#piecesTimer ??= setTimeout(() => this.#paintPieces(), PIECES_APART_MS);
  }

  close() {
    this.#dropNext();
    this.#dropPieces();
    this.#nextTask.port1.close();
    this.#surface.close();
  }

  #dropNext() {
    this.#next?.picture.close();
    this.#next = null;
  }

  #dropPieces() {
    if (this.#piecesTimer !== null) clearTimeout(this.#piecesTimer);
    this.#piecesTimer = null;
    this.#pieces.clear();
  }

  #paintWhenReady() {
    if (this.#surface.isReady) this.#paintNext();
  }

  #paintNext() {
    const next = this.#next;
    this.#next = null;
    if (!next) return;
    try {
      this.#newestPtsUs = next.picture.ptsUs;
      this.#paint(next.picture, next.damage);
    } finally {
      next.picture.close();
    }
    this.#paintPieces();
  }

  #paintPieces() {
    if (this.#piecesTimer !== null) clearTimeout(this.#piecesTimer);
    this.#piecesTimer = null;
    // They lie over video that the canvas does not show yet.
    if (this.#owed) return;
    for (const { picture, regions } of this.#pieces.take(this.#newestPtsUs)) {
      const fits = picture.width === this.#surface.width && picture.height === this.#surface.height;
      if (fits && regions.length > 0) picture.paint(this.#surface, regions);
      picture.close();
    }
    this.#surface.flush();
  }

  /**
   * @param {Picture} picture
   * @param {Region[]} damage
   */
  #paint(picture, damage) {
    if (this.#put(picture, damage)) this.#onPainted(picture);
  }

  /**
   * @param {Picture} picture
   * @param {Region[]} fresh  its damage
   * @returns {boolean} whether it shows anything new
   */
  #put(picture, fresh) {
    const { width, height } = picture;
    const whole = { x: 0, y: 0, width, height };
    const damage = this.#owed ? joinDamage(this.#owed, fresh) : fresh;
    const resized = this.#surface.width !== width || this.#surface.height !== height;
    if (resized && !picture.isFilm) this.#surface.resize({ width, height });
    const isWhole = damage.length === 0 || resized;
    const regions = isWhole ? [whole] : damage.map((region) => cut(region, whole)).filter(isSome);
    if (regions.some((region) => region.width === width && region.height === height)) this.#isWhole = true;
    if (picture.isFilm) this.#owed = isWhole ? [] : regions;
    else this.#paintInside(picture, regions);
    return isWhole || fresh.some((region) => isSome(cut(region, whole)));
  }

  /**
   * @param {Picture} picture
   * @param {Region[]} regions
   */
  #paintInside(picture, regions) {
    const startUs = this.#nowUs();
    // A packet that only improves the reference picture has one empty region as damage.
    if (regions.length > 0) picture.paint(this.#surface, regions);
    this.#paintUs = this.#nowUs() - startUs;
    this.#repay();
  }

  #repay() {
    if (!this.#owed) return;
    this.#owed = null;
    this.#onRepaid();
  }
}

/**
 * @param {Region} region
 * @param {Region} whole
 * @returns {Region}
 */
function cut(region, whole) {
  const x = Math.min(region.x, whole.width);
  const y = Math.min(region.y, whole.height);
  return { x, y, width: Math.min(region.width, whole.width - x), height: Math.min(region.height, whole.height - y) };
}

/** @param {Region} region */
function isSome(region) {
  return region.width > 0 && region.height > 0;
}
