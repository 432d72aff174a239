// @ts-check
// Whether another page shows this one in a frame. Such a page lives by its link alone: it keeps the token in its address, where no
// reader sees it, so that a reload works; and it neither gets nor uses a cookie. Main thread; false anywhere else.

export const isFramed = typeof parent === "object" && parent !== globalThis.self;
