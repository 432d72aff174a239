// @ts-check
// The worker's shell: a receiver whose commands and events cross to the page (viewer.js). Thread: worker. It decides nothing.

import { carryOut, eventsBy } from "./contract.js";
import { Receiver } from "./receiver.js";
import { RemoteSurface } from "./video/remote_surface.js";
import { CanvasSurface } from "./video/surface.js";

// Named here so that the browser asks for all of them at once, instead of finding them four levels deep: 60 ms of first picture.
import "./activity.js";
import "./audio_subscription.js";
import "./clock.js";
import "./connection.js";
import "./cursor.js";
import "./gate.js";
import "./playback.js";
import "./response.js";
import "./session.js";
import "./socket.js";
import "./state.js";
import "./stats.js";
import "./upstream.js";
import "./video/colour.js";
import "./video/cpu.js";
import "./video/decoder_selector.js";
import "./video/film.js";
import "./video/film_choice.js";
import "./video/frame_planes.js";
import "./video/gpu.js";
import "./video/jpeg.js";
import "./video/painter.js";
import "./video/pieces.js";
import "./video/planes.js";
import "./video/simd.js";
import "./video/track.js";
import "./video/wasm.js";
import "./video/webcodecs.js";
import "./video/webgl.js";
import "./wire.js";

/** @typedef {import("./contract.js").CommandMessage} CommandMessage */

const scope = /** @type {DedicatedWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/** @param {import("./contract.js").Start} start */
function start({ surface, options }) {
  const painted = surface instanceof MessagePort ? new RemoteSurface(surface) : new CanvasSurface(surface);
  const receiver = new Receiver(painted, options, eventsBy((message, transfer) => scope.postMessage(message, transfer)));
  scope.onmessage = (/** @type {MessageEvent<CommandMessage>} */ { data }) => {
    carryOut(receiver, data);
    if (data.command === "close") scope.close();
  };
}

scope.onmessage = (/** @type {MessageEvent<import("./contract.js").Start>} */ { data }) => start(data);
// loader.js waits for a first message, whatever it is: the modules are loaded.
scope.postMessage("ready");
