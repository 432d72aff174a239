// @ts-check
// One text or PNG image on its way between the clipboards of this browser and of the host, over HTTP. Main thread. It keeps nothing.

/** @typedef {{kind: "text"|"image", body: Blob}} Clip */
/** @typedef {"sent"|"too-large"|"refused"|"lost"} Fate  of a clip; lost: the host did not answer */

export const MOST_BYTES = Object.freeze({ text: 1 << 20, image: 16 << 20 });
export const PATIENCE_MS = 20_000;
const PATH = "api/clipboard";
const TYPES = { text: "text/plain;charset=utf-8", image: "image/png" };

/**
 * What a paste brings. Call it in the event's listener: afterwards browsers give nothing.
 * @param {DataTransfer|null} from
 * @returns {Clip|null} null: neither a text nor a PNG image
 */
export function clipIn(from) {
  const text = from?.getData("text/plain") ?? "";
  if (text !== "") return clipOfText(text);
  const image = [...(from?.items ?? [])].find(({ kind, type }) => kind === "file" && type === TYPES.image)?.getAsFile();
  return image ? { kind: "image", body: image } : null;
}

/**
 * @param {string} text
 * @returns {Clip}
 */
export function clipOfText(text) {
  return { kind: "text", body: new Blob([text]) };
}

/**
 * Sets the host's clipboard. Resolves once programs there can paste it.
 * @param {Clip} clip
 * @returns {Promise<Fate>}
 */
export async function sendClip({ kind, body }) {
  if (body.size > MOST_BYTES[kind]) return "too-large";
  const request = { method: "POST", headers: { "content-type": TYPES[kind] }, body, signal: AbortSignal.timeout?.(PATIENCE_MS) };
  const response = await fetch(PATH, request).catch(() => null);
  if (!response) return "lost";
  return response.ok ? "sent" : response.status === 413 ? "too-large" : "refused";
}

/**
 * What a program on the host copied last.
 * @returns {Promise<Clip|null>} null: it is gone, or out of reach
 */
export async function fetchClip() {
  const response = await fetch(PATH, { signal: AbortSignal.timeout?.(PATIENCE_MS) }).catch(() => null);
  const body = response?.ok ? await response.blob().catch(() => null) : null;
  return body && { kind: body.type === TYPES.image ? "image" : "text", body };
}
