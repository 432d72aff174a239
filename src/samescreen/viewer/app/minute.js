// @ts-check
// The last minute as three small curves: pictures a second, delay, bitrate. Main thread. It draws once a second, and only while the
// details are open.

import { byId } from "./memory.js";

/** @typedef {import("../stats.js").Totals} Totals */
/** @typedef {{fps: number, latencyUs: number|null, bitrateBps: number}} Second */

const SECONDS = 60;
const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [120, 28];

/** @type {{key: import("./texts.js").TextKey, value: (second: Second) => number|null, least: number}[]} least: of the scale's top */
const CURVES = [
  { key: "minute.fps", value: ({ fps }) => fps, least: 30 },
  { key: "minute.latency", value: ({ latencyUs }) => (latencyUs === null ? null : latencyUs / 1000), least: 50 },
  { key: "minute.bitrate", value: ({ bitrateBps }) => bitrateBps / 1e6, least: 1 },
];

/**
 * An SVG path; gaps where a value is unknown.
 * @param {(number|null)[]} values  oldest first, the last at the right edge
 * @param {number} top  of the scale
 */
export function curveOf(values, top) {
  let isDrawing = false;
  return values
    .map((value, index) => {
      if (value === null) return (isDrawing = false), "";
      const x = WIDTH - ((values.length - 1 - index) * WIDTH) / (SECONDS - 1);
      const y = HEIGHT - 1 - (Math.min(value, top) / top) * (HEIGHT - 2);
      const command = isDrawing ? "L" : "M";
      isDrawing = true;
      return `${command}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}

export class Minute {
  #texts;
  /** @type {Second[]} */ #seconds = [];
  /** @type {{caption: HTMLElement, path: Element}[]} */ #curves = [];

  /** @param {import("./texts.js").Texts} texts */
  constructor(texts) {
    this.#texts = texts;
  }

  /** @param {Totals} totals  of one more second */
  add({ fps, latencyUs, bitrateBps }) {
    this.#seconds.push({ fps, latencyUs, bitrateBps });
    if (this.#seconds.length > SECONDS) this.#seconds.shift();
  }

  draw() {
    if (this.#curves.length === 0) this.#build();
    CURVES.forEach(({ key, value, least }, index) => {
      const values = this.#seconds.map(value);
      const known = values.filter((each) => each !== null);
      const most = Math.max(0, ...known);
      const { caption, path } = this.#curves[index];
      const digits = most < 10 && !Number.isInteger(most) ? 1 : 0;
      const number = known.length === 0 ? "–" : this.#texts.number(most, { maximumFractionDigits: digits });
      caption.textContent = this.#texts.of(key).replace("{n}", number);
      path.setAttribute("d", curveOf(values, Math.max(least, most)));
    });
  }

  #build() {
    this.#curves = CURVES.map(() => {
      const caption = document.createElement("span");
      const svg = document.createElementNS(SVG, "svg");
      const path = document.createElementNS(SVG, "path");
      svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
      svg.setAttribute("preserveAspectRatio", "none");
      svg.setAttribute("aria-hidden", "true");
      svg.append(path);
      const figure = document.createElement("div");
      figure.replaceChildren(caption, /** @type {any} */ (svg));
      byId("minute").append(figure);
      return { caption, path };
    });
  }
}
