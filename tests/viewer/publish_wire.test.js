// @ts-check
// What a page publishes on the vectors that Python runs too, and messages of a host that make no sense.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { publishedMessage, toPublisher } from "../../src/samescreen/viewer/publish/wire.js";
import { ProtocolError } from "../../src/samescreen/viewer/wire.js";

/** @param {string} name */
const vectors = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), "utf8"));

test("a whole picture has the bytes that the host reads", () => {
  const whole = vectors("published.json").filter(
    (/** @type {any} */ each) => each.damage.length === 0 && !("since_still" in each) && !each.is_sketch && !each.is_repair && !each.is_png && each.kind !== 3,
  );
  assert.ok(whole.length > 0);
  for (const each of whole) {
    const picture = { ...each, ptsUs: each.pts_us, isKeyframe: each.is_keyframe, payload: new Uint8Array(Buffer.from(each.payload, "hex")) };
    assert.equal(Buffer.from(publishedMessage(picture)).toString("hex"), each.bytes, each.name);
  }
});

test("a time of more than 32 bits keeps all of them", () => {
  const message = publishedMessage({ kind: 1, rendition: 0, track: 0, sequence: 1, ptsUs: 2 ** 33 + 5, isKeyframe: false, payload: new Uint8Array(1) });
  assert.equal(new DataView(message.buffer).getBigUint64(10), 2n ** 33n + 5n);
});

/** What a relay sends to the hosts that publish there, and never to a page. */
const FOR_HOSTS = ["wish", "gone", "act", "rest", "drew", "kept", "clip", "part", "took", "file"];

test("every message to a page is understood", () => {
  for (const text of vectors("publishing.json").to_publisher) {
    if (FOR_HOSTS.includes(JSON.parse(text).type)) assert.throws(() => toPublisher(text), ProtocolError, text);
    else assert.deepEqual(toPublisher(text), JSON.parse(text));
  }
});

test("what makes no sense is refused", () => {
  for (const text of ["", "[]", "null", '{"type":"unknown"}', '{"type":"toString"}', '{"type":"got"}', '{"type":"got","bytes":-1,"host_us":0}', '{"type":"seen","track":0,"viewers":1,"names":[1],"recorded":true}'])
    assert.throws(() => toPublisher(text), ProtocolError, text);
  const want = JSON.parse(vectors("publishing.json").to_publisher.find((/** @type {string} */ text) => text.includes('"want"')));
  for (const field of ["renditions", "keyframes", "targets", "stills", "paused"]) assert.throws(() => toPublisher(JSON.stringify({ ...want, [field]: "x" })), ProtocolError, field);
});
