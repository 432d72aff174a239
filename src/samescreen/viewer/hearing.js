// @ts-check
// What one connection knows of the host's sound: whether there is any, and whether this page listens. Thread: the receiver's.
// It neither decodes nor plays; packets go on as they are.

/** @typedef {import("./viewer.js").ReceiverEvents} ReceiverEvents */

export class Hearing {
  #say;
  #emit;
  /** @type {import("./wire.js").Audio|null} what the host told of it on this connection */ #audio = null;
  /** @type {"opus"|"pcm"|null} */ #codec = null;

  /**
   * @param {(message: import("./wire.js").Listen) => void} say
   * @param {<Name extends keyof ReceiverEvents>(name: Name, detail: ReceiverEvents[Name]) => void} emit
   */
  constructor(say, emit) {
    this.#say = say;
    this.#emit = emit;
  }

  /** @param {"opus"|"pcm"|null} codec  of the sound to be sent, null: none */
  listen(codec) {
    this.#codec = codec;
    if (this.#audio) this.#say({ type: "listen", on: codec !== null, codec: codec ?? "opus" });
  }

  /** @param {import("./wire.js").Audio} audio */
  told(audio) {
    const isNew = this.#audio === null && audio.state !== "none";
    this.#audio = audio.state === "none" ? null : audio;
    if (isNew && this.#codec) this.listen(this.#codec);
    this.#emit("audio", audio);
  }

  /** The connection is gone, and what it told with it. */
  lost() {
    this.#audio = null;
  }

  /** @param {import("./wire.js").Packet} packet */
  arrived({ track, rendition, sequence, ptsUs, payload }) {
    if (track === this.#audio?.track) this.#emit("sound", { rendition, sequence, ptsUs, payload });
  }
}
