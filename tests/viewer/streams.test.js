// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { fire, installPage } from "./fakes/page.js";

const { StreamTabs } = await import("../../src/samescreen/viewer/app/streams.js");
const { Texts } = await import("../../src/samescreen/viewer/app/texts.js");

const SCREEN = { stream: "s", name: "Screen", track: 0 };
const CAMERA = { stream: "c", name: "Camera", track: 1 };
const STREAMS = [SCREEN, CAMERA];

/** @param {Record<string, string>} [local] @param {string|null} [asked] */
function scene(local, asked = null) {
  const page = installPage({ local });
  /** @type {string[]} */ const chosen = [];
  /** @type {{canvas: unknown, stream: string, options: object, passes: unknown[], isClosed: boolean}[]} */ const viewers = [];
  const tabs = new StreamTabs(new Texts("en"), (stream) => chosen.push(stream), asked, (canvas, stream, options) => {
    const viewer = { canvas, stream, options: { ...options }, passes: /** @type {unknown[]} */ ([]), isClosed: false };
    viewers.push(viewer);
    return /** @type {any} */ (
      Object.assign(viewer, {
        setStream: (/** @type {string} */ next) => void (viewer.stream = next),
        setPass: (/** @type {unknown} */ next) => void viewer.passes.push(next),
        setQuality: (/** @type {unknown} */ next) => void viewer.passes.push(next),
        close: () => void (viewer.isClosed = true),
        addEventListener: () => {},
      })
    );
  });
  /** @param {number} index  a tab for each stream, and after each that is not shown the button that puts it beside */
  const click = (index) => fire(page.byId("streams").children[index], "click");
  const buttons = () => page.byId("streams").children.map((/** @type {any} */ { className, textContent }) => className || textContent);
  return { page, tabs, chosen, viewers, click, buttons };
}

test("one stream needs no tabs, two get one each, and another button beside the one not shown", () => {
  const { page, tabs, buttons } = scene();
  tabs.show({ streams: [SCREEN], watching: "s" });
  assert.deepEqual([page.byId("streams").hidden, buttons()], [true, []]);
  tabs.show({ streams: STREAMS, watching: "s" });
  assert.deepEqual([page.byId("streams").hidden, buttons()], [false, ["Screen", "Camera", "aside"]]);
  assert.equal(page.byId("streams").children[0].getAttribute("aria-pressed"), "true");
});

test("a chosen stream is asked for, and remembered for the next visit", () => {
  const { page, tabs, chosen, click } = scene();
  tabs.show({ streams: STREAMS, watching: "s" });
  click(1);
  assert.deepEqual([chosen, tabs.remembered, page.local.getItem("samescreen.stream")], [["c"], "c", "c"]);
  assert.equal(page.byId("streams").children[1].getAttribute("aria-pressed"), "false", "until the host says that it is shown");
});

test("beside the picture another stream gets a viewer of its own, on a fresh canvas, with pass and quality at hand", () => {
  const { page, tabs, viewers, click } = scene();
  tabs.setPass("p1");
  tabs.setQuality("low");
  const first = page.byId("beside-screen");
  tabs.show({ streams: STREAMS, watching: "s" });
  click(2);
  assert.equal(viewers.length, 1);
  assert.deepEqual([viewers[0].stream, viewers[0].options, page.byId("beside").hidden], ["c", { pass: "p1", quality: "low" }, false]);
  assert.notEqual(viewers[0].canvas, first);
  assert.equal(page.byId("beside-name").textContent, "Camera");
  tabs.setPass("p2");
  tabs.setQuality("auto");
  assert.deepEqual(viewers[0].passes, ["p2", "auto"]);
  click(2);
  assert.ok(viewers[0].isClosed && page.byId("beside").hidden);
  assert.equal(page.local.getItem("samescreen.beside"), null);
});

test("swapped, the large one becomes the small one, on the connection it has", () => {
  const { page, tabs, chosen, viewers, click } = scene();
  tabs.show({ streams: STREAMS, watching: "s" });
  click(2);
  fire(page.byId("beside-swap"), "click");
  assert.deepEqual(chosen, ["c"]);
  tabs.show({ streams: STREAMS, watching: "c" });
  assert.deepEqual(viewers.map(({ stream, isClosed }) => [stream, isClosed]), [["s", false]]);
});

test("what stood beside the picture comes back on the next visit, except while it is shown large or gone", () => {
  const { page, tabs, viewers } = scene({ beside: "c" });
  tabs.show({ streams: STREAMS, watching: "c" });
  tabs.show({ streams: [SCREEN], watching: "s" });
  assert.equal(viewers.length, 0);
  tabs.show({ streams: STREAMS, watching: "s" });
  assert.equal(viewers.length, 1);
  fire(page.byId("beside-close"), "click");
  assert.ok(viewers[0].isClosed);
});

test("closed, it shows nothing beside, and begins with a new viewer", () => {
  const { tabs, viewers, click } = scene();
  tabs.show({ streams: STREAMS, watching: "s" });
  click(2);
  tabs.close();
  assert.ok(viewers[0].isClosed);
  tabs.show({ streams: STREAMS, watching: "s" });
  assert.equal(viewers.length, 2);
});

test("the next stream follows the last one, and the previous one comes before the first", () => {
  const { tabs, chosen } = scene();
  tabs.show({ streams: STREAMS, watching: "s" });
  tabs.step(1);
  tabs.step(-1);
  tabs.show({ streams: STREAMS, watching: "c" });
  tabs.step(1);
  assert.deepEqual(chosen, ["c", "c", "s"]);
  assert.equal(tabs.name, "Camera");
});

test("a stream that the address names, by id or name, is asked for once; the reader's own choice ends that", () => {
  const { tabs, chosen } = scene({ stream: "s" }, "camera");
  assert.equal(tabs.remembered, "camera");
  tabs.show({ streams: [SCREEN], watching: "s" });
  tabs.show({ streams: STREAMS, watching: "s" });
  tabs.show({ streams: STREAMS, watching: "s" });
  assert.deepEqual([chosen, tabs.remembered], [["c"], "s"]);
});

test("news of the host leave the keyboard's focus on the tab where it is", () => {
  const { page, tabs, buttons } = scene();
  tabs.show({ streams: STREAMS, watching: "s" });
  page.byId("streams").children[2].focus();
  tabs.show({ streams: [...STREAMS, { stream: "d", name: "Door", track: 2 }], watching: "s" });
  const focused = () => buttons()[page.byId("streams").children.indexOf(page.document.activeElement)];
  assert.equal(focused(), "aside");
  tabs.show({ streams: STREAMS, watching: "c" });
  assert.equal(focused(), "Camera", "it is large now");
});

test("many streams are a list, which a click on the picture or Escape closes", () => {
  const { page, tabs, click } = scene();
  const opener = page.byId("streams-open");
  const isOpen = () => opener.getAttribute("aria-expanded") === "true";
  tabs.show({ streams: STREAMS, watching: "s" });
  assert.ok(!page.root.classList.contains("many-streams"));
  const many = Array.from({ length: 12 }, (_, n) => ({ stream: `s${n}`, name: `Screen ${n}`, track: n }));
  tabs.show({ streams: many, watching: "s3" });
  assert.ok(page.root.classList.contains("many-streams"));
  assert.deepEqual([page.byId("streams-name").textContent, page.byId("streams-count").textContent], ["Screen 3", "4/12"]);
  for (const close of [() => fire(page.byId("stage"), "pointerdown"), () => fire(page.document, "keydown", { key: "Escape" }), () => click(0)]) {
    fire(opener, "click");
    assert.ok(isOpen() && page.byId("streams").classList.contains("open"));
    close();
    assert.ok(!isOpen());
  }
});
