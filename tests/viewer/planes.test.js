// @ts-check
// Which way planes are painted, and what becomes of a picture when that way fails.

import assert from "node:assert/strict";
import { test } from "node:test";

import { isGpu } from "../../src/samescreen/viewer/video/gpu.js";
import { PlanesPainter } from "../../src/samescreen/viewer/video/planes.js";

/** @typedef {import("../../src/samescreen/viewer/video/planes.js").Way} Way */

const WHOLE = [{ x: 0, y: 0, width: 4, height: 2 }];
const PLANES = { bytes: new Uint8Array(12), width: 4, height: 2 };

/** @param {{isPossible?: boolean, isWorthwhile?: boolean, fails?: boolean}} [webgl]  what this browser is like */
function scene({ isPossible = true, isWorthwhile = true, fails = false } = {}) {
  /** @type {{painted: string[], closed: string[], lost: number, fails: boolean}} */
  const seen = { painted: [], closed: [], lost: 0, fails };
  /** @type {(error: Error) => void} */ let lose = () => {};
  /** @type {(key: "webgl"|"cpu", paint: () => void) => import("../../src/samescreen/viewer/video/planes.js").Brush} */
  const surface = (key, paint) => ({ paint: () => (paint(), void seen.painted.push(key)), close: () => void seen.closed.push(key) });
  /** @type {Way[]} */
  const ways = [
    {
      key: "webgl",
      isPossible: () => isPossible,
      isWorthwhile: () => isWorthwhile,
      build: (onLost) => {
        lose = onLost;
        return surface("webgl", () => {
          if (seen.fails) throw new Error("lost");
        });
      },
    },
    { key: "cpu", isPossible: () => true, isWorthwhile: () => true, build: () => surface("cpu", () => {}) },
  ];
  /** @param {"webgl"|"cpu"|null} wanted */
  const painter = (wanted) => new PlanesPainter(wanted, () => (seen.lost += 1), ways);
  return { seen, painter, lose: () => lose(new Error("taken away")) };
}

/** @param {PlanesPainter} painter */
const paint = (painter) => painter.paint(/** @type {any} */ (null), PLANES, PLANES, WHOLE);

test("the first way that is worthwhile here paints, unless another is asked for", () => {
  for (const [browser, wanted, expected] of /** @type {const} */ ([
    [{}, null, "webgl"],
    [{}, "cpu", "cpu"],
    [{ isWorthwhile: false }, null, "cpu"],
    [{ isWorthwhile: false }, "webgl", "webgl"],
    [{ isPossible: false }, "webgl", "cpu"],
  ])) {
    const { seen, painter } = scene(browser);
    const planes = painter(wanted);
    assert.equal(planes.way, null, "nothing was painted yet");
    paint(planes);
    assert.deepEqual(seen.painted, [expected]);
    assert.equal(planes.way, expected);
    assert.equal(seen.lost, 0);
  }
});

test("the picture whose way fails goes the next one, and so does every picture after it", () => {
  const { seen, painter } = scene();
  const planes = painter(null);
  paint(planes);
  seen.fails = true;
  paint(planes);
  seen.fails = false;
  paint(planes);
  assert.deepEqual(seen.painted, ["webgl", "cpu", "cpu"]);
  assert.deepEqual(seen.closed, ["webgl"]);
  assert.equal(seen.lost, 1);
  assert.equal(planes.way, "lost");
});

test("a way lost between two pictures is reported once and at once, however often it fails", () => {
  const { seen, painter, lose } = scene();
  const planes = painter("webgl");
  paint(planes);
  lose();
  assert.equal(seen.lost, 1);
  lose();
  paint(planes);
  assert.equal(seen.lost, 1);
  assert.deepEqual(seen.painted, ["webgl", "cpu"]);
});

test("a way that cannot even begin is passed over: nothing was lost with it", () => {
  const { seen } = scene();
  const surface = { paint: () => void seen.painted.push("cpu"), close: () => {} };
  const planes = new PlanesPainter("webgl", () => assert.fail("nothing was lost"), [
    { key: "webgl", isPossible: () => true, isWorthwhile: () => false, build: () => { throw new Error("no context"); } },
    { key: "cpu", isPossible: () => true, isWorthwhile: () => true, build: () => surface },
  ]);
  paint(planes);
  assert.deepEqual(seen.painted, ["cpu"]);
  assert.equal(planes.way, "cpu");
});

test("what the last way throws is not swallowed", () => {
  const { seen, painter } = scene({ fails: true });
  const planes = new PlanesPainter(null, () => assert.fail("there is nothing to go on with"), [
    { key: "cpu", isPossible: () => true, isWorthwhile: () => true, build: () => assert.fail("no memory") },
  ]);
  assert.throws(() => paint(planes), /no memory/);
  paint(painter(null));
  assert.deepEqual(seen.painted, ["cpu"]);
});

test("after a change of path nothing is said of painting until a picture is painted", () => {
  const planes = scene().painter(null);
  paint(planes);
  planes.pause();
  assert.equal(planes.way, null);
  paint(planes);
  assert.equal(planes.way, "webgl");
});

test("a renderer that runs on the CPU is known by its name", () => {
  for (const name of [
    "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)",
    "llvmpipe (LLVM 15.0.6, 256 bits)",
    "softpipe",
    "ANGLE (Microsoft, Microsoft Basic Render Driver Direct3D11 vs_5_0 ps_5_0)",
    "Apple Software Renderer",
  ])
    assert.equal(isGpu(name), false, name);
  for (const name of [
    "ANGLE (Intel, Mesa Intel(R) UHD Graphics 620 (KBL GT2), OpenGL 4.6)",
    "ANGLE (NVIDIA, NVIDIA GeForce RTX 3060 Direct3D11 vs_5_0 ps_5_0)",
    "Apple GPU",
    "Adreno (TM) 740",
  ])
    assert.equal(isGpu(name), true, name);
});
