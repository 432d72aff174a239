// @ts-check
// One video track on the page: its packets through gate and decoders onto a surface. Either thread.
// It never speaks to the host: what it needs leaves through its events.

import { Gate } from "../gate.js";
import { KIND, RENDITION } from "../wire.js";
import { JpegDecoder } from "./jpeg.js";
import { Ladder, stepsWith } from "./ladder.js";
import { Painter } from "./painter.js";
import { PlanesPainter } from "./planes.js";

/** @typedef {import("../wire.js").Packet} Packet */
/** @typedef {import("../wire.js").Config} Config */
/** @typedef {import("../wire.js").Path} Path */
/** @typedef {import("./painter.js").Picture} Picture */

/**
 * @typedef {object} TrackEvents
 * @property {(picture: Picture) => void} onDecoded  its `decodeUs` with what painting such pictures costs, to judge the page by
 * @property {(piece: {rendition: number, sequence: number, decodeUs: number}) => void} onRefined  a piece of what rests is done with
 * @property {(picture: Picture) => void} onPainted
 * @property {() => void} onGate  the gate is shut: `takeRequest` says whether to ask for a keyframe
 * @property {() => void} onStill  a whole picture is needed now, and no keyframe can be decoded
 * @property {() => void} onPath  another decode path
 * @property {(reason: string) => void} onExhausted  nothing on this page decodes
 */

export class Track {
  #events;
  #nowUs;
  #painter;
  #planes;
  #stills;
  #pieces;
  #newestPiece = 0;
  #ladder;
  #gate = new Gate();
  /** @type {number} of the video on the canvas */ #rendition = RENDITION.main;
  /** @type {Map<number, Config>} by rendition */ #configs = new Map();

  /**
   * @param {import("./surface.js").Surface} surface  belongs to this from here on
   * @param {{decoder: Path|null, remembered: string|null, paint: import("./planes.js").Paint|null}} choice
   * @param {TrackEvents} events
   * @param {() => number} nowUs
   */
  constructor(surface, choice, events, nowUs) {
    this.#events = events;
    this.#nowUs = nowUs;
    this.#painter = new Painter(surface, events.onPainted, () => this.#blank(), nowUs);
    this.#planes = new PlanesPainter(choice.paint, () => this.#planesLost());
    this.#stills = this.#newStills();
    this.#pieces = this.#newPieces();
    this.#ladder = this.#newLadder(choice.decoder, choice.remembered);
  }

  /** @returns {{path: Path, key: string, codec: string}|null} null: nothing on this page decodes */
  get path() {
    const step = this.#ladder.step;
    if (!step) return null;
    const codec = this.#ladder.decodesVideo ? (this.#configs.get(this.#rendition)?.codec_string ?? "") : "JPEG";
    return { path: step.path, key: step.key, codec };
  }

  /** How colours are converted by us; null: the browser does it, or nothing came yet. */
  get paint() {
    return this.#planes.way;
  }

  get accepts() {
    return this.#ladder.accepts;
  }

  get decodesVideo() {
    return this.#ladder.decodesVideo;
  }

  get dropped() {
    return this.#gate.dropped;
  }

  /** @param {number} rendition */
  queueOf(rendition) {
    return rendition === RENDITION.jpeg ? this.#stills.queue : this.#ladder.queue;
  }

  /** Whatever comes next starts with a keyframe, and stamps may start anywhere: a new connection, or the tab is shown again. */
  restart() {
    this.#gate.restart(this.#nowUs());
    this.#painter.restart();
    this.#stills.close();
    this.#stills = this.#newStills();
    this.#pieces.close();
    this.#pieces = this.#newPieces();
  }

  /** Another source's packets come from now on: nothing of the one before may be painted any more. */
  turn() {
    this.#configs.clear();
    this.#ladder.rebuild();
    this.restart();
  }

  /** @param {Config} config */
  configure(config) {
    this.#configs.set(config.rendition, config);
    if (config.rendition === RENDITION.jpeg) {
      this.#stills.configure(config);
      this.#pieces.configure(config);
    } else if (config.rendition === this.#rendition && !this.#ladder.configure(config)) this.#gate.shut();
  }

  /**
   * The size at which a picture is to be shown: the low rendition fills the place of the main one.
   * @param {Picture} picture
   */
  sizeOf({ rendition, width, height }) {
    const main = this.#configs.get(RENDITION.main);
    return rendition === RENDITION.low && main ? { width: main.width, height: main.height } : { width, height };
  }

  /** @param {Packet} packet */
  push(packet) {
    if (!this.#configs.has(packet.rendition)) return;
    if (packet.kind === KIND.still && packet.isKeyframe) this.#stills.decode(packet);
    else if (packet.kind === KIND.still) this.#refine(packet);
    else if (this.#ladder.decodesVideo && this.#isOn(packet)) this.#decode(packet);
  }

  /**
   * The host moves a viewer to another rendition by sending its keyframe; what is left of the one before is of no use.
   * @param {Packet} packet
   */
  #isOn({ rendition, isKeyframe }) {
    if (rendition === this.#rendition) return true;
    if (!isKeyframe) return false;
    this.#rendition = rendition;
    this.#gate.shut();
    this.#painter.forget();
    this.#ladder.configure(/** @type {Config} */ (this.#configs.get(rendition)));
    return true;
  }

  /** @param {Path|null} decoder  null: best first */
  choose(decoder) {
    this.#ladder.close();
    this.#ladder = this.#newLadder(decoder, null);
    this.#painter.forget();
    this.#gate.shut();
    this.#turnedPath();
  }

  /** True when a keyframe is to be asked for now. */
  takeRequest() {
    return this.#ladder.decodesVideo && this.#gate.takeRequest(this.#nowUs());
  }

  /** Called every 250 ms while pictures may come. */
  tick() {
    this.#ladder.tick();
    if (!this.#gate.isOpen) this.#events.onGate();
  }

  close() {
    this.#ladder.close();
    this.#stills.close();
    this.#pieces.close();
    this.#painter.close();
    this.#planes.close();
  }

  /** @param {Packet} packet */
  #decode(packet) {
    // Late already: what waits in the decoder is shown, what comes after it is not worth decoding.
    if (this.#ladder.isOverfull) this.#gate.shut();
    const verdict = this.#gate.offer(packet.sequence, packet.isKeyframe);
    if (verdict === "drop") {
      this.#painter.forget();
      return this.#events.onGate();
    }
    // The host counts on its still being on the canvas; one that is still being decoded may come too late to be painted.
    if (verdict === "resync" && this.#stills.queue > 0) this.#painter.forget();
    if (this.#ladder.isOverfull) this.#ladder.rebuild();
    this.#ladder.decode(packet);
  }

  /** @param {Packet} packet */
  #refine(packet) {
    this.#newestPiece = packet.sequence;
    this.#painter.expectPiece(packet);
    this.#pieces.decode(packet);
  }

  #turnedPath() {
    this.#planes.pause();
    this.#events.onPath();
  }

  #planesLost() {
    this.#painter.forget();
    this.#blank();
  }

  #blank() {
    this.#gate.shut();
    if (this.#ladder.decodesVideo) this.#events.onGate();
    else this.#events.onStill();
  }

  /** @param {Picture} picture */
  #show(picture) {
    this.#tellDecoded(picture);
    this.#painter.show(this.#painter.isWhole ? picture : { ...picture, damage: [] });
  }

  /**
   * Told before it is painted, since the host waits for it; the picture before stands for what painting costs.
   * @param {Picture} picture
   */
  #tellDecoded(picture) {
    this.#events.onDecoded({ ...picture, decodeUs: picture.decodeUs + this.#painter.paintUs });
  }

  #newStills() {
    const stills = new JpegDecoder(
      {
        onPicture: (picture) => {
          if (!this.#ladder.decodesVideo) return this.#show(picture);
          this.#tellDecoded(picture);
          this.#painter.showStill(picture);
        },
        onError: (error) => this.#stillFailed(error),
        onOutdone: () => {},
      },
      this.#nowUs,
    );
    return this.#configured(stills);
  }

  #newPieces() {
    const pieces = new JpegDecoder(
      {
        onPicture: (picture) => {
          this.#events.onRefined(picture);
          this.#painter.showPiece(picture);
        },
        onError: (error) => {
          console.warn("samescreen: piece refused:", error.message);
          // The host waits for its ack, and the video is there without it.
          this.#events.onRefined({ rendition: RENDITION.jpeg, sequence: this.#newestPiece, decodeUs: 0 });
        },
        onOutdone: () => {},
      },
      this.#nowUs,
    );
    return this.#configured(pieces);
  }

  /** @param {JpegDecoder} stills */
  #configured(stills) {
    const config = this.#configs.get(RENDITION.jpeg);
    if (config) stills.configure(config);
    return stills;
  }

  /** @param {Error} error */
  #stillFailed(error) {
    console.warn("samescreen: still refused:", error.message);
    // Beside video one still more or less is nothing; without video it is all there is.
    if (!this.#ladder.decodesVideo) this.#ladder.fail(error);
  }

  /**
   * @param {Path|null} decoder
   * @param {string|null} remembered
   */
  #newLadder(decoder, remembered) {
    const ladder = new Ladder(
      decoder,
      remembered,
      {
        onPicture: (picture) => this.#show(picture),
        onRebuilt: (reason) => {
          if (reason !== null) console.warn("samescreen: decoder rebuilt:", reason);
          this.#painter.forget();
          this.#gate.shut();
          this.#events.onGate();
        },
        onStep: () => this.#turnedPath(),
        onExhausted: (reason) => this.#events.onExhausted(reason),
      },
      this.#nowUs,
      stepsWith(this.#planes),
    );
    const config = this.#configs.get(this.#rendition);
    if (config) ladder.configure(config);
    return ladder;
  }
}
