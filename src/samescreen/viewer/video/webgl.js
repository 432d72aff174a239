// @ts-check
// Paints planes by WebGL 2: uploads and converts inside the damage, then lays those pixels over the canvas. Either thread.
// The canvas stays a 2D one, because stills and pieces go there too and a canvas has one kind of context only; so a lost WebGL context
// loses no pixels. The arithmetic is colour.js's: BT.709, limited range, one chroma sample for each 2×2 pixels, not smoothed.

/** @typedef {import("./colour.js").Planes} Planes */

// Not indented: serve/bundle.py takes indentation out, and a test holds that every text stays the same.
const CORNERS = `#version 300 es
void main() {
gl_Position = vec4(float(gl_VertexID & 1) * 4.0 - 1.0, float(gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0);
}`;

const COLOUR = `#version 300 es
precision highp float;
precision highp sampler2D;
uniform sampler2D planes[3];
uniform int rows;
out vec4 colour;
void main() {
ivec2 at = ivec2(int(gl_FragCoord.x), rows - 1 - int(gl_FragCoord.y));
float y = texelFetch(planes[0], at, 0).r * 255.0 - 16.0;
float u = texelFetch(planes[1], at >> 1, 0).r * 255.0 - 128.0;
float v = texelFetch(planes[2], at >> 1, 0).r * 255.0 - 128.0;
float luma = y * 255.0 / 219.0;
float red = luma + 1.792741 * v;
float green = luma - 0.213249 * u - 0.532909 * v;
float blue = luma + 2.112402 * u;
colour = vec4(vec3(red, green, blue) / 255.0, 1.0);
}`;

export class WebglPlanes {
  #canvas = new OffscreenCanvas(1, 1);
  #gl;
  /** @type {WebGLTexture[]} Y, U, V */ #textures = [];
  #rows;
  #listening = new AbortController();

  /** @param {(error: Error) => void} onLost */
  constructor(onLost) {
    const gl = this.#canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false, stencil: false });
    if (!gl) throw new Error("this browser gives no WebGL 2");
    this.#gl = gl;
    const signal = this.#listening.signal;
    this.#canvas.addEventListener("webglcontextlost", () => onLost(new Error("the GPU took its context away")), { signal });
    const program = programOf(gl);
    gl.useProgram(program);
    ["planes[0]", "planes[1]", "planes[2]"].forEach((name, unit) => gl.uniform1i(gl.getUniformLocation(program, name), unit));
    this.#rows = gl.getUniformLocation(program, "rows");
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.enable(gl.SCISSOR_TEST);
  }

  /**
   * @param {import("./surface.js").Surface} surface
   * @param {Planes} planes  even sides
   * @param {{width: number, height: number}} size
   * @param {import("../wire.js").Region[]} regions
   */
  paint(surface, planes, { width, height }, regions) {
    if (this.#canvas.width !== planes.width || this.#canvas.height !== planes.height) this.#resize(planes);
    for (const region of regions) this.#convert(planes, region);
    if (this.#gl.isContextLost()) throw new Error("the GPU took its context away");
    surface.draw(this.#canvas, { width, height }, { x: 0, y: 0, width, height }, regions);
  }

  close() {
    this.#listening.abort();
    this.#gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  /** @param {Planes} planes */
  #resize({ width, height }) {
    const gl = this.#gl;
    if (Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) throw new Error(`${width}×${height} is too large`);
    this.#canvas.width = width;
    this.#canvas.height = height;
    gl.viewport(0, 0, width, height);
    gl.uniform1i(this.#rows, height);
    for (const texture of this.#textures) gl.deleteTexture(texture);
    this.#textures = [0, 1, 1].map((halved, unit) => {
      const texture = gl.createTexture();
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R8, width >> halved, height >> halved);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
      return texture;
    });
  }

  /**
   * Of a region, grown to whole 2×2 blocks.
   * @param {Planes} planes
   * @param {import("../wire.js").Region} region
   */
  #convert({ bytes, width, height }, region) {
    const gl = this.#gl;
    const [left, top] = [region.x & ~1, region.y & ~1];
    const wide = Math.min(width, (region.x + region.width + 1) & ~1) - left;
    const high = Math.min(height, (region.y + region.height + 1) & ~1) - top;
    if (wide <= 0 || high <= 0) return;
    const [u, v] = [width * height, (width * height * 5) / 4];
    [0, u, v].forEach((plane, unit) => {
      const halved = unit === 0 ? 0 : 1;
      const stride = width >> halved;
      const [x, y] = [left >> halved, top >> halved];
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.pixelStorei(gl.UNPACK_ROW_LENGTH, stride);
      const from = plane + y * stride + x;
      gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, wide >> halved, high >> halved, gl.RED, gl.UNSIGNED_BYTE, bytes, from);
    });
    // WebGL counts rows from below.
    gl.scissor(left, height - top - high, wide, high);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }
}

/** @param {WebGL2RenderingContext} gl */
function programOf(gl) {
  const program = gl.createProgram();
  const sources = /** @type {const} */ ([
    [gl.VERTEX_SHADER, CORNERS],
    [gl.FRAGMENT_SHADER, COLOUR],
  ]);
  for (const [type, source] of sources) {
    const shader = gl.createShader(type);
    if (!shader) throw new Error("the GPU took its context away");
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(`shaders: ${gl.getProgramInfoLog(program)}`);
  return program;
}
