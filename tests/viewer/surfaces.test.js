// @ts-check
// What is painted on, and the two ways from planes to it: by the CPU, and by WebGL calls that a fake context writes down.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { installPage } from "./fakes/page.js";

/** @type {any} */ let gl = null;
class FakeCanvas extends EventTarget {
  /** @param {number} width @param {number} height */
  constructor(width, height) {
    super();
    Object.assign(this, { width, height });
  }
  /** @param {string} kind */
  getContext(kind) {
    return kind === "webgl2" ? gl : null;
  }
}
Object.assign(globalThis, {
  OffscreenCanvas: FakeCanvas,
  ImageData: class {
    /** @param {Uint8ClampedArray|number} data @param {number} width @param {number} [height] */
    constructor(data, width, height) {
      const [wide, high] = typeof data === "number" ? [data, width] : [width, height];
      const bytes = typeof data === "number" ? new Uint8ClampedArray(data * width * 4) : data;
      Object.assign(this, { data: bytes, width: wide, height: high });
    }
  },
  // node fetches no files; the conversion fetches its .wasm.
  fetch: async (/** @type {URL} */ url) => new Response(readFileSync(url)),
});
const { CanvasSurface, isShownAtOnce } = await import("../../src/samescreen/viewer/video/surface.js");
const { CpuPlanes } = await import("../../src/samescreen/viewer/video/cpu.js");
const { WebglPlanes } = await import("../../src/samescreen/viewer/video/webgl.js");
const { isGpu } = await import("../../src/samescreen/viewer/video/gpu.js");
await (await import("../../src/samescreen/viewer/video/simd.js")).loading;

/** @param {object} [more] */
function recorder(more = {}) {
  /** @type {any[]} */ const calls = [];
  const target = new Proxy(/** @type {any} */ (more), {
    get: (own, name) => (name in own ? own[name] : (/** @type {any[]} */ ...given) => void calls.push([name, ...given])),
  });
  const named = (/** @type {string} */ name) => calls.filter(([each]) => each === name).map(([, ...given]) => given);
  return { target, calls, named };
}

/** @param {number} width @param {number} height  of one colour: white */
const white = (width, height) => ({
  bytes: new Uint8Array((width * height * 3) / 2).fill(235, 0, width * height).fill(128, width * height),
  width,
  height,
});

test("a picture is drawn once, clipped to the regions that changed", () => {
  const { target, calls, named } = recorder();
  const canvas = Object.assign(new EventTarget(), { width: 1, height: 1, getContext: () => target });
  const surface = new CanvasSurface(/** @type {any} */ (canvas));
  surface.resize({ width: 64, height: 48 });
  assert.deepEqual([surface.width, canvas.height], [64, 48]);
  const regions = [{ x: 1, y: 2, width: 3, height: 4 }, { x: 5, y: 6, width: 7, height: 8 }];
  surface.draw(/** @type {any} */ ("source"), { width: 64, height: 48 }, { x: 0, y: 0, width: 64, height: 48 }, regions);
  assert.deepEqual(calls.map(([name]) => name), ["save", "beginPath", "rect", "rect", "clip", "drawImage", "restore"]);
  assert.deepEqual(named("rect"), [[1, 2, 3, 4], [5, 6, 7, 8]]);
  surface.put(/** @type {any} */ ("image"), 9, 9);
  assert.deepEqual(named("putImageData"), [["image", 9, 9]]);
});

test("pixels are filled into room as large as their region, and put in its place", () => {
  const { target, named } = recorder();
  const canvas = Object.assign(new EventTarget(), { getContext: () => target });
  const surface = new CanvasSurface(/** @type {any} */ (canvas));
  for (const region of [{ x: 1, y: 2, width: 3, height: 4 }, { x: 5, y: 6, width: 3, height: 4 }, { x: 0, y: 0, width: 2, height: 1 }]) {
    surface.fill(region, (pixels) => {
      assert.equal(pixels.length, region.width * region.height);
      pixels.fill(0xff000000 + region.x);
    });
    const [image, x, y] = /** @type {any[]} */ (named("putImageData").at(-1));
    assert.deepEqual([image.width, image.height, x, y], [region.width, region.height, region.x, region.y]);
    assert.deepEqual([...image.data.subarray(-4)], [region.x, 0, 0, 255]);
  }
});

test("a canvas that lost its pixels is reported, until the surface is closed", () => {
  const canvas = Object.assign(new EventTarget(), { getContext: () => ({}) });
  const surface = new CanvasSurface(/** @type {any} */ (canvas));
  let lost = 0;
  surface.onBlank = () => (lost += 1);
  canvas.dispatchEvent(new Event("contextrestored"));
  surface.close();
  canvas.dispatchEvent(new Event("contextrestored"));
  assert.equal(lost, 1);
  assert.throws(() => new CanvasSurface(/** @type {any} */ ({ getContext: () => null })), /no 2D canvas/u);
});

test("the page paints itself only where the browser says that it shows such a canvas at once", () => {
  for (const [attributes, expected] of /** @type {const} */ ([[{ desynchronized: true }, true], [{ desynchronized: false }, false], [{}, false]])) {
    const { document } = installPage();
    document.createElement = () => /** @type {any} */ ({ getContext: () => ({ getContextAttributes: () => attributes }) });
    assert.equal(isShownAtOnce(), expected);
  }
  const { document } = installPage();
  document.createElement = () => /** @type {any} */ ({ getContext: () => ({}) });
  assert.equal(isShownAtOnce(), false, "a browser that does not say");
});

test("the CPU converts inside each region and puts that, at any width: the fast way, and the one for odd widths", () => {
  for (const width of [32, 24]) {
    /** @type {any[]} */ const puts = [];
    const surface = /** @type {any} */ ({
      fill: (/** @type {any} */ region, /** @type {(pixels: Uint32Array) => void} */ write) => {
        const pixels = new Uint32Array(region.width * region.height);
        write(pixels);
        puts.push([pixels, region]);
      },
    });
    const planes = new CpuPlanes();
    const regions = [{ x: 2, y: 2, width: 4, height: 4 }, { x: 20, y: 8, width: 4, height: 2 }];
    planes.paint(surface, white(width, 16), { width, height: 16 }, regions);
    assert.deepEqual(puts.map(([, region]) => region), regions);
    for (const [pixels] of puts) assert.ok(pixels.every((/** @type {number} */ pixel) => pixel === 0xffffffff), `width ${width}`);
    planes.close();
  }
});

/** @param {object} [more]  of the WebGL context */
function webgl(more = {}) {
  const context = recorder({
    ...Object.fromEntries(["VERTEX_SHADER", "FRAGMENT_SHADER", "LINK_STATUS", "MAX_TEXTURE_SIZE", "UNPACK_ROW_LENGTH", "TEXTURE0"].map((name) => [name, name])),
    createShader: () => ({}),
    createProgram: () => ({}),
    createTexture: () => ({}),
    getUniformLocation: (/** @type {unknown} */ _program, /** @type {string} */ name) => name,
    getProgramParameter: () => true,
    getProgramInfoLog: () => "bad shader",
    getParameter: () => 4096,
    getExtension: () => null,
    isContextLost: () => false,
    ...more,
  });
  gl = context.target;
  return context;
}

test("WebGL uploads whole 2×2 blocks around a region, half as many for colour, and lays the picture over the canvas", () => {
  const { named } = webgl();
  /** @type {any[]} */ const drawn = [];
  const surface = /** @type {any} */ ({ draw: (/** @type {any[]} */ ...given) => drawn.push(given) });
  const planes = new WebglPlanes(() => assert.fail("nothing is lost"));
  const regions = [{ x: 3, y: 5, width: 4, height: 2 }];
  planes.paint(surface, white(32, 16), { width: 30, height: 16 }, regions);
  const uploads = named("texSubImage2D").map(([, , x, y, width, height, , , , from]) => [x, y, width, height, from]);
  assert.deepEqual(uploads, [[2, 4, 6, 4, 4 * 32 + 2], [1, 2, 3, 2, 512 + 2 * 16 + 1], [1, 2, 3, 2, 640 + 2 * 16 + 1]]);
  assert.deepEqual(named("scissor"), [[2, 16 - 4 - 4, 6, 4]], "rows are counted from below");
  const [[, from, to, painted]] = drawn;
  assert.deepEqual([from, to, painted], [{ width: 30, height: 16 }, { x: 0, y: 0, width: 30, height: 16 }, regions]);
  planes.paint(surface, white(32, 16), { width: 30, height: 16 }, [{ x: 0, y: 0, width: 0, height: 0 }]);
  assert.deepEqual([named("texSubImage2D").length, named("texStorage2D").length], [3, 3], "nothing to upload, and textures are kept");
});

test("a lost WebGL context, a shader that does not link and a picture that is too large are errors", () => {
  assert.throws(() => {
    gl = null;
    new WebglPlanes(() => {});
  }, /no WebGL 2/u);
  webgl({ getProgramParameter: () => false });
  assert.throws(() => new WebglPlanes(() => {}), /bad shader/u);
  webgl({ isContextLost: () => true });
  const lost = new WebglPlanes(() => {});
  assert.throws(() => lost.paint(/** @type {any} */ ({}), white(16, 16), { width: 16, height: 16 }, []), /took its context away/u);
  webgl({ getParameter: () => 16 });
  const small = new WebglPlanes(() => {});
  assert.throws(() => small.paint(/** @type {any} */ ({}), white(32, 16), { width: 32, height: 16 }, []), /32×16 is too large/u);
});

test("renderers that run on the CPU are no GPU", () => {
  for (const name of ["llvmpipe (LLVM 15)", "Google SwiftShader", "Microsoft Basic Render Driver", "softpipe"]) assert.equal(isGpu(name), false, name);
  for (const name of ["NVIDIA GeForce RTX", "Apple M2", "Mesa Intel(R) UHD"]) assert.equal(isGpu(name), true, name);
});
