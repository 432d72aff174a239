// @ts-check
// Holds refinement pieces from arrival to painting: a piece is painted after its video, and never over later video.
// Either thread. It decodes nothing and paints nothing.

/** @typedef {import("../wire.js").Region} Region */
/** @typedef {import("./painter.js").Picture} Picture */

/**
 * The parts of `regions` outside `cover`.
 * @param {Region[]} regions
 * @param {Region} cover
 * @returns {Region[]}
 */
export function without(regions, cover) {
  return regions.flatMap((region) => {
    const [right, bottom] = [region.x + region.width, region.y + region.height];
    const left = Math.max(region.x, cover.x);
    const top = Math.max(region.y, cover.y);
    const end = Math.min(right, cover.x + cover.width);
    const floor = Math.min(bottom, cover.y + cover.height);
    if (left >= end || top >= floor) return [region];
    const around = [
      { x: region.x, y: region.y, width: region.width, height: top - region.y },
      { x: region.x, y: floor, width: region.width, height: bottom - floor },
      { x: region.x, y: top, width: left - region.x, height: floor - top },
      { x: end, y: top, width: right - end, height: floor - top },
    ];
    return around.filter(({ width, height }) => width > 0 && height > 0);
  });
}

/** @typedef {{sequence: number, ptsUs: number, regions: Region[], picture: Picture|null}} Piece  `regions`: the parts that no later video covers */

export class Pieces {
  /** @type {Piece[]} in the order of their arrival */ #waiting = [];

  /**
   * A piece arrived and is being decoded.
   * @param {{sequence: number, ptsUs: number, damage: Region[]}} packet
   */
  expect({ sequence, ptsUs, damage }) {
    this.#waiting.push({ sequence, ptsUs, regions: damage, picture: null });
  }

  /**
   * Video was decoded: where it paints, it is newer than the pieces made before it.
   * @param {number} ptsUs
   * @param {Region[]} damage  empty = everything
   */
  outdate(ptsUs, damage) {
    for (const piece of this.#waiting) {
      if (piece.ptsUs >= ptsUs) continue;
      piece.regions = damage.length === 0 ? [] : damage.reduce(without, piece.regions);
    }
  }

  /**
   * Pieces that arrived before it and have no picture never get one.
   * @param {Picture} picture  belongs to this from here on
   */
  decoded(picture) {
    const at = this.#waiting.findIndex((piece) => piece.sequence === picture.sequence);
    if (at < 0) return picture.close();
    this.#waiting[at].picture = picture;
    this.#waiting = this.#waiting.filter((piece, index) => index >= at || piece.picture !== null);
  }

  /**
   * Those whose video is on the canvas; the caller closes their pictures.
   * @param {number} paintedPtsUs  of the newest video on the canvas
   * @returns {{picture: Picture, regions: Region[]}[]}
   */
  take(paintedPtsUs) {
    /** @type {{picture: Picture, regions: Region[]}[]} */ const ready = [];
    this.#waiting = this.#waiting.filter(({ picture, ptsUs, regions }) => {
      if (picture === null || ptsUs > paintedPtsUs) return true;
      ready.push({ picture, regions });
      return false;
    });
    return ready;
  }

  clear() {
    for (const { picture } of this.#waiting) picture?.close();
    this.#waiting = [];
  }
}
