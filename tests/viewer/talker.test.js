// @ts-check
// One person in the conversation, with a scripted microphone and socket: what is sent while the button is held, and what ends it. And the
// page around it: which words stand there, what the button does.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Texts } from "../../src/samescreen/viewer/app/texts.js";
import { VoiceBar } from "../../src/samescreen/viewer/app/voice.js";
import { cancelsEcho } from "../../src/samescreen/viewer/talk/microphone.js";
import { GONE_MS, RESTS_MS, Talker } from "../../src/samescreen/viewer/talk/talker.js";
import { VOICE_FRAMES } from "../../src/samescreen/viewer/talk/wire.js";
import { settled } from "./fakes/codecs.js";
import { fire, installPage } from "./fakes/page.js";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

const LOUD = new Float32Array(VOICE_FRAMES).fill(0.3);
const QUIET = new Float32Array(VOICE_FRAMES);

class FakeMicrophone {
  isOpen = false;
  isClosed = false;
  /** @param {any} events */
  constructor(events) {
    this.events = events;
  }
  async open() {
    this.isOpen = true;
  }
  close() {
    this.isClosed = true;
  }
  /** @param {Float32Array} block */
  hear(block) {
    if (this.events.onBlock(block)) this.events.onPacket(Uint8Array.of(1, 2, 3));
  }
}

/** @param {{why?: any}} [like] */
function conversation({ why = null } = {}) {
  /** @type {FakeMicrophone[]} */ const microphones = [];
  /** @type {unknown[][]} */ const said = [];
  /** @type {any} */ let events;
  /** @type {any} */
  const listening = { isOn: false, isStopped: true, /** @type {any} */ node: null, playing: [], start: async () => (listening.isStopped = false, listening.node = listening.isOn = true), stop: () => (listening.isStopped = true, listening.node = null, listening.isOn = false), take: () => {}, setHeard: () => {}, isHeard: () => true };
  const talker = new Talker("ws://here/ws/talk", {
    why: () => why,
    newListening: () => /** @type {any} */ (listening),
    newMicrophone: (given) => /** @type {any} */ (microphones[microphones.push(new FakeMicrophone(given)) - 1]),
    newLine: (_url, _pass, given) => {
      events = given;
      said.push(["connect"]);
      return {
        hear: (hearing) => void said.push(["hear", hearing]),
        speak: (_payload, begins) => void said.push(["speak", begins]),
        hush: () => void said.push(["hush"]),
        doubt: () => void said.push(["doubt"]),
        renew: () => void said.push(["renew"]),
        close: () => void said.push(["close"]),
      };
    },
  });
  return { talker, microphones, said, listening, line: (/** @type {[boolean, boolean]} */ ...state) => events.onState(...state) };
}

test("while the button is held every block is sent, and letting go says so", async () => {
  const { talker, microphones, said } = conversation();
  talker.hold(true);
  assert.ok(talker.isOpening);
  await settled();
  assert.ok(talker.hasMicrophone);
  microphones[0].hear(QUIET);
  microphones[0].hear(LOUD);
  talker.hold(false);
  microphones[0].hear(LOUD);
  assert.deepEqual(said, [["connect"], ["speak", true], ["speak", false], ["hush"]]);
  talker.hold(true);
  microphones[0].hear(LOUD);
  assert.deepEqual(said.at(-1), ["speak", true], "the same microphone, a new beginning");
  assert.equal(microphones.length, 1);
});

test("the microphone closes some time after the button was let go, and the socket with it", async () => {
  const { talker, microphones, said } = conversation();
  talker.hold(true);
  await settled();
  talker.hold(false);
  mock.timers.tick(RESTS_MS - 1);
  assert.ok(!microphones[0].isClosed);
  mock.timers.tick(1);
  assert.ok(microphones[0].isClosed);
  assert.deepEqual(said.at(-1), ["close"]);
  talker.hold(true);
  await settled();
  assert.equal(microphones.length, 2);
});

test("the button is up before the browser has opened the microphone: nothing is sent", async () => {
  const { talker, microphones, said } = conversation();
  talker.hold(true);
  talker.hold(false);
  await settled();
  microphones[0].hear(LOUD);
  assert.deepEqual(said, [["connect"]]);
  mock.timers.tick(RESTS_MS);
  assert.ok(microphones[0].isClosed);
});

test("an open microphone sends speech only, and closes at once when it is switched off", async () => {
  const { talker, microphones, said } = conversation();
  talker.keepOpen(true);
  await settled();
  microphones[0].hear(QUIET);
  assert.ok(!talker.isSpeaking);
  microphones[0].hear(LOUD);
  for (let block = 0; block < 30; block += 1) microphones[0].hear(QUIET);
  assert.deepEqual([said[1], said.at(-1)], [["speak", true], ["hush"]]);
  talker.keepOpen(false);
  assert.ok(microphones[0].isClosed);
});

test("a microphone that goes ends the voice, says why, and can be opened again", async () => {
  const { talker, microphones, said } = conversation();
  talker.hold(true);
  await settled();
  microphones[0].hear(LOUD);
  microphones[0].events.onEnd("unplugged");
  assert.deepEqual([talker.why, talker.isSpeaking, talker.hasMicrophone], ["unplugged", false, false]);
  assert.ok(said.some(([what]) => what === "hush"));
  talker.hold(true);
  await settled();
  assert.equal(talker.why, null);
});

test("the microphone ends while the others begin to be heard: the socket stays, and closes if that fails", async () => {
  const { talker, said, listening } = conversation();
  /** @type {(error: Error) => void} */ let fail = () => {};
  listening.start = () => (listening.isStopped = false, new Promise((_, reject) => (fail = reject)));
  const plays = talker.listen();
  talker.close();
  assert.deepEqual(said, [["connect"]]);
  listening.stop();
  fail(new Error("no sound card"));
  assert.equal(await plays, false);
  assert.deepEqual(said, [["connect"], ["close"]]);
});

test("where the page can have no microphone it asks for none", () => {
  const { talker, microphones } = conversation({ why: "insecure" });
  talker.hold(true);
  assert.deepEqual([microphones.length, talker.why, talker.isHeld], [0, "insecure", false]);
});

test("a host that closes the socket for good ends microphone and listening", async () => {
  const { talker, microphones, listening, line } = conversation();
  await talker.listen();
  talker.hold(true);
  await settled();
  line(false, true);
  assert.ok(microphones[0].isClosed);
  assert.ok(!listening.isOn);
});

test("a host that is away for a minute ends an open microphone; the others are heard when it is back", async () => {
  const { talker, microphones, listening, line } = conversation();
  await talker.listen();
  talker.keepOpen(true);
  await settled();
  line(false, false);
  mock.timers.tick(GONE_MS - 1);
  line(true, false);
  line(false, false);
  mock.timers.tick(GONE_MS - 1);
  line(false, false);
  assert.ok(!microphones[0].isClosed, "it was there meanwhile");
  mock.timers.tick(1);
  assert.deepEqual([microphones[0].isClosed, talker.isKeptOpen, listening.isOn], [true, false, true]);
});

test("a microphone that somebody closed while the browser asked is no microphone", async () => {
  const { talker, microphones } = conversation();
  talker.hold(true);
  talker.close();
  await settled();
  assert.ok(microphones[0].isClosed);
  assert.ok(!talker.hasMicrophone);
});

test("only Chromium on desktops is known to cancel echo", () => {
  assert.ok(cancelsEcho({ brands: [{ brand: "Chromium" }], mobile: false }));
  assert.ok(!cancelsEcho({ brands: [{ brand: "Chromium" }], mobile: true }));
  assert.ok(!cancelsEcho(null));
});

// --- the page -------------------------------------------------------------------------------------

/** @type {import("../../src/samescreen/viewer/wire.js").Voices} */
const VOICES = { type: "voices", on: true, muted: false, you: 1, speakers: [] };

/** @param {{why?: any}} [like] */
function page(like) {
  const fake = installPage();
  const scene = conversation(like);
  /** @type {string[][]} */ const asked = [];
  const went = { secure: 0 };
  const bar = new VoiceBar(new Texts("en"), (grants) => void asked.push(grants), { link: () => "https://here:9000/", go: () => void (went.secure += 1) }, scene.talker);
  const press = () => fire(fake.byId("voice-hold"), "pointerdown", { button: 0, pointerId: 1 });
  return { ...scene, fake, asked, went, bar, press, note: () => fake.byId("voice-note").textContent };
}

test("who may not speak asks, and who may holds the button", async () => {
  const { bar, fake, asked, press, note, microphones } = page();
  assert.ok(fake.byId("tool-voice").hidden, "a host without voices");
  bar.show(VOICES);
  bar.granted({ grants: ["watch"], may_ask: ["talk"] });
  assert.ok(!fake.byId("tool-voice").hidden);
  fake.byId("voice-hold").click();
  assert.deepEqual(asked, [["talk"]]);
  bar.asked({ state: "waits" });
  fake.byId("voice-hold").click();
  assert.equal(asked.length, 1);
  assert.match(note(), /been asked/u);
  bar.welcomed();
  fake.byId("voice-hold").click();
  assert.equal(asked.length, 2, "a new connection knows nothing of the question");
  bar.granted({ grants: ["watch", "talk"] });
  assert.match(note(), /Hold the button/u);
  press();
  await settled();
  microphones[0].hear(LOUD);
  assert.equal(note(), "You are heard");
  fire(fake.byId("voice-hold"), "pointerup", { pointerId: 1 });
  assert.match(note(), /Hold the button/u);
});

test("a mute of the host, and its end, close the microphone", async () => {
  const { bar, press, note, microphones } = page();
  bar.show(VOICES);
  bar.granted({ grants: ["watch", "talk"] });
  press();
  await settled();
  bar.show({ ...VOICES, muted: true });
  assert.ok(microphones[0].isClosed);
  assert.equal(note(), "The host has muted you.");
  press();
  assert.equal(microphones.length, 1);
  bar.show({ ...VOICES, on: false });
  assert.equal(note(), "The host has muted everybody.");
  bar.show(VOICES);
  press();
  await settled();
  bar.stopped();
  assert.ok(microphones[1].isClosed, "a host that has stopped hears nobody");
});

test("on plain http the words lead to https", () => {
  const { bar, fake, press, note, went } = page({ why: "insecure" });
  bar.show(VOICES);
  bar.granted({ grants: ["watch", "talk"] });
  press();
  assert.match(note(), /https only/u);
  assert.ok(!fake.byId("voice-secure").hidden);
  assert.equal(/** @type {any} */ (fake.byId("voice-secure")).href, "https://here:9000/");
  fire(fake.byId("voice-secure"), "click");
  assert.equal(went.secure, 1, "as the same person, with what the host gave them");
});

test("a voice that the page does not play yet is offered, and then named", async () => {
  const { bar, fake } = page();
  bar.show({ ...VOICES, speakers: [{ speaker: 1, name: "me", talking: true, muted: false }, { speaker: 2, name: "Ann", talking: true, muted: false }] });
  assert.ok(!fake.byId("voice-chip").hidden);
  assert.equal(fake.byId("voice-chip-text").textContent, "Ann talks: hear it");
  fake.byId("voice-chip").click();
  await settled();
  assert.ok(fake.byId("voice-chip").hidden);
  assert.equal(fake.byId("voice-line").textContent, "Ann talks");
  assert.equal(fake.byId("voice-list").children.length, 1, "not oneself");
});

test("a voice without a name is called by the number that its person has in the list of people", () => {
  const { bar, fake } = page();
  bar.show({ ...VOICES, speakers: [{ speaker: 7, name: "", talking: true, muted: false }] });
  const listed = (/** @type {import("../../src/samescreen/viewer/wire.js").Present[]} */ people) => (bar.listed({ people }), fake.byId("voice-list").children[0].children[0].textContent);
  assert.match(listed([]) ?? "", /Person 7/u);
  assert.match(listed([{ person: 2, name: "", host: false, voice: 7, muted: false, shows: [], watches: true }]) ?? "", /Person 2/u);
});
