// @ts-check
// All that a page of one's own needs: log in, hand over a canvas, listen. The rest (worker, H.264, reconnecting) is in viewer.js.
import { Viewer } from "./viewer.js";

const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById("screen"));
const state = /** @type {HTMLElement} */ (document.getElementById("state"));

const framed = parent !== self; // in another site's page: the pass alone lets in, and "framed." says that no cookie does
const seal = new URLSearchParams(location.hash.slice(1)).get("seal"); // the key of sealed pictures: it stays in the address
let pass = framed ? "framed." : "";

/** @param {string} path @param {object} fields */
const post = (path, fields) =>
  fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ framed, pass, ...fields }) }).catch(() => null);

// The token stands behind the # of the link. Traded once for a cookie; without one, an earlier visit's cookie still counts.
async function logIn() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return;
  if (!framed) history.replaceState(null, "", location.pathname + (seal === null ? "" : `#seal=${seal}`));
  // A host that is not there yet: the viewer says so, and keeps trying.
  await accept(await post("api/login", { token, pass: true }));
}

/** @param {Response|null} answer */
async function accept(answer) {
  if (answer?.ok) pass = (await answer.json()).pass ?? pass; // lets in where the browser keeps no cookie
  viewer.setPass(pass || null);
}

const viewer = new Viewer(canvas, { pass: pass || null, seal, after: logIn() });
addEventListener("hashchange", () => logIn().then(() => viewer.retry())); // a link pasted over this page's address
setInterval(async () => accept(await post("api/renew", {})), 3_600_000); // cookie and pass hold for twelve hours

// "connecting", "waiting", "live", "lost", "reconnecting", "stopped" or "failed"; `detail` is a sentence of the host.
viewer.addEventListener("state", (event) => {
  const { state: name, detail } = /** @type {CustomEvent} */ (event).detail;
  document.documentElement.dataset.state = name;
  state.textContent = name === "live" ? "" : `${name} ${detail}`;
});

viewer.addEventListener("refused", async () => {
  const answer = await post("api/renew", {});
  const cause = answer?.headers.get("samescreen-cause");
  if (cause === "sign-in") state.textContent = "Open this page with the #token=… of the host's link, and allow its cookie.";
  else if (answer && !answer.ok) state.textContent = await answer.text(); // what to do, in English
});

// Also there: "size" and "stats" events, viewer.snapshot(), viewer.setDecoder("wasm"), viewer.close().
