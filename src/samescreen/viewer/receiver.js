// @ts-check
// Wires one viewer together: socket → session → track (gate, decoders, painter). Thread: the worker, or the main thread where the
// browser has no OffscreenCanvas. It never touches the page: it tells through `emit` and is told through its public methods.

import { HostClock } from "./clock.js";
import { Hearing } from "./hearing.js";
import { Session } from "./session.js";
import { Socket } from "./socket.js";
import { NOTHING_KNOWN, shownOf } from "./state.js";
import { Stats } from "./stats.js";
import { Track } from "./video/track.js";
import { KIND, PROTOCOL_VERSION, ProtocolError, messageFromText, packetFromBytes } from "./wire.js";

/** @typedef {import("./wire.js").Path} Path */
/** @typedef {import("./video/painter.js").Picture} Picture */

/** @typedef {import("./viewer.js").ReceiverOptions} ReceiverOptions */
/** @typedef {import("./viewer.js").ReceiverEvents} ReceiverEvents */

const TICK_MS = 250;
const CLOSE = Object.freeze({ goingAway: 1001, protocol: 4400, version: 4426 });

const nowUs = () => Math.round(performance.now() * 1000);

export class Receiver {
  #emit;
  #socket;
  #session;
  #track;
  #clock = new HostClock();
  #stats = new Stats();
  #hidden;
  #ticks = 0;
  #trackNumber = 0;
  #hearing;
  #stream = "";
  #wanted;
  #size = { width: 0, height: 0 };
  #hasPainted = false;
  /** On this connection. */ #paintedHere = false;
  /** @type {ReturnType<typeof setTimeout>|null} */ #ackTimer = null;
  /** @type {ReturnType<typeof setInterval>} */ #tickTimer;
  /** @type {import("./wire.js").HostStats|null} */ #host = null;
  #facts = NOTHING_KNOWN;

  /**
   * @param {HTMLCanvasElement|OffscreenCanvas} canvas
   * @param {ReceiverOptions} options
   * @param {<Name extends keyof ReceiverEvents>(name: Name, detail: ReceiverEvents[Name]) => void} emit
   */
  constructor(canvas, options, emit) {
    this.#emit = emit;
    this.#hidden = options.hidden;
    this.#wanted = options.stream;
    this.#hearing = new Hearing((message) => this.#session.say(message), emit);
    this.#track = new Track(
      canvas,
      options,
      {
        onDecoded: (picture) => this.#decoded(picture),
        onRefined: (piece) => this.#acknowledgeSoon(piece, nowUs()),
        onPainted: (picture) => this.#painted(picture),
        onGate: () => this.#askForKeyframe(),
        onStill: () => this.#session.say({ type: "need", what: "still" }),
        onPath: () => this.#pathChanged(),
        onExhausted: () => this.#learn({ failure: "decode" }),
      },
      nowUs,
    );
    this.#socket = new Socket(options.url, {
      onConnect: () => this.#learn({ socket: "connecting", retryAtMs: null }),
      onOpen: () => this.#opened(),
      onMessage: (message) => this.#received(message),
      onClose: (closed) => this.#disconnected(closed.code, closed.hadOpened),
      onWait: (delayMs) => this.#learn({ socket: "waiting", retryAtMs: Date.now() + delayMs }),
    });
    this.#session = this.#newSession();
    this.#tickTimer = setInterval(() => this.#tick(), TICK_MS);
    emit("state", shownOf(this.#facts));
    if (this.#track.path) this.#socket.connect();
    else this.#learn({ failure: "decode" });
  }

  /** @param {boolean} hidden */
  visibility(hidden) {
    if (hidden === this.#hidden) return;
    this.#hidden = hidden;
    this.#session.say({ type: "visibility", hidden });
    if (!hidden) {
      this.#restartPictures();
      this.#learn({ painted: false, wasHidden: true });
      this.#socket.retryNow();
    }
  }

  /** Somebody thinks that a connection is possible again. */
  retry() {
    this.#socket.retryNow();
  }

  /** @param {Path|null} decoder  null: the page chooses */
  setDecoder(decoder) {
    this.#track.choose(decoder);
    this.#learn({ failure: this.#track.path ? null : "decode" });
    if (!this.#track.path) return;
    this.#socket.connect();
    if (this.#track.decodesVideo) this.#askForKeyframe();
    else this.#session.say({ type: "need", what: "still" });
  }

  /** @param {string} stream  to watch instead */
  setStream(stream) {
    this.#wanted = stream;
    if (this.#facts.welcomed && stream !== this.#stream) this.#session.say({ type: "watch", stream });
  }

  /** @param {"opus"|"pcm"|null} codec  of the sound to be sent, null: none */
  listen(codec) {
    this.#hearing.listen(codec);
  }

  snapshot() {
    return this.#track.snapshot();
  }

  close() {
    clearInterval(this.#tickTimer);
    if (this.#ackTimer !== null) clearTimeout(this.#ackTimer);
    this.#socket.close();
    this.#track.close();
  }

  // ── connection ──

  #newSession() {
    return new Session((text) => this.#socket.send(text));
  }

  #opened() {
    this.#restartPictures();
    this.#clock.reset();
    this.#session = this.#newSession();
    this.#session.hello(this.#track.accepts, this.#hidden, this.#wanted, nowUs());
    this.#learn({ socket: "open" });
  }

  /** @param {string|ArrayBuffer} message */
  #received(message) {
    const atUs = nowUs();
    this.#session.heard(atUs);
    try {
      if (typeof message === "string") this.#controlled(message);
      else this.#arrived(packetFromBytes(message), message.byteLength, atUs);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      console.warn("samescreen:", error.message);
    }
  }

  /** @param {string} text */
  #controlled(text) {
    const message = messageFromText(text);
    const react = /** @type {(message: import("./wire.js").ToViewer) => void} */ (this.#reactions[message.type]);
    react(message);
  }

  #reactions = {
    /** @param {import("./wire.js").Welcome} welcome */
    welcome: (welcome) => this.#welcomed(welcome),
    /** @param {import("./wire.js").Streams} news */
    streams: (news) => this.#follow(news),
    /** @param {import("./wire.js").Config} config */
    config: (config) => this.#configured(config),
    /** @param {import("./wire.js").Status} status */
    status: (status) => {
      if (status.stream === this.#stream) this.#learn({ status, painted: status.state !== "waiting" && this.#paintedHere });
    },
    /** @param {import("./wire.js").Audio} audio */
    audio: (audio) => this.#hearing.told(audio),
    /** @param {import("./wire.js").Pong} pong */
    pong: (pong) => this.#clock.pong(pong.sent_us, pong.host_us, nowUs()),
    /** @param {import("./wire.js").HostStats} host */
    stats: (host) => {
      this.#host = host;
      if (host.limit === "stalled") this.#learn({ stuck: true });
      this.#session.acknowledgeEvery(host.ack_interval_ms);
    },
    /** @param {import("./wire.js").Bye} bye */
    bye: (bye) => this.#learn({ bye: bye.reason }),
  };

  /** @param {import("./wire.js").Welcome} welcome */
  #welcomed(welcome) {
    if (welcome.version !== PROTOCOL_VERSION) return this.#end("version");
    this.#socket.settled();
    this.#session.welcomed(welcome, nowUs());
    this.#learn({ welcomed: true, everWelcomed: true, bye: null, status: null });
    this.#emit("welcome", { host: welcome.host, viewer: welcome.viewer });
    this.#follow(welcome);
  }

  /**
   * What there is to watch, and which of it comes from now on.
   * @param {{streams: import("./wire.js").Stream[], watching: string}} news
   */
  #follow({ streams, watching }) {
    const track = streams.find(({ stream }) => stream === watching)?.track ?? 0;
    if (track !== this.#trackNumber || watching !== this.#stream) {
      if (this.#stream !== "") this.#track.turn(); // else nothing was watched before
      this.#trackNumber = track;
      this.#stream = watching;
      this.#paintedHere = false;
      this.#learn({ status: null, painted: false });
    }
    this.#session.turnTo(track);
    this.#emit("streams", { streams, watching });
  }

  /**
   * @param {number} code
   * @param {boolean} hadOpened
   */
  #disconnected(code, hadOpened) {
    const bye = code === CLOSE.goingAway ? "stopping" : this.#facts.bye;
    this.#learn({ welcomed: false, painted: false, wasHidden: false, status: null, bye });
    this.#host = null;
    this.#hearing.lost();
    this.#closings[code]?.();
    if (!hadOpened) this.#emit("refused", {});
  }

  /** @type {Record<number, () => void>} */
  #closings = {
    [CLOSE.protocol]: () => this.#end("protocol"),
    [CLOSE.version]: () => this.#end("version"),
  };

  /** @param {"version"|"protocol"} reason */
  #end(reason) {
    this.#socket.close();
    this.#learn({ failure: reason });
    if (reason === "version") this.#emit("ended", { reason });
  }

  #restartPictures() {
    this.#track.restart();
    this.#paintedHere = false;
  }

  /** @param {import("./wire.js").Config} config */
  #configured(config) {
    if (config.track !== this.#trackNumber) return;
    this.#track.configure(config);
    this.#tellPath();
  }

  /**
   * @param {import("./wire.js").Packet} packet
   * @param {number} bytes
   * @param {number} atUs
   */
  #arrived(packet, bytes, atUs) {
    if (packet.kind === KIND.audio) return this.#hearing.arrived(packet);
    if (packet.track !== this.#trackNumber) return;
    this.#stats.received(bytes, atUs);
    this.#track.push(packet);
  }

  #askForKeyframe() {
    const isLive = this.#facts.status === null || this.#facts.status.state === "live";
    if (this.#facts.welcomed && isLive && !this.#hidden && this.#track.takeRequest())
      this.#session.say({ type: "need", what: "keyframe" });
  }

  /** @param {Picture} picture */
  #decoded(picture) {
    const atUs = nowUs();
    this.#stats.decoded(picture.decodeUs, atUs);
    this.#acknowledgeSoon(picture, atUs);
  }

  /**
   * @param {{rendition: number, sequence: number, decodeUs: number}} decoded
   * @param {number} atUs
   */
  #acknowledgeSoon({ rendition, sequence, decodeUs }, atUs) {
    const waitUs = this.#session.decoded(rendition, { sequence, decodeUs, atUs });
    if (waitUs === 0) this.#acknowledge();
    else this.#ackTimer ??= setTimeout(() => this.#acknowledge(), waitUs / 1000);
  }

  #acknowledge() {
    if (this.#ackTimer !== null) clearTimeout(this.#ackTimer);
    this.#ackTimer = null;
    this.#session.acknowledge(nowUs(), (rendition) => this.#track.queueOf(rendition));
  }

  /** @param {Picture} picture */
  #painted(picture) {
    const atUs = nowUs();
    this.#stats.painted(this.#clock.ageUs(picture.ptsUs, atUs), atUs);
    if (!this.#hasPainted) this.#emit("firstpaint", { atMs: performance.timeOrigin + performance.now() });
    this.#hasPainted = true;
    const { width, height } = this.#track.sizeOf(picture);
    if (width !== this.#size.width || height !== this.#size.height) {
      this.#size = { width, height };
      this.#emit("size", this.#size);
    }
    this.#paintedHere = true;
    if (!this.#facts.painted) this.#learn({ painted: true });
  }

  #pathChanged() {
    if (this.#facts.welcomed && this.#track.path) this.#session.say({ type: "accepts", accepts: this.#track.accepts });
    this.#tellPath();
  }

  #tellPath() {
    if (this.#track.path) this.#emit("path", this.#track.path);
  }

  #tick() {
    const atUs = nowUs();
    this.#ticks += 1;
    if (this.#facts.welcomed) {
      this.#session.tick(atUs);
      if (!this.#hidden) this.#track.tick();
    }
    if (this.#facts.socket === "open" && this.#session.isSilent(atUs)) this.#socket.abandon();
    this.#learn({ stuck: this.#facts.welcomed && (this.#session.isStuck(atUs) || this.#host?.limit === "stalled") });
    if (this.#ticks % 4 === 0) this.#tell(atUs);
  }

  /** @param {number} atUs */
  #tell(atUs) {
    const measured = this.#stats.read(atUs);
    const { path, codec } = this.#track.path ?? { path: null, codec: "" };
    const dropped = this.#track.dropped;
    if (path && this.#facts.welcomed) this.#session.report(atUs, measured, path, dropped);
    this.#emit("stats", { ...measured, ...this.#size, path, codec, rttUs: this.#clock.rttUs, dropped, host: this.#host });
  }

  /** @param {Partial<import("./state.js").Facts>} news */
  #learn(news) {
    const before = JSON.stringify(shownOf(this.#facts));
    this.#facts = { ...this.#facts, ...news };
    const shown = shownOf(this.#facts);
    if (JSON.stringify(shown) !== before) this.#emit("state", shown);
  }
}
