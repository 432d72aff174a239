// @ts-check
// The socket of voices. It is open while the page listens or speaks. Main thread.

import { Socket } from "../socket.js";
import { CLOSE, ProtocolError } from "../wire.js";
import { SEQUENCES, voiceFromBytes, voiceToBytes } from "./wire.js";

/** Closed for these reasons, the page does not try again. @type {Set<number>} */
const FINAL = new Set([CLOSE.forbidden, CLOSE.protocol, CLOSE["put-out"], CLOSE.version, CLOSE.expired]);

/** 200 ms of voice, at 32 kbit/s with its headers: what waits longer in the page would come too late, and delay all that follows. */
export const MOST_WAITING_BYTES = 850;

/** @typedef {"opus"|"pcm"|"none"} Hearing */

export class TalkLine {
  #socket;
  #isOpen = false;
  /** @type {Hearing} */ #hearing = "none";
  #sequence = 0;
  /** A dropped packet was the first. */ #begins = false;
  /** Packets that were not sent, because the network takes no more, for whoever measures it. */ dropped = 0;

  /**
   * @param {string} url
   * @param {string|null} pass
   * @param {{onVoice: (voice: import("./wire.js").Voice) => void, onState: (isOpen: boolean, isFinal: boolean) => void}} events
   * @param {import("../socket.js").Surroundings} [around]
   */
  constructor(url, pass, { onVoice, onState }, around) {
    this.#socket = new Socket(
      url,
      {
        onConnect: () => {},
        onOpen: () => {
          this.#socket.settled();
          this.#isOpen = true;
          this.#say({ type: "hear", codec: this.#hearing });
          onState(true, false);
        },
        onMessage: (data) => {
          if (typeof data === "string") return;
          try {
            onVoice(voiceFromBytes(data));
          } catch (error) {
            if (!(error instanceof ProtocolError)) throw error;
            console.warn("samescreen:", error.message);
          }
        },
        onClose: ({ code }) => {
          this.#isOpen = false;
          const isFinal = FINAL.has(code);
          if (isFinal) this.close();
          onState(false, isFinal);
        },
        onWait: () => {},
      },
      around,
    );
    this.#socket.pass = pass;
    this.#socket.connect();
  }

  /** @param {Hearing} hearing  in which form to hear the others */
  hear(hearing) {
    this.#hearing = hearing;
    if (this.#isOpen) this.#say({ type: "hear", codec: hearing });
  }

  /**
   * @param {Uint8Array} payload  20 ms of Opus
   * @param {boolean} begins
   */
  speak(payload, begins) {
    this.#sequence = (this.#sequence + 1) % SEQUENCES;
    if (!this.#isOpen) return;
    this.#begins ||= begins;
    if (this.#socket.bufferedBytes > MOST_WAITING_BYTES) return void (this.dropped += 1);
    this.#socket.send(voiceToBytes({ sequence: this.#sequence, begins: this.#begins, payload }));
    this.#begins = false;
  }

  /** The person stopped to speak. */
  hush() {
    if (this.#isOpen) this.#say({ type: "hush" });
  }

  /** See socket.js. */
  doubt() {
    this.#socket.doubt();
  }

  renew() {
    this.#socket.renew();
  }

  close() {
    this.#isOpen = false;
    this.#socket.close();
  }

  /** @param {object} message */
  #say(message) {
    this.#socket.send(JSON.stringify(message));
  }
}
