// @ts-check
// H.264 through the browser's own decoder. Either thread, secure contexts only.
// It never awaits the decoder, never throws inside its callbacks, and never reorders: the stream has no B-frames.

import { joinDamage } from "./painter.js";
import { copyPlanes, liesInMemory } from "./frame_planes.js";
import { drawsFramesWell, hasGpu } from "./gpu.js";

/** @typedef {import("../wire.js").Packet} Packet */
/** @typedef {import("../wire.js").Config} Config */
/** @typedef {{packet: Packet, config: Config, atUs: number}} Waiting */
/** @typedef {{newest: Waiting, damage: import("../wire.js").Region[]}} Found */

export class WebCodecsDecoder {
  // Beyond this the decoder does not keep up, and every further packet only adds delay.
  queueLimit = 6;
  isLoading = false;
  #events;
  #nowUs;
  #planesPainter;
  #hardware;
  #film;
  #decoder;
  #closed = false;
  #lastStampUs = -1;
  /** @type {Config|null} */ #config = null;
  /** @type {Uint8Array<ArrayBuffer>[]} for copies of frames, used again and again */ #spare = [];
  /** @type {Map<number, Waiting>} by timestamp, oldest first, until their picture comes out */
  #waiting = new Map();

  /**
   * @param {import("./decoder_selector.js").DecoderEvents} events
   * @param {() => number} nowUs
   * @param {import("./planes.js").PlanesPainter} planesPainter  for frames that lie in memory
   * @param {HardwareAcceleration} hardware
   * @param {import("./film.js").Film} [film]  takes such frames while they are film
   */
  constructor(events, nowUs, planesPainter, hardware, film) {
    this.#film = film;
    this.#events = events;
    this.#nowUs = nowUs;
    this.#planesPainter = planesPainter;
    this.#hardware = hardware;
    this.#decoder = new VideoDecoder({
      output: (frame) => this.#output(frame),
      error: (error) => this.#fail(error),
    });
  }

  get queue() {
    return this.#waiting.size;
  }

  /** @param {Config} config */
  configure(config) {
    this.#config = config;
    this.#try(() =>
      // No `description`: the stream is Annex B, SPS and PPS precede every keyframe.
      this.#decoder.configure({
        codec: config.codec_string,
        codedWidth: config.coded_width,
        codedHeight: config.coded_height,
        optimizeForLatency: true,
        hardwareAcceleration: this.#hardware,
      }),
    );
  }

  /** @param {Packet} packet */
  decode(packet) {
    const config = this.#config;
    if (!config || this.#closed) return;
    // A keyframe made from an unchanged screen has the stamp of the packet before; here stamps are keys.
    const timestamp = Math.max(packet.ptsUs, this.#lastStampUs + 1);
    this.#lastStampUs = timestamp;
    this.#waiting.set(timestamp, { packet, config, atUs: this.#nowUs() });
    this.#try(() =>
      this.#decoder.decode(
        new EncodedVideoChunk({
          type: packet.isKeyframe ? "key" : "delta",
          timestamp,
          // Without it Firefox takes the hardware decoder for too slow and gives it up.
          duration: Math.round(1_000_000 / Math.max(1, config.fps)),
          data: /** @type {Uint8Array<ArrayBuffer>} */ (packet.payload),
        }),
      ),
    );
  }

  close() {
    this.#closed = true;
    this.#waiting.clear();
    if (this.#decoder.state !== "closed") this.#decoder.close();
  }

  /** @param {VideoFrame} frame */
  #output(frame) {
    const found = this.#take(frame.timestamp);
    if (!found || this.#closed) {
      frame.close();
      return;
    }
    const decodeUs = this.#nowUs() - found.newest.atUs;
    if (liesInMemory(frame, found.newest.config) && !drawsFramesWell()) return this.#takeFromMemory(frame, found, decodeUs);
    const isConverted = ["BGRX", "BGRA", "RGBX", "RGBA"].includes(frame.format ?? "");
    this.#draw(frame, found, decodeUs);
    // Firefox without a GPU hands out pixels it converted itself: blue off by 8 of 255, and more CPU in all than WASM takes.
    if (isConverted && !hasGpu()) this.#events.onBetterPath();
  }

  /**
   * @param {VideoFrame} frame
   * @param {Found} found
   * @param {number} decodeUs
   */
  #takeFromMemory(frame, found, decodeUs) {
    const { newest: { packet, config }, damage } = found;
    if (!this.#film?.take(frame, packet, config, damage)) return void this.#copy(frame, found, decodeUs);
    frame.close();
    this.#emitPicture(found, decodeUs, () => {}, () => {}, true);
  }

  /**
   * @param {VideoFrame} frame
   * @param {Found} found
   * @param {number} decodeUs
   */
  #draw(frame, found, decodeUs) {
    this.#emitPicture(
      found,
      decodeUs,
      (surface, regions) => paintFrame(surface, frame, found.newest.config, regions),
      () => frame.close(),
    );
  }

  /**
   * @param {Found} found
   * @param {number} decodeUs
   * @param {import("./painter.js").Picture["paint"]} paint
   * @param {() => void} close
   * @param {boolean} [isFilm]
   */
  #emitPicture({ newest: { packet, config }, damage }, decodeUs, paint, close, isFilm) {
    const { rendition, sequence, ptsUs } = packet;
    this.#events.onPicture({
      rendition,
      sequence,
      ptsUs,
      decodeUs,
      width: config.width,
      height: config.height,
      damage,
      paint,
      close,
      ...(isFilm && { isFilm }),
    });
  }

  /**
   * @param {VideoFrame} frame
   * @param {Found} found
   * @param {number} decodeUs
   */
  async #copy(frame, found, decodeUs) {
    /** @type {Awaited<ReturnType<typeof copyPlanes>>} */ let planes;
    try {
      planes = await copyPlanes(frame, this.#spare.pop());
    } catch (error) {
      return this.#fail(/** @type {Error} */ (error));
    } finally {
      frame.close();
    }
    this.#film?.look(planes, found.newest.config);
    const paint = /** @type {import("./painter.js").Picture["paint"]} */ (
      (surface, regions) => this.#planesPainter.paint(surface, planes, found.newest.config, regions)
    );
    if (!this.#closed) this.#emitPicture(found, decodeUs, paint, () => this.#spare.push(planes.bytes));
  }

  /**
   * The packet of this picture. Older packets without a picture are never coming: their damage is in this one.
   * @param {number} timestamp
   */
  #take(timestamp) {
    /** @type {Found|null} */
    let found = null;
    for (const [stamp, waiting] of this.#waiting) {
      if (stamp > timestamp) break;
      this.#waiting.delete(stamp);
      found = { newest: waiting, damage: found ? joinDamage(found.damage, waiting.packet.damage) : waiting.packet.damage };
    }
    return found;
  }

  /** @param {() => void} step */
  #try(step) {
    try {
      step();
    } catch (error) {
      this.#fail(/** @type {Error} */ (error));
    }
  }

  /** @param {Error} error */
  #fail(error) {
    if (!this.#closed) this.#events.onError(error);
  }
}

/**
 * @param {import("./surface.js").Surface} surface
 * @param {VideoFrame} frame
 * @param {Config} config
 * @param {import("../wire.js").Region[]} regions
 */
function paintFrame(surface, frame, { width, height }, regions) {
  // Source size = target size cuts off what the encoder padded; scaling never happens here.
  surface.draw(frame, { width, height }, { x: 0, y: 0, width, height }, regions);
}
