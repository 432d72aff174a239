// @ts-check
// Asks the browser for a screen or a camera, in a click, and says why there is none. Main thread.

/** @typedef {"screen"|"camera"} Kind */
/** @typedef {"insecure"|"no-screens"|"denied"|"none"|"busy"|"failed"} Refusal */

/** `sound`: of what is shown, where the person and the browser give it. @typedef {{track: MediaStreamTrack, sound: MediaStreamTrack|null}} Captured */

/** There is no track, because of `why`. */
export class NoCapture extends Error {
  name = "NoCapture";

  /** @param {Refusal} why @param {string} [detail] */
  constructor(why, detail = "") {
    super(detail || why);
    this.why = why;
  }
}

const FPS = 30;

/** Whether this page can ask for that at all. @param {Kind} kind @returns {Refusal|null} */
export function hindrance(kind) {
  if (!globalThis.isSecureContext) return "insecure";
  if (kind === "screen" && !("getDisplayMedia" in (navigator.mediaDevices ?? {}))) return "no-screens";
  return navigator.mediaDevices ? null : "insecure";
}

/** Whether this browser gives the page the sound of a tab, and encodes it. Chromium alone does. */
export function hasTabSound() {
  return hindrance("screen") === null && "AudioEncoder" in globalThis && "MediaStreamTrackProcessor" in globalThis;
}

/**
 * The tracks of what the person chose. Call it in a click, before any await: otherwise browsers refuse. Raises NoCapture.
 * @param {Kind} kind
 * @param {{device?: string, withSound?: boolean}} [wish]  `device`: of the camera; "" for the default. `withSound`: of a screen
 * @returns {Promise<Captured>}
 */
export function capture(kind, { device = "", withSound = false } = {}) {
  const why = hindrance(kind);
  if (why) return Promise.reject(new NoCapture(why));
  const asked = kind === "screen" ? navigator.mediaDevices.getDisplayMedia(displayOptions(withSound)) : navigator.mediaDevices.getUserMedia(cameraOptions(device));
  return asked.then(
    (stream) => hinted(stream, kind),
    (error) => Promise.reject(new NoCapture(refusalOf(error), String(error))),
  );
}

/** @param {boolean} withSound @returns {DisplayMediaStreamOptions} */
function displayOptions(withSound) {
  // The sound of a whole system has the voices of the others in it, who would hear themselves.
  const keepsOwn = "restrictOwnAudio" in (navigator.mediaDevices.getSupportedConstraints?.() ?? {});
  const options = {
    video: { frameRate: { ideal: FPS, max: FPS } },
    audio: withSound ? { restrictOwnAudio: true, suppressLocalAudioPlayback: false, echoCancellation: false, noiseSuppression: false, autoGainControl: false } : false,
    systemAudio: keepsOwn ? "include" : "exclude",
    selfBrowserSurface: "exclude", // a page that shows itself is a hall of mirrors
    surfaceSwitching: "include",
    monitorTypeSurfaces: "include",
  };
  return options;
}

/** @param {string} device @returns {MediaStreamConstraints} */
function cameraOptions(device) {
  const size = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: FPS, max: FPS } };
  return { audio: false, video: device ? { ...size, deviceId: { exact: device } } : size };
}

/** @param {MediaStream} stream @param {Kind} kind @returns {Captured} */
function hinted(stream, kind) {
  const [track] = stream.getVideoTracks();
  if (!track) throw new NoCapture("none");
  if ("contentHint" in track) track.contentHint = kind === "screen" ? "detail" : "motion";
  return { track, sound: stream.getAudioTracks()[0] ?? null };
}

/** @param {unknown} error @returns {Refusal} */
export function refusalOf(error) {
  const name = error instanceof Error ? error.name : "";
  if (error instanceof NoCapture) return error.why;
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "none";
  return name === "NotReadableError" || name === "AbortError" ? "busy" : "failed";
}
