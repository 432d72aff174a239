// @ts-check
// All that a page of one's own needs: log in, hand over a canvas, listen. The rest (worker, H.264, reconnecting) is in viewer.js.
import { Viewer } from "./viewer.js";

const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById("screen"));
const state = /** @type {HTMLElement} */ (document.getElementById("state"));

// The token stands behind the # of the link. Traded once for a cookie; without one, an earlier visit's cookie still counts.
async function logIn() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return;
  history.replaceState(null, "", location.pathname);
  const headers = { "content-type": "application/json" };
  // A host that is not there yet: the viewer says so, and keeps trying.
  await fetch("api/login", { method: "POST", headers, body: JSON.stringify({ token }) }).catch(() => null);
}

const viewer = new Viewer(canvas, { after: logIn() });

// "connecting", "waiting", "live", "lost", "reconnecting", "stopped" or "failed"; `detail` is a sentence of the host.
viewer.addEventListener("state", (event) => {
  const { state: name, detail } = /** @type {CustomEvent} */ (event).detail;
  document.documentElement.dataset.state = name;
  state.textContent = name === "live" ? "" : `${name} ${detail}`;
});

viewer.addEventListener("refused", async () => {
  const answer = await fetch("api/status").catch(() => null);
  if (answer?.status !== 401) return; // the host is not there: the viewer keeps trying
  viewer.close();
  state.textContent = "Open this page with the #token=… of the host's link.";
});

// Also there: "size" and "stats" events, viewer.snapshot(), viewer.setDecoder("wasm"), viewer.close().
