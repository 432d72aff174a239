// @ts-check
// Plays voices in the browser's audio thread.

import { registerPlayer } from "../sound/processor.js";
import { Mixer } from "./mixer.js";

registerPlayer("samescreen-voices", () => new Mixer());
