// @ts-check
// The frame rate in the corner, opening into details. Main thread. It shows the viewer's statistics once a second and counts nothing itself.

import { byId } from "./memory.js";
import { Minute } from "./minute.js";

/** @typedef {import("../stats.js").Totals} Totals */
/** @typedef {import("./texts.js").TextKey} TextKey */

/** @param {number|null|undefined} us */
const ms = (us) => (us === null || us === undefined ? "–" : `${(us / 1000).toFixed(us < 10_000 ? 1 : 0)} ms`);

/** @param {number} bps */
const rate = (bps) => (bps < 1_000_000 ? `${Math.round(bps / 1000)} kbit/s` : `${(bps / 1_000_000).toFixed(1)} Mbit/s`);

/** @type {Record<import("../wire.js").Limit, TextKey>} */
const LIMITS = {
  none: "limit.none",
  hidden: "limit.hidden",
  stalled: "limit.stalled",
  network: "limit.network",
  decoder: "limit.decoder",
  encoder: "limit.encoder",
  host: "limit.host",
  preference: "limit.preference",
};

/** @type {Record<import("../wire.js").Limit, TextKey>} what the narrowest part means for the reader */
const VERDICTS = {
  none: "verdict.none",
  hidden: "verdict.hidden",
  stalled: "verdict.stalled",
  network: "verdict.network",
  decoder: "verdict.decoder",
  encoder: "verdict.encoder",
  host: "verdict.host",
  preference: "verdict.preference",
};

/** @type {Record<string, TextKey>} */
const PATHS = { webcodecs: "path.webcodecs", wasm: "path.wasm", jpeg: "path.jpeg" };

/** @type {Record<"webgl"|"cpu"|"lost", TextKey>} */
const PAINTS = { webgl: "paint.webgl", cpu: "paint.cpu", lost: "paint.lost" };

/** @type {TextKey[]} by number on the wire */
const RENDITIONS = ["rendition.main", "rendition.low", "rendition.jpeg"];

/**
 * What limits the picture, as far as the last seconds show it: the host's verdict, where the page has evidence of its own for it.
 * @param {Totals} totals
 * @returns {import("../wire.js").Limit|null} null: no pictures came, so nothing is known
 */
export function limitShown({ host, fps, bitrateBps, decodeUs }) {
  if (!host) return null;
  if (host.limit === "hidden" || host.limit === "stalled") return host.limit;
  // The host's statistics stay as they are while nothing changes, so theirs are no evidence of the last second.
  if (fps === 0 && bitrateBps === 0) return null;
  return host.limit === "decoder" && decodeUs === null ? null : host.limit;
}

/** One row each: its label and its value; null = unknown, and the row is left out. `starts`: a line above it. */
/** @type {{key: TextKey, starts?: boolean, value: (totals: Totals, badge: Badge) => string|null}[]} */
const ROWS = [
  { key: "details.fps", value: (_totals, badge) => badge.texts.of("badge.fps", badge.fps) },
  { key: "details.latency", value: (totals) => ms(totals.latencyUs) },
  { key: "details.response", value: ({ responseUs }) => (responseUs === null ? null : ms(responseUs)) },
  { key: "details.size", value: ({ width, height }) => (width > 0 ? `${width} × ${height}` : null) },
  { key: "details.bitrate", value: (totals) => rate(totals.bitrateBps) },
  {
    key: "details.decoder",
    value: (totals, badge) =>
      [totals.path && badge.texts.of(PATHS[totals.path]), totals.path !== "jpeg" && totals.codec].filter(Boolean).join(" · "),
  },
  { key: "details.paint", value: ({ paint }, badge) => paint && badge.texts.of(PAINTS[paint]) },
  { key: "details.rendition", value: ({ host }, badge) => host && badge.texts.of(RENDITIONS[host.rendition]) },
  { key: "details.decode", value: (totals) => ms(totals.decodeUs) },
  { key: "details.dropped", value: (totals, badge) => badge.texts.number(totals.dropped + (totals.host?.dropped ?? 0)) },
  { key: "details.rtt", value: (totals) => ms(totals.rttUs) },
  { key: "details.in-flight", value: ({ host }) => host && `${Math.round(host.in_flight_bytes / 1000)} kB` },
  { key: "details.queue", value: ({ host }) => host && ms(host.queue_us) },
  { key: "details.gated", value: ({ host }) => host && `${(host.gated_us / 1e6).toFixed(1)} s` },
  {
    key: "details.limit",
    value: (totals, badge) => {
      const limit = limitShown(totals);
      return limit && badge.texts.of(LIMITS[limit]);
    },
  },
  { key: "details.host", starts: true, value: (_totals, badge) => badge.host || null },
  { key: "details.viewers", value: ({ host }, badge) => host && badge.texts.number(host.viewers) },
  { key: "details.host-fps", value: ({ host }) => host && `${host.captured_fps.toFixed(1)} / ${host.encoded_fps.toFixed(1)}` },
  { key: "details.capture", value: ({ host }) => host && host.capture },
  { key: "details.encoder", value: ({ host }) => host && `${host.encoder} · ${ms(host.encode_us)}` },
];

// Each change of the page delays a picture or two, by 3 ms on average in a browser without a GPU. So the badge does not follow a rate
// that only fluctuates by one.
const STEADY_TIMES = 3;

/** Steadies the shown rate: a change by more than one shows at once, a change by one after three seconds. */
export class SteadyRate {
  #shown = 0;
  #next = 0;
  #times = 0;

  /**
   * @param {number} fps  of the last second
   * @returns {number}
   */
  read(fps) {
    this.#times = fps === this.#next ? this.#times + 1 : 1;
    this.#next = fps;
    if (Math.abs(fps - this.#shown) > 1 || fps === 0 || this.#shown === 0 || this.#times >= STEADY_TIMES) this.#shown = fps;
    return this.#shown;
  }
}

export class Badge {
  /** @type {Totals|null} */ #totals = null;
  #rate = new SteadyRate();
  /** Pictures a second, steadied. */ fps = 0;
  #button = byId("badge");
  #text = byId("badge-text");
  #details = byId("details");
  /** The host's name. */ host = "";
  #minute;

  /** @param {import("./texts.js").Texts} texts */
  constructor(texts) {
    this.texts = texts;
    this.#minute = new Minute(texts);
    texts.addEventListener("change", () => this.#write());
    this.#button.addEventListener("click", () => this.toggle());
    this.#details.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.toggle();
      this.#button.focus();
    });
  }

  /** @param {Totals} totals */
  show(totals) {
    this.#totals = totals;
    this.#minute.add(totals);
    this.fps = this.#rate.read(totals.fps);
    this.#button.hidden = totals.width === 0;
    document.documentElement.dataset.fps = String(totals.fps);
    this.#write();
  }

  toggle() {
    if (this.#button.hidden) return;
    const opens = this.#details.hidden;
    this.#details.hidden = !opens;
    this.#button.setAttribute("aria-expanded", String(opens));
    this.#write();
  }

  #write() {
    const totals = this.#totals;
    if (!totals) return;
    const text = this.fps > 0 ? this.texts.of("badge.fps", this.fps) : this.texts.of("badge.idle");
    if (this.#text.textContent !== text) this.#text.textContent = text;
    if (this.#details.hidden) return;
    const limit = limitShown(totals);
    byId("verdict").textContent = this.texts.of(limit ? VERDICTS[limit] : "verdict.idle");
    this.#minute.draw();
    byId("details-list").replaceChildren(...ROWS.flatMap((row) => this.#row(row, totals)));
  }

  /**
   * @param {typeof ROWS[number]} row
   * @param {Totals} totals
   */
  #row(row, totals) {
    const value = row.value(totals, this);
    if (value === null) return [];
    const term = document.createElement("dt");
    const text = document.createElement("dd");
    term.textContent = this.texts.of(row.key);
    text.textContent = value;
    for (const cell of [term, text]) cell.classList.toggle("start", row.starts === true);
    return [term, text];
  }
}
