// A mask that is painted: a byte a pixel, 1 is filled; with its past and its future.

export class Mask {
  #past = [];
  #future = [];
  // Bytes of the past that are kept at most.
  static #most = 64 << 20;

  constructor(width, height) {
    [this.width, this.height, this.pixels] = [width, height, new Uint8Array(width * height)];
  }

  get isEmpty() { return !this.pixels.includes(1); }

  // Before anything changes.
  keep() {
    this.#past.push(this.pixels.slice());
    if (this.#past.length * this.pixels.length > Mask.#most) this.#past.shift();
    this.#future = [];
  }

  undo() { this.#travel(this.#past, this.#future); }
  redo() { this.#travel(this.#future, this.#past); }
  #travel(from, to) {
    if (!from.length) return;
    to.push(this.pixels);
    this.pixels = from.pop();
  }

  invert() {
    this.keep();
    this.pixels = this.pixels.map((value) => 1 - value);
  }

  clear() {
    this.keep();
    this.pixels = new Uint8Array(this.pixels.length);
  }

  // A stroke of a square brush from one pixel to another.
  stroke(from, to, brush, value) {
    const steps = Math.max(1, Math.abs(to.x - from.x), Math.abs(to.y - from.y));
    for (let i = 0; i <= steps; i += 1) {
      this.#dab(from.x + (to.x - from.x) * i / steps, from.y + (to.y - from.y) * i / steps, brush, value);
    }
  }

  #dab(x, y, brush, value) {
    const [left, top] = [Math.round(x - (brush - 1) / 2), Math.round(y - (brush - 1) / 2)];
    const [from, to] = [Math.max(0, left), Math.min(this.width, left + brush)];
    for (let row = Math.max(0, top); row < Math.min(this.height, top + brush) && from < to; row += 1) {
      this.pixels.fill(value, row * this.width + from, row * this.width + to);
    }
  }

  // White is filled.
  async png() {
    const canvas = new OffscreenCanvas(this.width, this.height), context = canvas.getContext("2d");
    const image = context.createImageData(this.width, this.height);
    this.pixels.forEach((value, place) => image.data.set([255 * value, 255 * value, 255 * value, 255], 4 * place));
    context.putImageData(image, 0, 0);
    return canvas.convertToBlob({ type: "image/png" });
  }
}
