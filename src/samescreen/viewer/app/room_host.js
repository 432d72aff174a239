// @ts-check
// What the room of a page with the host link asks of the host. Main thread. The page shows what became of it when the host says so.

/**
 * Shows this stream to everybody.
 * @param {{pass: string|null, token: string|null}} lease
 * @param {string} stream  "": takes back what everybody sees
 */
export async function forward({ pass, token }, stream) {
  /** @type {Record<string, string>} */ const headers = { "content-type": "application/json" };
  // Where the browser keeps no cookie, the link itself says who asks.
  if (pass !== null && token !== null) headers.authorization = `Bearer ${token}`;
  await fetch("api/streams/forward", { method: "POST", headers, body: JSON.stringify({ stream }), cache: "no-store" }).catch(() => null);
}
