// @ts-check
// The page's first and smallest script. It asks the host to let the reader in and starts the worker while the browser still loads and reads
// the rest, which saves a round trip. Main thread. It shows nothing but a glimpse.

import { beginKnock } from "./knock.js";

beginKnock();
