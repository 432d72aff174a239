// @ts-check
// The worker's shell: a receiver whose commands and events cross to the page (viewer.js). Thread: worker. It decides nothing.

import { carryOut, eventsBy } from "./contract.js";
import { Receiver } from "./receiver.js";
import { RemoteSurface } from "./video/remote_surface.js";
import { CanvasSurface } from "./video/surface.js";

// Named here so that the browser asks for all of them at once, instead of finding them four levels deep: 60 ms of first picture.
import "./activity.js";
import "./again.js";
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

/** @typedef {import("./contract.js").Start|{place: MessagePort}} First */

/**
 * @param {First} first  a viewer, or a place for one beside others
 * @param {DedicatedWorkerGlobalScope|MessagePort} page  where its commands come from and its events go
 */
function begin(first, page) {
  if (!("place" in first)) return start(first, page);
  const { place } = first;
  place.onmessage = ({ data }) => start(data, place);
}

/**
 * @param {import("./contract.js").Start} start
 * @param {DedicatedWorkerGlobalScope|MessagePort} page
 */
function start({ surface, options }, page) {
  const painted = surface instanceof MessagePort ? new RemoteSurface(surface) : new CanvasSurface(surface);
  const receiver = new Receiver(painted, options, eventsBy((message, transfer) => page.postMessage(message, transfer)));
  page.onmessage = (/** @type {MessageEvent<CommandMessage>} */ { data }) => {
    carryOut(receiver, data);
    if (data.command === "close") page.close();
  };
}

scope.onmessage = (/** @type {MessageEvent<First>} */ { data }) => begin(data, scope);
// loader.js waits for a first message, whatever it is: the modules are loaded.
scope.postMessage("ready");
