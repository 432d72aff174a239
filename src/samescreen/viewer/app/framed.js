// @ts-check
// Whether another page shows this one in a frame. The link alone gives a framed page access: it keeps the token in its address, which
// no reader sees, so that a reload works, and it neither gets nor sends a cookie. Main thread; false anywhere else.

export const isFramed = typeof parent === "object" && parent !== globalThis.self;
