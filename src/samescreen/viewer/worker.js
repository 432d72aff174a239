// @ts-check
// The worker's shell: passes messages between the page (viewer.js) and the receiver. Thread: worker. It decides nothing.

import { Receiver } from "./receiver.js";
import { FarSurface } from "./video/far_surface.js";
import { CanvasSurface } from "./video/surface.js";

// Named here so that the browser asks for all of them at once, instead of finding them four levels deep: 60 ms of first picture.
import "./clock.js";
import "./connection.js";
import "./gate.js";
import "./hearing.js";
import "./session.js";
import "./socket.js";
import "./state.js";
import "./stats.js";
import "./video/colour.js";
import "./video/cpu.js";
import "./video/gpu.js";
import "./video/jpeg.js";
import "./video/ladder.js";
import "./video/painter.js";
import "./video/planes.js";
import "./video/simd.js";
import "./video/track.js";
import "./video/wasm.js";
import "./video/webcodecs.js";
import "./video/webgl.js";
import "./wire.js";

const scope = /** @type {DedicatedWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/** @type {Receiver|null} */
let receiver = null;

/** @type {Record<string, (message: any) => void>} */
const commands = {
  start: ({ surface: given, options }) => {
    const surface = given instanceof MessagePort ? new FarSurface(given) : new CanvasSurface(given);
    receiver = new Receiver(surface, options, (name, detail) => scope.postMessage({ name, detail }, movable(detail)));
  },
  visibility: ({ hidden }) => receiver?.visibility(hidden),
  retry: () => receiver?.retry(),
  decoder: ({ decoder }) => receiver?.setDecoder(decoder),
  stream: ({ stream }) => receiver?.setStream(stream),
  pass: ({ pass }) => receiver?.setPass(pass),
  listen: ({ codec }) => receiver?.listen(codec),
  close: () => {
    receiver?.close();
    scope.close();
  },
};

/**
 * A packet of sound is handed on, not copied: it is all there is in its message.
 * @param {object} detail
 */
function movable(detail) {
  return "payload" in detail ? [/** @type {Uint8Array} */ (detail.payload).buffer] : [];
}

scope.onmessage = (/** @type {MessageEvent} */ event) => commands[event.data.command]?.(event.data);
scope.postMessage({ name: "ready", detail: {} });
