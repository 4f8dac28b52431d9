// Pictures as numbers, and how they are shown: pixel by pixel, through a window of grey levels where they have more
// than a screen.
import { bytes } from "./client.js";
import { decodeDICOM, isDICOM } from "./dicom.js";
import { h, scale } from "./dom.js";
import { decodePNG, isPNG } from "./png.js";

// The picture in a file: {width, height, channels: 1 or 3, bits: 8 or 16, samples}.
export async function read(file) {
  if (isDICOM(file)) return decodeDICOM(file);
  if (!isPNG(file)) throw new Error("it is neither PNG nor DICOM");
  const plain = await decodePNG(file);
  if (plain) return plain;
  const { data, width, height } = await drawn(file);
  const samples = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i += 1) for (let c = 0; c < 3; c += 1) samples[3 * i + c] = data[4 * i + c];
  return { width, height, channels: 3, bits: 8, samples };
}

// What the browser makes of a file.
async function drawn(file) {
  const bitmap = await createImageBitmap(new Blob([file], { type: "image/png" }));
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

export const fetched = async (url) => read(await bytes(url));

// Draws a picture; what lies outside the window is black or white, and what is masked reddish.
export function draw(picture, canvas, window = whole(picture), mask = undefined) {
  const { width, height, channels, samples } = picture;
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  const shown = context.createImageData(width, height);
  const factor = 255 / Math.max(1, window.high - window.low);
  for (let i = 0, to = 0; i < width * height; i += 1, to += 4) {
    for (let c = 0; c < 3; c += 1) shown.data[to + c] = (samples[channels === 1 ? i : 3 * i + c] - window.low) * factor;
    shown.data[to + 3] = 255;
    if (mask?.[i]) shown.data.set([255, shown.data[to + 1] >> 1, shown.data[to + 2] >> 1], to);
  }
  context.putImageData(shown, 0, 0);
}

export const whole = (picture) => ({ low: 0, high: picture.bits === 16 ? 65535 : 255 });

// A canvas with the picture on it, as many screen pixels a pixel as there is room for.
export function canvas(picture, factor, window) {
  const element = h("canvas", {});
  draw(picture, element, window);
  resize(element, factor);
  return element;
}

export function resize(element, factor) {
  [element.style.width, element.style.height] = [`${element.width * factor}px`, `${element.height * factor}px`];
}

// Lets a window of grey levels be dragged over an element, or moved by arrow keys: up and down its middle, left and
// right its width; a double click or Home shows all again. `changed` draws.
export function windowed(element, start, changed) {
  let window = { ...start };
  const words = h("span", { className: "soft window", role: "status" });
  const span = start.high - start.low;
  const set = (low, high) => {
    window = { low: Math.round(low), high: Math.max(Math.round(low) + 1, Math.round(high)) };
    words.textContent = `window ${window.low} to ${window.high}`;
    changed(window);
  };
  const move = (across, down) => {
    const middle = (window.low + window.high) / 2 + down * span / 200;
    const half = Math.min(span, Math.max(span / 1000, (window.high - window.low) * 1.01 ** across)) / 2;
    const kept = Math.min(start.high, Math.max(start.low, middle));
    set(kept - half, kept + half);
  };
  const keys = { ArrowLeft: [-4, 0], ArrowRight: [4, 0], ArrowUp: [0, -4], ArrowDown: [0, 4] };
  element.tabIndex = 0;
  element.classList.add("draggable");
  element.setAttribute("role", "application");
  element.title = "Drag for another window: up and down for darker and brighter, left and right for contrast; "
    + "double click for all";
  element.addEventListener("pointerdown", (event) => element.setPointerCapture(event.pointerId));
  element.addEventListener("pointermove", (event) => { if (event.buttons) move(event.movementX, event.movementY); });
  element.addEventListener("dblclick", () => set(start.low, start.high));
  element.addEventListener("keydown", (event) => {
    if (event.key === "Home") set(start.low, start.high);
    else if (keys[event.key]) move(...keys[event.key]);
    else return;
    event.preventDefault();
  });
  set(start.low, start.high);
  return words;
}

// A picture of more than eight bits, with its window.
export function film(picture, room, label, start = whole(picture)) {
  const element = canvas(picture, scale(picture.width, room), start);
  element.setAttribute("aria-label", `${label}. Arrow keys move the window of grey levels, Home shows all.`);
  const words = windowed(element, start, (window) => draw(picture, element, window));
  return h("div", {}, h("div", { className: "film" }, element), words);
}
