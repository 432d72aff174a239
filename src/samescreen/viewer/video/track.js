// @ts-check
// One video track on the page: its packets through gate and decoders onto a surface. Either thread.
// It sends nothing to the host: it reports what it needs through its events.

import { Gate } from "../gate.js";
import { KIND, RENDITION } from "../wire.js";
import { JpegDecoder } from "./jpeg.js";
import { DecoderSelector, candidatesWith } from "./decoder_selector.js";
import { Film } from "./film.js";
import { Painter } from "./painter.js";
import { PlanesPainter } from "./planes.js";

/** @typedef {import("../wire.js").Packet} Packet */
/** @typedef {import("../wire.js").Config} Config */
/** @typedef {import("../wire.js").Path} Path */
/** @typedef {import("./painter.js").Picture} Picture */

/**
 * @typedef {object} TrackEvents
 * @property {(picture: Picture) => void} onDecoded  its `decodeUs` with what painting such pictures costs, by which the host judges the page
 * @property {(piece: {rendition: number, sequence: number, decodeUs: number}) => void} onRefined  a refinement piece was decoded, or refused
 * @property {(picture: Picture) => void} onPainted
 * @property {() => void} onGate  the gate is shut: `takeRequest` returns whether to request a keyframe
 * @property {() => void} onStill  a whole picture is needed now, and no keyframe can be decoded
 * @property {() => void} onPath  another decode path
 * @property {(reason: string) => void} onExhausted  nothing on this page decodes
 */

export class Track {
  #events;
  #nowUs;
  #skipsSketches;
  #painter;
  #planes;
  #film;
  #stills;
  #pieces;
  #newestPiece = 0;
  #selector;
  #gate = new Gate();
  /** @type {number} of the video on the canvas */ #rendition = RENDITION.main;
  /** @type {Map<number, Config>} by rendition */ #configs = new Map();

  /**
   * @param {import("./surface.js").Surface} surface  belongs to this from here on
   * @param {{decoder: Path|null, remembered: string|null, paint: import("./planes.js").Paint|null, skipsSketches?: boolean}} choice
   * @param {TrackEvents} events
   * @param {() => number} nowUs
   */
  constructor(surface, choice, events, nowUs) {
    this.#events = events;
    this.#nowUs = nowUs;
    this.#skipsSketches = choice.skipsSketches ?? false;
    this.#painter = new Painter(surface, events.onPainted, () => this.#blank(), nowUs, () => this.#film.ended());
    this.#planes = new PlanesPainter(choice.paint, () => this.#lost());
    this.#film = new Film(
      surface.film ?? null,
      this.#planes,
      { onReturn: (picture) => this.#painter.repaint(picture), onLost: () => this.#lost() },
      nowUs,
    );
    this.#stills = this.#newStills();
    this.#pieces = this.#newPieces();
    this.#selector = this.#newSelector(choice.decoder, choice.remembered);
  }

  /** @returns {{path: Path, key: string, codec: string}|null} null: nothing on this page decodes */
  get path() {
    const selected = this.#selector.selected;
    if (!selected) return null;
    const codec = this.#selector.decodesVideo ? (this.#configs.get(this.#rendition)?.codec_string ?? "") : "JPEG";
    return { path: selected.path, key: selected.key, codec };
  }

  /** How colours are converted by us; null: the browser does it, or nothing came yet. */
  get paint() {
    return this.#planes.way;
  }

  get accepts() {
    return this.#selector.accepts;
  }

  get decodesVideo() {
    return this.#selector.decodesVideo;
  }

  get dropped() {
    return this.#gate.dropped;
  }

  /** Whatever comes next starts with a keyframe, and stamps may start anywhere: a new connection, or the tab is shown again. */
  restart() {
    this.#film.leave();
    this.#gate.restart(this.#nowUs());
    this.#painter.restart();
    this.#stills.close();
    this.#stills = this.#newStills();
    this.#pieces.close();
    this.#pieces = this.#newPieces();
  }

  /** The packets that follow are of another source: nothing of the previous one may be painted any more. */
  switchSource() {
    this.#configs.clear();
    this.#selector.rebuild();
    this.restart();
  }

  /** Empties the canvas; whatever comes next starts with a keyframe. */
  blank() {
    this.#film.drop();
    this.#selector.rebuild(); // what it decodes now must not be painted
    this.restart();
    this.#painter.blank();
  }

  /** The canvas is to show the newest picture, which may be in a video element now. */
  leaveFilm() {
    this.#film.leave();
  }

  /** @param {Config} config */
  configure(config) {
    this.#configs.set(config.rendition, config);
    if (config.rendition === RENDITION.jpeg) {
      this.#stills.configure(config);
      this.#pieces.configure(config);
    } else if (config.rendition === this.#rendition && !this.#selector.configure(config)) this.#gate.shut();
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
    else if (this.#selector.decodesVideo && this.#isOn(packet)) this.#decode(packet);
  }

  /**
   * The host moves a viewer to another rendition by sending its keyframe; the rest of the previous one is useless.
   * @param {Packet} packet
   */
  #isOn({ rendition, isKeyframe }) {
    if (rendition === this.#rendition) return true;
    if (!isKeyframe) return false;
    this.#rendition = rendition;
    this.#film.leave();
    this.#gate.shut();
    this.#painter.forget();
    this.#selector.configure(/** @type {Config} */ (this.#configs.get(rendition)));
    return true;
  }

  /** @param {Path|null} decoder  null: best first */
  choose(decoder) {
    this.#film.leave();
    this.#selector.close();
    this.#selector = this.#newSelector(decoder, null);
    this.#painter.forget();
    this.#gate.shut();
    this.#pathChanged();
  }

  /** True when the page must request a keyframe now. */
  takeRequest() {
    return this.#selector.decodesVideo && this.#gate.takeRequest(this.#nowUs());
  }

  /** Called every 250 ms while pictures may come. */
  tick() {
    this.#selector.tick();
    if (!this.#gate.isOpen) this.#events.onGate();
  }

  close() {
    this.#selector.close();
    this.#stills.close();
    this.#pieces.close();
    this.#film.close();
    this.#painter.close();
    this.#planes.close();
  }

  /** @param {Packet} packet */
  #decode(packet) {
    // The decoder is behind. It finishes what it has; further packets would only add delay.
    if (this.#selector.isOverfull) this.#gate.shut();
    const verdict = this.#gate.offer(packet.sequence, packet.isKeyframe);
    if (verdict === "drop") {
      this.#painter.forget();
      return this.#events.onGate();
    }
    // The host relies on its still being on the canvas, but a still that is being decoded may come too late to be painted.
    if (verdict === "resync" && this.#stills.queue > 0) this.#painter.forget();
    if (this.#selector.isOverfull) this.#selector.rebuild();
    this.#selector.decode(packet);
  }

  /** @param {Packet} packet */
  #refine(packet) {
    this.#newestPiece = packet.sequence;
    this.#film.leave(); // something rests
    this.#painter.expectPiece(packet);
    this.#pieces.decode(packet);
  }

  #pathChanged() {
    this.#planes.pause();
    this.#events.onPath();
  }

  #lost() {
    this.#painter.forget();
    this.#blank();
  }

  #blank() {
    this.#gate.shut();
    if (this.#selector.decodesVideo) this.#events.onGate();
    else this.#events.onStill();
  }

  /** @param {Picture} picture */
  #show(picture) {
    this.#reportDecoded(picture);
    this.#painter.show(this.#painter.isWhole ? picture : { ...picture, damage: [] });
  }

  /**
   * Reported before painting, since the host waits for the ack. The paint time of the previous picture serves as an estimate.
   * @param {Picture} picture
   */
  #reportDecoded(picture) {
    this.#events.onDecoded({ ...picture, decodeUs: picture.decodeUs + this.#painter.paintUs });
  }

  #newStills() {
    const stills = new JpegDecoder(
      {
        onPicture: (picture) => {
          // After a sketch comes a whole still, and video only after that.
          if (picture.isSketch && this.#skipsSketches) return this.#reportDecoded(picture), picture.close();
          this.#skipsSketches = false;
          if (!picture.isSketch) this.#selector.prepare();
          if (!this.#selector.decodesVideo) return this.#show(picture);
          this.#reportDecoded(picture);
          this.#film.leave();
          this.#painter.showStill(picture);
        },
        onError: (error) => this.#stillFailed(error),
        onBetterPath: () => {},
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
        onBetterPath: () => {},
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
    // Beside video a missing still does no harm; without video there is nothing else.
    if (!this.#selector.decodesVideo) this.#selector.fail(error);
  }

  /**
   * @param {Path|null} decoder
   * @param {string|null} remembered
   */
  #newSelector(decoder, remembered) {
    const selector = new DecoderSelector(
      decoder,
      remembered,
      {
        onPicture: (picture) => this.#show(picture),
        onRebuilt: (reason) => {
          if (reason !== null) console.warn("samescreen: decoder rebuilt:", reason);
          this.#film.leave();
          this.#painter.forget();
          this.#gate.shut();
          this.#events.onGate();
        },
        onSelected: () => this.#pathChanged(),
        onExhausted: (reason) => this.#events.onExhausted(reason),
      },
      this.#nowUs,
      candidatesWith(this.#planes, this.#film),
    );
    const config = this.#configs.get(this.#rendition);
    if (config) selector.configure(config);
    return selector;
  }
}
