// @ts-check
// Finds out once, by drawing and by asking WebGL, what the browser draws with. Either thread. It decides nothing.

/** @type {boolean|null} */
let exact = null;

/**
 * True where the browser itself draws a VideoFrame well: on a GPU. Without one, Chromium converts the whole frame, also outside the clip,
 * 6 ms for 720p, and its approximation of BT.709 makes pure blue (1, 0, 243). So: draw pure blue and look.
 */
export function drawsFramesWell() {
  exact ??= bluest() >= 250;
  return exact;
}

/** @type {boolean|null} */
let onGpu = null;

/** True where the browser has a real GPU to draw with. */
export function hasGpu() {
  if (onGpu === null) {
    const context = new OffscreenCanvas(1, 1).getContext("webgl", { failIfMajorPerformanceCaveat: true });
    // Firefox sees no caveat in a renderer that runs on the CPU, so its name decides.
    onGpu = context !== null && isGpu(rendererOf(context));
    context?.getExtension("WEBGL_lose_context")?.loseContext();
  }
  return onGpu;
}

/** @param {string} renderer  as WebGL names it */
export function isGpu(renderer) {
  return !/llvmpipe|softpipe|swiftshader|software|basic render/i.test(renderer);
}

/** @param {WebGLRenderingContext} context */
function rendererOf(context) {
  const name = String(context.getParameter(context.RENDERER));
  // Chromium and Safari give the name only through the extension; Firefox warns when a page asks for that.
  const unmasked = /^webkit/i.test(name) ? context.getExtension("WEBGL_debug_renderer_info") : null;
  return unmasked ? String(context.getParameter(unmasked.UNMASKED_RENDERER_WEBGL)) : name;
}

function bluest() {
  // Smaller canvases stay off the GPU even where there is one.
  const context = new OffscreenCanvas(512, 512).getContext("2d", { alpha: false, desynchronized: true });
  const planes = new Uint8Array(16 * 16 * 1.5).fill(32, 0, 256).fill(240, 256, 320).fill(118, 320);
  const colorSpace = /** @type {const} */ ({ matrix: "bt709", primaries: "bt709", transfer: "bt709", fullRange: false });
  const frame = new VideoFrame(planes, { format: "I420", codedWidth: 16, codedHeight: 16, timestamp: 0, colorSpace });
  try {
    context?.drawImage(frame, 0, 0);
    return context?.getImageData(8, 8, 1, 1).data[2] ?? 255;
  } finally {
    frame.close();
  }
}
