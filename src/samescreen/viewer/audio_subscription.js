// @ts-check
// Whether the host has sound, and whether this page subscribes to it. Thread: the receiver's.
// It neither decodes nor plays; it passes packets on as they are.

export class AudioSubscription {
  #send;
  #emit;
  /** @type {import("./wire.js").Audio|null} the last announcement on this connection; null: there is no sound */ #audio = null;
  /** @type {"opus"|"pcm"|null} */ #codec = null;

  /**
   * @param {(message: import("./wire.js").Listen) => void} send
   * @param {import("./contract.js").Emit} emit
   */
  constructor(send, emit) {
    this.#send = send;
    this.#emit = emit;
  }

  /** @param {"opus"|"pcm"|null} codec  in which the host is to send its sound; null: no sound */
  listen(codec) {
    this.#codec = codec;
    if (this.#audio) this.#send({ type: "listen", on: codec !== null, codec: codec ?? "opus" });
  }

  /** @param {import("./wire.js").Audio} audio  the host's announcement */
  announced(audio) {
    const isNew = this.#audio === null && audio.state !== "none";
    this.#audio = audio.state === "none" ? null : audio;
    if (isNew && this.#codec) this.listen(this.#codec);
    this.#emit("audio", audio);
  }

  /** What the host announced held for that connection only. */
  disconnected() {
    this.#audio = null;
  }

  /** @param {import("./wire.js").Packet} packet */
  received({ track, rendition, sequence, ptsUs, payload }) {
    if (track === this.#audio?.track) this.#emit("sound", { rendition, sequence, ptsUs, payload });
  }
}
