// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { styleOf, turnedPlace, turnedSize } from "../../src/samescreen/viewer/app/turn.js";

const PICTURE = { width: 400, height: 100 };

/** Where CSS puts a place of the canvas. @param {ReturnType<typeof styleOf>} style @param {{x: number, y: number}} place */
function shownAt({ left, top, width, height, transform }, { x, y }) {
  if (transform === "none") return { x: parseFloat(left) + (x * parseFloat(width)) / 400, y: parseFloat(top) + (y * parseFloat(height)) / 100 };
  const [, moveX, moveY] = /** @type {RegExpExecArray} */ (/translate\((.+)px, (.+)px\)/u.exec(transform)).map(Number);
  const degrees = Number(/rotate\((\d+)deg\)/u.exec(transform)?.[1] ?? 0);
  const [, scaleX, scaleY] = /** @type {RegExpExecArray} */ (/scale\((.+), (.+)\)/u.exec(transform)).map(Number);
  const [cos, sin] = [Math.round(Math.cos((degrees * Math.PI) / 180)), Math.round(Math.sin((degrees * Math.PI) / 180))];
  return { x: moveX + x * scaleX * cos - y * scaleY * sin, y: moveY + x * scaleX * sin + y * scaleY * cos };
}

test("the canvas fills its box however it is turned, and each place is where turnedPlace says", () => {
  for (const quarters of /** @type {const} */ ([0, 1, 2, 3]))
    for (const ratio of [1, 2, 3]) {
      const turned = turnedSize(PICTURE, quarters);
      const box = { left: 30, top: 70, width: turned.width * 3, height: turned.height * 3 };
      const style = styleOf(PICTURE, quarters, box, ratio);
      for (const place of [{ x: 0, y: 0 }, { x: 400, y: 0 }, { x: 400, y: 100 }, { x: 120, y: 30 }]) {
        const { x, y } = turnedPlace(PICTURE, quarters, place);
        const shown = shownAt(style, place);
        assert.ok(Math.abs(shown.x * ratio - (30 + x * 3)) < 1e-6 && Math.abs(shown.y * ratio - (70 + y * 3)) < 1e-6, `${quarters} ${ratio}`);
      }
    }
});

test("an exact box needs no transform", () => {
  assert.equal(styleOf(PICTURE, 0, { left: 2, top: 4, width: 400, height: 100 }, 2).transform, "none");
  assert.notEqual(styleOf(PICTURE, 0, { left: 1, top: 4, width: 400, height: 100 }, 2).transform, "none");
});
