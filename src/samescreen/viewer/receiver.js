// @ts-check
// Wires one viewer together: connection → track (gate, decoders, painter). Thread: the worker, or the main thread where the
// browser has no OffscreenCanvas. It never touches the page: it tells through `emit` and is told through its public methods.

import { Connection } from "./connection.js";
import { Hearing } from "./hearing.js";
import { ENDINGS, NOTHING_KNOWN, shownOf } from "./state.js";
import { Stats } from "./stats.js";
import { Track } from "./video/track.js";
import { KIND, PROTOCOL_VERSION } from "./wire.js";

/** @typedef {import("./wire.js").Path} Path */
/** @typedef {import("./video/painter.js").Picture} Picture */
/** @typedef {import("./viewer.js").ReceiverOptions} ReceiverOptions */
/** @typedef {import("./viewer.js").ReceiverEvents} ReceiverEvents */

const TICK_MS = 250;
const GOING_AWAY = 1001;

const nowUs = () => Math.round(performance.now() * 1000);

export class Receiver {
  #emit;
  #connection;
  #track;
  #stats = new Stats();
  #hidden;
  #ticks = 0;
  #trackNumber = 0;
  #hearing;
  #stream = "";
  #wanted;
  #visit;
  #size = { width: 0, height: 0 };
  #hasPainted = false;
  /** On this connection. */ #paintedHere = false;
  /** @type {ReturnType<typeof setInterval>} */ #tickTimer;
  /** @type {import("./wire.js").HostStats|null} */ #host = null;
  #facts = NOTHING_KNOWN;

  /**
   * @param {import("./video/surface.js").Surface} surface
   * @param {ReceiverOptions} options
   * @param {<Name extends keyof ReceiverEvents>(name: Name, detail: ReceiverEvents[Name]) => void} emit
   */
  constructor(surface, options, emit) {
    this.#emit = emit;
    this.#hidden = options.hidden;
    this.#wanted = options.stream;
    this.#visit = options.visit;
    this.#hearing = new Hearing((message) => this.#connection.say(message), emit);
    this.#track = new Track(
      surface,
      options,
      {
        onDecoded: (picture) => this.#decoded(picture),
        onRefined: (piece) => this.#connection.decoded(piece, nowUs()),
        onPainted: (picture) => this.#painted(picture),
        onGate: () => this.#askForKeyframe(),
        onStill: () => this.#connection.say({ type: "need", what: "still" }),
        onPath: () => this.#pathChanged(),
        onExhausted: (why) => this.#learn({ failure: "decode", failureDetail: why }),
      },
      nowUs,
    );
    this.#connection = new Connection(
      options.url,
      options.pass,
      {
        onConnect: () => this.#learn({ socket: "connecting", retryAtMs: null }),
        onOpen: () => this.#opened(),
        onMessage: (message) => this.#told(message),
        onPacket: (packet, bytes, atUs) => this.#arrived(packet, bytes, atUs),
        onClose: (closed) => this.#disconnected(closed),
        onWait: (delayMs) => this.#learn({ socket: "waiting", retryAtMs: Date.now() + delayMs }),
        queueOf: (rendition) => this.#track.queueOf(rendition),
      },
      nowUs,
    );
    this.#tickTimer = setInterval(() => this.#tick(), TICK_MS);
    emit("state", shownOf(this.#facts));
    if (this.#track.path) this.#connection.connect();
    else this.#learn({ failure: options.decoder ? "missing" : "decode" });
  }

  /** @param {boolean} hidden */
  visibility(hidden) {
    if (hidden === this.#hidden) return;
    this.#hidden = hidden;
    this.#connection.say({ type: "visibility", hidden });
    if (hidden) return;
    this.#restartPictures();
    this.#learn({ painted: false, wasHidden: true });
    this.#connection.retry();
  }

  /** Somebody thinks that a connection is possible again. */
  retry() {
    this.#connection.retry();
  }

  /** @param {Path|null} decoder  null: the page chooses */
  setDecoder(decoder) {
    this.#track.choose(decoder);
    this.#learn({ failure: this.#track.path ? null : "missing", failureDetail: "" });
    if (!this.#track.path) return;
    this.#connection.connect();
    if (this.#track.decodesVideo) this.#askForKeyframe();
    else this.#connection.say({ type: "need", what: "still" });
  }

  /** @param {string} stream  to watch instead */
  setStream(stream) {
    this.#wanted = stream;
    if (this.#facts.welcomed && stream !== this.#stream) this.#connection.say({ type: "watch", stream });
  }

  /** @param {string|null} pass  for the next connection */
  setPass(pass) {
    this.#connection.pass = pass;
  }

  /** @param {"opus"|"pcm"|null} codec  of the sound to be sent, null: none */
  listen(codec) {
    this.#hearing.listen(codec);
  }

  close() {
    clearInterval(this.#tickTimer);
    this.#connection.close();
    this.#track.close();
  }

  #opened() {
    this.#restartPictures();
    this.#connection.hello({ accepts: this.#track.accepts, hidden: this.#hidden, stream: this.#wanted, visit: this.#visit });
    this.#learn({ socket: "open" });
  }

  /** @param {import("./connection.js").Told} message */
  #told(message) {
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
    pong: (pong) => this.#connection.pong(pong),
    /** @param {import("./wire.js").HostStats} host */
    stats: (host) => {
      this.#host = host;
      if (host.limit === "stalled") this.#learn({ stuck: true });
      this.#connection.acknowledgeEvery(host.ack_interval_ms);
    },
    /** @param {import("./wire.js").Bye} bye */
  };

  /** @param {import("./wire.js").Welcome} welcome */
  #welcomed(welcome) {
    if (welcome.version !== PROTOCOL_VERSION) return this.#end("version");
    this.#connection.welcomed(welcome);
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
    this.#connection.turnTo(track);
    this.#emit("streams", { streams, watching });
  }

  /** @param {{code: number, said: import("./wire.js").Bye|null}} closed */
  #disconnected({ code, said }) {
    const { welcomed, failureDetail, bye: before } = this.#facts;
    // A host that was full may be gone by now; one that has stopped stays so until it is back.
    const bye = code === GOING_AWAY ? "stopping" : (said?.reason ?? (before === "stopping" ? before : null));
    this.#learn({ welcomed: false, painted: false, wasHidden: false, status: null, bye, failureDetail: said?.detail ?? failureDetail });
    this.#host = null;
    this.#hearing.lost();
    if (code in ENDINGS) this.#end(ENDINGS[code]);
    if (!welcomed && said === null) this.#emit("refused", {});
  }

  /** @param {"version"|"protocol"} reason */
  #end(reason) {
    this.#connection.close();
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
      this.#connection.say({ type: "need", what: "keyframe" });
  }

  /** @param {Picture} picture */
  #decoded(picture) {
    const atUs = nowUs();
    this.#stats.decoded(picture.decodeUs, atUs);
    this.#connection.decoded(picture, atUs);
  }

  /** @param {Picture} picture */
  #painted(picture) {
    const atUs = nowUs();
    this.#stats.painted(this.#connection.ageUs(picture.ptsUs, atUs), atUs);
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
    if (this.#facts.welcomed && this.#track.path) this.#connection.say({ type: "accepts", accepts: this.#track.accepts });
    this.#tellPath();
  }

  #tellPath() {
    if (this.#track.path) this.#emit("path", this.#track.path);
  }

  #tick() {
    this.#ticks += 1;
    if (this.#facts.welcomed) {
      this.#connection.ping();
      if (!this.#hidden) this.#track.tick();
    }
    if (this.#facts.socket === "open") this.#connection.abandonIfSilent();
    this.#learn({ stuck: this.#facts.welcomed && (this.#connection.isStuck || this.#host?.limit === "stalled") });
    if (this.#ticks % 4 === 0) this.#tell();
  }

  #tell() {
    const measured = this.#stats.read(nowUs());
    const { path, codec } = this.#track.path ?? { path: null, codec: "" };
    const { dropped, paint } = this.#track;
    if (path && this.#facts.welcomed) this.#connection.report(measured, path, dropped);
    this.#emit("stats", { ...measured, ...this.#size, path, codec, paint, rttUs: this.#connection.rttUs, dropped, host: this.#host });
  }

  /** @param {Partial<import("./state.js").Facts>} news */
  #learn(news) {
    const before = shownOf(this.#facts);
    this.#facts = { ...this.#facts, ...news };
    const shown = shownOf(this.#facts);
    if (JSON.stringify(shown) !== JSON.stringify(before)) this.#emit("state", shown);
  }
}
