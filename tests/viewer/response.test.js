// @ts-check
// How long a press takes to a picture of it: whichever comes first, the picture or the host's word.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Response } from "../../src/samescreen/viewer/response.js";

test("a press is timed until the first picture grabbed after it was carried out", () => {
  const response = new Response();
  assert.equal(response.us, null);
  response.painted(900, 1_005);
  response.carriedOut({ atMs: 1_000, hostUs: 1_000 });
  response.painted(999, 1_010);
  assert.equal(response.us, null, "that picture is older");
  response.painted(1_000, 1_012);
  response.painted(1_100, 1_030);
  assert.equal(response.us, 12_000);
});

test("the picture may be painted before the host's word comes", () => {
  const response = new Response();
  response.painted(1_000, 1_008);
  response.painted(2_000, 1_020);
  response.carriedOut({ atMs: 1_000, hostUs: 1_000 });
  assert.equal(response.us, 8_000);
});

test("a press that changed nothing is not timed by what changes much later", () => {
  const response = new Response();
  response.carriedOut({ atMs: 1_000, hostUs: 1_000 });
  response.painted(5_000_000, 6_000);
  assert.equal(response.us, null);
});

test("the median of the last presses counts, and another track begins anew", () => {
  const response = new Response();
  for (let press = 1; press <= 40; press += 1) {
    response.carriedOut({ atMs: press * 1_000, hostUs: press });
    response.painted(press, press * 1_000 + press);
  }
  assert.equal(response.us, 33_000);
  response.reset();
  response.carriedOut({ atMs: 50_000, hostUs: 7 });
  assert.equal(response.us, 33_000);
});
