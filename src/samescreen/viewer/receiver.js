// @ts-check
// One viewer without its page: Playback plays what the host sends, Upstream sends what the host needs to know, and the page gets
// events. Thread: the worker, or the main thread where the browser has no OffscreenCanvas. It decides which state the page shows and
// when to request something from the host. It never touches the page.

import { AudioSubscription } from "./audio_subscription.js";
import { connectionTo } from "./connection.js";
import { Playback } from "./playback.js";
import { ENDINGS, NOTHING_KNOWN, shownOf } from "./state.js";
import { Upstream } from "./upstream.js";
import { CLOSE, KIND, PROTOCOL_VERSION, RENDITION } from "./wire.js";

/** @typedef {import("./wire.js").Path} Path */
/** @typedef {import("./contract.js").Commands} Commands */
/** @typedef {import("./contract.js").ReceiverOptions} ReceiverOptions */
/** @typedef {import("./connection.js").Received} Received */

const TICK_MS = 250;

const nowUs = () => Math.round(performance.now() * 1000);

/** @implements {Commands} */
export class Receiver {
  #emit;
  #hidden;
  #wanted;
  #visit;
  #quality;
  /** What the hello of this connection said. @type {import("./wire.js").Quality} */ #greeted = "auto";
  #drawsCursor;
  #picturesOnly;
  #connection;
  /** @type {Upstream} */ #upstream;
  /** @type {Playback} */ #playback;
  #audio;
  #ticks = 0;
  /** @type {ReturnType<typeof setInterval>} */ #tickTimer;
  /** @type {import("./wire.js").HostStats|null} */ #host = null;
  #facts = NOTHING_KNOWN;

  /**
   * @param {import("./video/surface.js").Surface} surface
   * @param {ReceiverOptions} options
   * @param {import("./contract.js").Emit} emit
   * @param {import("./socket.js").Surroundings} [around]
   */
  constructor(surface, options, emit, around) {
    this.#emit = emit;
    this.#hidden = options.hidden;
    this.#wanted = options.stream;
    this.#visit = options.visit;
    this.#quality = options.quality ?? "auto";
    this.#drawsCursor = options.drawsCursor;
    this.#picturesOnly = options.picturesOnly;
    this.#connection = this.#connectionTo(options, around);
    this.#connection.pass = options.pass;
    this.#upstream = new Upstream((text) => this.#connection.send(text), nowUs);
    this.#playback = this.#playbackOn(surface, options);
    this.#audio = new AudioSubscription((message) => this.#upstream.send(message), emit);
    this.#tickTimer = setInterval(() => this.#tick(), TICK_MS);
    emit("state", shownOf(this.#facts));
    if (this.#playback.isPossible) this.#connection.connect();
    else this.#update({ failure: options.decoder ? "missing" : "decode" });
  }

  /**
   * @param {ReceiverOptions} options
   * @param {import("./socket.js").Surroundings} [around]
   */
  #connectionTo({ url, seal }, around) {
    return connectionTo(
      url,
      {
        onConnect: () => this.#update({ socket: "connecting", retryAtMs: null }),
        onOpen: () => this.#opened(),
        onArrival: () => this.#upstream.received(),
        onMessage: (message) => this.#received(message),
        onPacket: (packet, bytes) => {
          if (packet.kind === KIND.audio) this.#audio.received(packet);
          else this.#playback.push(packet, bytes);
        },
        onSealed: (seal, { track, kind }) => {
          if (kind === KIND.audio || track === this.#playback.trackNumber) this.#update({ seal });
        },
        onUnloaded: () => this.#update({ failure: "unloaded" }),
        onClose: (closed) => this.#disconnected(closed),
        onWait: (delayMs) => this.#update({ socket: "waiting", retryAtMs: Date.now() + delayMs }),
      },
      around,
      seal,
    );
  }

  /**
   * @param {import("./video/surface.js").Surface} surface
   * @param {ReceiverOptions} options
   */
  #playbackOn(surface, options) {
    const events = {
      onDecoded: (/** @type {Parameters<Upstream["decoded"]>[0]} */ decoded) => this.#upstream.decoded(decoded),
      onPainted: () => {
        if (!this.#facts.painted) this.#update({ painted: true });
      },
      onGate: () => this.#requestKeyframe(),
      onStill: () => this.#upstream.send({ type: "need" }),
      onPath: () => this.#pathChanged(),
      onExhausted: (/** @type {string} */ reason) => this.#update({ failure: "decode", failureDetail: reason }),
    };
    return new Playback(surface, options, events, this.#emit, this.#upstream.clock, nowUs);
  }

  /** @param {boolean} hidden */
  setHidden(hidden) {
    if (hidden === this.#hidden) return;
    this.#hidden = hidden;
    this.#upstream.send({ type: "visibility", hidden });
    if (hidden) return this.#playback.leaveFilm();
    this.#playback.restart();
    this.#update({ painted: false, wasHidden: true });
    this.#connection.retryNow();
  }

  retry() {
    this.#connection.retryNow();
  }

  /** @param {Path|null} decoder */
  setDecoder(decoder) {
    // Nothing comes any more, whatever decodes.
    if (Object.values(ENDINGS).some((ending) => ending === this.#facts.failure)) return;
    this.#playback.choose(decoder);
    this.#update({ failure: this.#playback.isPossible ? null : "missing", failureDetail: "" });
    if (!this.#playback.isPossible) return;
    this.#connection.connect();
    if (this.#playback.decodesVideo) this.#requestKeyframe();
    else this.#upstream.send({ type: "need" });
  }

  /** @param {string} stream */
  setStream(stream) {
    this.#wanted = stream;
    if (this.#facts.welcomed && stream !== this.#playback.stream) this.#upstream.send({ type: "watch", stream });
  }

  /** @param {import("./wire.js").Quality} quality */
  setQuality(quality) {
    this.#quality = quality;
    this.say({ type: "prefer", quality });
  }

  /** @param {string|null} pass */
  setPass(pass) {
    this.#connection.pass = pass;
  }

  /** @param {"opus"|"pcm"|null} codec */
  listen(codec) {
    this.#audio.listen(codec);
  }

  /** @param {boolean} isFollowed */
  setFollowed(isFollowed) {
    this.#playback.setFollowed(isFollowed);
  }

  /** @param {string} name */
  setName(name) {
    this.say({ type: "name", name });
  }

  /** @param {boolean} up */
  setHand(up) {
    this.say({ type: "hand", up });
  }

  /** @param {string} text */
  writeLine(text) {
    this.say({ type: "line", text });
  }

  /** @param {string[]} grants */
  ask(grants) {
    this.say({ type: "ask", grants });
  }

  /** @param {{atMs: number, hostUs: number}} press */
  timeResponse(press) {
    this.#playback.timeResponse(press);
  }

  close() {
    clearInterval(this.#tickTimer);
    this.#upstream.close();
    this.#connection.close();
    this.#playback.close();
  }

  /** @param {import("./wire.js").FromViewer} message */
  say(message) {
    if (this.#facts.welcomed) this.#upstream.send(message);
  }

  #opened() {
    this.#playback.restart();
    this.#playback.forgetCursor();
    const { accepts } = this.#playback;
    this.#greeted = this.#quality;
    this.#upstream.hello({ accepts, hidden: this.#hidden, stream: this.#wanted, visit: this.#visit, quality: this.#quality, drawsCursor: this.#drawsCursor, picturesOnly: this.#picturesOnly });
    this.#update({ socket: "open" });
  }

  /** @param {Received} message */
  #received(message) {
    const react = /** @type {(message: Received) => void} */ (this.#reactions[message.type]);
    react(message);
  }

  /** @type {{[Type in Received["type"]]: (message: Extract<Received, {type: Type}>) => void}} */
  #reactions = {
    lobby: () => this.#waitsInLobby(),
    welcome: (welcome) => this.#welcomed(welcome),
    streams: (list) => this.#follow(list),
    config: (config) => this.#playback.configure(config),
    shape: (shape) => this.#playback.shape(shape),
    cursor: (place) => this.#playback.placeCursor(place),
    status: (status) => {
      if (status.stream !== this.#playback.stream) return;
      if (status.reason === "blanked") this.#playback.blank();
      this.#update({ status, painted: status.state !== "waiting" && this.#playback.isPainted });
    },
    grants: ({ grants, may_ask }) => this.#emit("grants", may_ask ? { grants, may_ask } : { grants }),
    clipboard: (news) => this.#emit("clipboard", news),
    asked: ({ grants, state }) => this.#emit("asked", { grants, state }),
    audio: (audio) => this.#audio.announced(audio),
    recording: ({ on }) => this.#emit("recording", { on }),
    pong: (pong) => this.#upstream.pong(pong),
    you: (you) => this.#emit("you", you),
    "from-host": (line) => this.#emit("fromhost", line),
    acting: ({ on, by, program }) => this.#emit("acting", { on, by, program }),
    ink: (ink) => this.#emit("ink", ink),
    voices: (voices) => this.#emit("voices", voices),
    "show-request": (request) => this.#emit("showrequest", request),
    roster: (roster) => this.#emit("roster", roster),
    marks: (marks) => this.#emit("marks", marks),
    stats: (host) => {
      this.#host = host;
      if (host.limit === "stalled") this.#update({ stuck: true });
      this.#upstream.acknowledgeEvery(host.ack_interval_ms);
    },
  };

  /** The host lets newcomers in one by one, and has not decided yet. */
  #waitsInLobby() {
    this.#connection.settled();
    this.#update({ inLobby: true });
  }

  /** @param {import("./wire.js").Welcome} welcome */
  #welcomed(welcome) {
    if (welcome.version !== PROTOCOL_VERSION) return this.#end("version");
    this.#connection.settled();
    this.#visit = welcome.visit;
    this.#upstream.welcomed(welcome);
    this.#update({ welcomed: true, everWelcomed: true, inLobby: false, bye: null, status: null });
    // Chosen in the lobby, where the host takes the hello only.
    if (this.#quality !== this.#greeted) this.say({ type: "prefer", quality: this.#quality });
    this.#emit("welcome", { host: welcome.host, viewer: welcome.viewer, visit: welcome.visit });
    this.#follow(welcome);
  }

  /**
   * The streams of the host, and which of them it sends from now on.
   * @param {{streams: import("./wire.js").Stream[], watching: string}} list
   */
  #follow({ streams, watching }) {
    const track = streams.find(({ stream }) => stream === watching)?.track ?? 0;
    if (this.#playback.follow(watching, track)) this.#update({ status: null, painted: false, seal: null });
    this.#upstream.switchTrack(track);
    this.#emit("streams", { streams, watching });
  }

  /** @param {{code: number, bye: import("./wire.js").Bye|null}} closed */
  #disconnected({ code, bye }) {
    const { welcomed, failureDetail, bye: before } = this.#facts;
    // A host that was full may be gone by now; one that has stopped stays so until it is back.
    const reason = code === CLOSE.stopping ? "stopping" : (bye?.reason ?? (before === "stopping" ? before : null));
    this.#update({
      welcomed: false, inLobby: false, painted: false, wasHidden: false, status: null, seal: null,
      bye: reason, failureDetail: bye?.detail ?? failureDetail,
    });
    this.#host = null;
    this.#audio.disconnected();
    if (code in ENDINGS) this.#end(ENDINGS[code]);
    if ((!welcomed && bye === null) || code === CLOSE.expired) this.#emit("refused", {});
  }

  /** @param {import("./state.js").Ending} reason */
  #end(reason) {
    this.#upstream.close();
    this.#connection.close();
    this.#update({ failure: reason });
    if (reason === "version") this.#emit("ended", { reason });
  }

  #requestKeyframe() {
    const isLive = this.#facts.status === null || this.#facts.status.state === "live";
    const getsVideo = this.#host?.rendition !== RENDITION.jpeg; // a viewer that prefers full size gets stills over a slow link
    if (this.#facts.welcomed && isLive && getsVideo && !this.#hidden && this.#playback.takeRequest())
      this.#upstream.send({ type: "need" });
  }

  #pathChanged() {
    if (this.#facts.welcomed && this.#playback.isPossible) this.#upstream.send({ type: "accepts", accepts: this.#playback.accepts });
    this.#playback.emitPath();
  }

  #tick() {
    this.#ticks += 1;
    const { welcomed, inLobby } = this.#facts;
    if (inLobby) this.#upstream.tick();
    if (welcomed) {
      this.#upstream.tick();
      if (!this.#hidden) this.#playback.tick();
    }
    if (this.#facts.socket === "open" && this.#upstream.isSilent) this.#connection.abandon();
    this.#update({ stuck: this.#facts.welcomed && (this.#upstream.isStuck || this.#host?.limit === "stalled") });
    if (this.#ticks % 4 === 0) this.#emitStats();
  }

  #emitStats() {
    const measured = this.#playback.measured();
    const { path, dropped } = measured;
    if (path && this.#facts.welcomed) this.#upstream.report(measured, path, dropped);
    this.#emit("stats", { ...measured, rttUs: this.#upstream.clock.rttUs, host: this.#host });
  }

  /** @param {Partial<import("./state.js").Facts>} news */
  #update(news) {
    const before = shownOf(this.#facts);
    this.#facts = { ...this.#facts, ...news };
    const shown = shownOf(this.#facts);
    if (JSON.stringify(shown) !== JSON.stringify(before)) this.#emit("state", shown);
  }
}
