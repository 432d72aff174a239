// @ts-check
// Plays the host's sound in the browser's audio thread.

import { SoundPlayer } from "./player.js";
import { registerPlayer } from "./processor.js";

registerPlayer("samescreen-sound", () => new SoundPlayer());
