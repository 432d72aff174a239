// @ts-check
// A whole receiver, with a host that the test plays and a decoder that puts out pictures on demand.
// A file that imports this gets a clock that its tests move.
import { afterEach, beforeEach, mock } from "node:test";

import { Receiver } from "../../../src/samescreen/viewer/receiver.js";
import { PROTOCOL_VERSION } from "../../../src/samescreen/viewer/wire.js";
import { CONFIG, FakeVideoDecoder, fakeSurface, settled } from "./codecs.js";
import { FakeHost } from "./host.js";

/** @typedef {import("../../../src/samescreen/viewer/contract.js").ReceiverOptions} ReceiverOptions */

export const STREAMS = [
  { stream: "screen", name: "Screen", track: 0 },
  { stream: "camera", name: "Camera", track: 1 },
];
export const WELCOME = { type: "welcome", version: PROTOCOL_VERSION, viewer: "v1", host: "desk", ack_interval_ms: 50, streams: STREAMS, watching: "screen", visit: "q1Jc" };
export const LIVE = { type: "status", stream: "screen", state: "live", reason: "", detail: "" };
export const BYE = { type: "bye", reason: "full", detail: "" };
export const PUT_OUT = { type: "bye", reason: "put-out", detail: "the host has ended your access" };
export const STATS = { type: "stats", viewers: 1, captured_fps: 1, encoded_fps: 1, bitrate_bps: 1, capture: "x", encoder: "y", encode_us: 1, rendition: 0,
  limit: "none", ack_interval_ms: 100, rtt_us: 0, queue_us: 0, in_flight_bytes: 0, dropped: 0, gated_us: 0 };
export const PACKET = { track: 0, payload: new Uint8Array([1]) };

let nowMs = 0;
/** @type {Receiver[]} */ let open = [];

beforeEach(() => {
  nowMs = 1000;
  mock.method(performance, "now", () => nowMs);
  mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
});
afterEach(() => {
  for (const receiver of open) receiver.close();
  open = [];
  mock.timers.reset();
  mock.restoreAll();
});

/** @param {Partial<ReceiverOptions>} [options] */
export function scene(options = {}) {
  const host = new FakeHost();
  const surface = fakeSurface();
  /** @type {[string, any][]} */ const events = [];
  const all = { url: "ws://host/ws", decoder: null, paint: null, remembered: null, hidden: false, stream: "", visit: "17", pass: null };
  const receiver = new Receiver(surface, { ...all, ...options }, (name, detail) => events.push([name, detail]), host.around);
  open.push(receiver);
  const details = (/** @type {string} */ name) => events.filter(([each]) => each === name).map(([, detail]) => detail);
  const state = () => [details("state").at(-1)?.state, details("state").at(-1)?.reason].join(" ");
  const welcome = (more = {}) => {
    host.newest.open();
    host.send({ ...WELCOME, ...more });
    host.send({ ...CONFIG });
  };
  /** @param {number} ms  in ticks of the receiver */
  const pass = (ms) => {
    for (let step = 0; step < ms; step += 250) {
      nowMs += 250;
      mock.timers.tick(250);
    }
  };
  /** One picture decoded and painted. @param {object} [packet] */
  const paint = async (packet = {}) => {
    host.sendPacket({ ...PACKET, ...packet });
    FakeVideoDecoder.newest.output();
    await settled();
  };
  return { host, surface, receiver, events, details, state, welcome, pass, paint };
}
