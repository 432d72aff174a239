// @ts-check
// The page's first and smallest script. It asks the host to let the reader in and starts the worker while the browser still loads and reads
// the rest: on a slow link that saves a round trip, on a fast one 100 ms. Main thread. It shows nothing but a glimpse.

import { beginKnock } from "./knock.js";

beginKnock();
