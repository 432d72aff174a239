// @ts-check
// Copies a frame of the browser's software decoder into planes that colour.js can read. Either thread.

/** @typedef {import("./colour.js").Planes} Planes */

/**
 * True for a frame whose planes colour.js can read.
 * @param {VideoFrame} frame
 * @param {{width: number, height: number}} size  of the picture
 */
export function liesInMemory({ format, visibleRect }, { width, height }) {
  if (format !== "I420" || !visibleRect || visibleRect.x !== 0 || visibleRect.y !== 0) return false;
  return (
    visibleRect.width % 2 === 0 && visibleRect.height % 2 === 0 && visibleRect.width >= width && visibleRect.height >= height
  );
}

/**
 * The frame stays open.
 * @param {VideoFrame} frame  that lies in memory
 * @param {Uint8Array<ArrayBuffer>} [spare]  taken for the copy if it has the size
 * @returns {Promise<Planes & {bytes: Uint8Array<ArrayBuffer>}>}
 */
export async function copyPlanes(frame, spare) {
  const { width, height } = /** @type {DOMRectReadOnly} */ (frame.visibleRect);
  const stride = Math.ceil(width / 16) * 16; // as wide as the fast conversion wants it
  const size = (stride * height * 3) / 2;
  const bytes = spare?.length === size ? spare : new Uint8Array(size);
  const layout = [
    { offset: 0, stride },
    { offset: stride * height, stride: stride / 2 },
    { offset: (stride * height * 5) / 4, stride: stride / 2 },
  ];
  await frame.copyTo(bytes, { rect: { x: 0, y: 0, width, height }, layout });
  return { bytes, width: stride, height };
}
