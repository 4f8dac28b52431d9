// Where a mask is painted on a picture: by mouse, pen and finger, and by keys alone.
import { h, room, scale } from "./dom.js";
import { Mask } from "./mask.js";
import { draw, resize, whole } from "./picture.js";

const keysTold = "Arrow keys move the brush, Space paints, Shift with an arrow paints along, E erases, "
  + "plus and minus zoom, "
  + "brackets make the brush smaller and larger, control Z undoes, control Y redoes.";

export function painter(picture) {
  const mask = new Mask(picture.width, picture.height);
  const fit = scale(picture.width, room(512));
  let cursor = { x: picture.width >> 1, y: picture.height >> 1 }, last, factor = fit, shown = whole(picture);
  const view = h("canvas", { className: "paint", tabindex: "0", role: "application",
    "aria-label": `The image and its mask. ${keysTold}`, onkeydown: key, onfocus: paint, onblur: paint,
    onpointerdown: (event) => {
      view.setPointerCapture(event.pointerId); mask.keep(); last = undefined; dab(place(event));
    },
    onpointermove: (event) => { if (event.buttons) dab(place(event)); } });
  const stage = h("div", { className: "scroll" }, view);
  const brush = h("input", { type: "range", min: "1", max: "64",
    value: String(Math.max(1, Math.round(picture.width / 12))), name: "brush", oninput: paint });
  const erases = h("input", { type: "checkbox", name: "erase" });
  const status = h("span", { className: "soft", role: "status" });

  function paint() {
    draw(picture, view, shown, mask.pixels);
    const count = mask.pixels.reduce((sum, value) => sum + value, 0);
    status.textContent = count ? `${count} of ${mask.pixels.length} pixels are filled` : "Nothing is painted yet.";
    if (document.activeElement === view) {
      const side = Number(brush.value), context = view.getContext("2d");
      context.strokeStyle = "#39f";
      context.strokeRect(Math.round(cursor.x - (side - 1) / 2) + 0.5, Math.round(cursor.y - (side - 1) / 2) + 0.5,
        side - 1 || 0.01, side - 1 || 0.01);
    }
  }
  function dab(to) {
    mask.stroke(last ?? to, to, Number(brush.value), erases.checked ? 0 : 1);
    last = cursor = to;
    paint();
  }
  function place(event) {
    const box = view.getBoundingClientRect();
    const within = (value, size) => Math.max(0, Math.min(size - 1, Math.floor(value * size)));
    return { x: within((event.clientX - box.left) / box.width, view.width),
      y: within((event.clientY - box.top) / box.height, view.height) };
  }
  const change = (action) => { action(); paint(); };
  function zoom(times) {
    factor = Math.max(1, Math.min(32, times > 1 ? factor * 2 : Math.floor(factor / 2)));
    resize(view, factor);
    stage.scrollTo((cursor.x * factor) - stage.clientWidth / 2, (cursor.y * factor) - stage.clientHeight / 2);
  }
  function step(dx, dy, paints) {
    const to = { x: Math.max(0, Math.min(view.width - 1, cursor.x + dx)),
      y: Math.max(0, Math.min(view.height - 1, cursor.y + dy)) };
    if (paints) {
      mask.keep();
      last = cursor;
      dab(to);
    } else {
      cursor = to;
      paint();
    }
  }
  function key(event) {
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const isControl = event.ctrlKey || event.metaKey;
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const size = (by) => { brush.value = String(Number(brush.value) + by); paint(); };
    const others = { " ": () => step(0, 0, true), e: () => { erases.checked = !erases.checked; }, "+": () => zoom(2),
      "=": () => zoom(2), "-": () => zoom(0.5), "[": () => size(-1), "]": () => size(1) };
    if (isControl && name === "z") change(() => event.shiftKey ? mask.redo() : mask.undo());
    else if (isControl && name === "y") change(() => mask.redo());
    else if (isControl || event.altKey) return;
    else if (arrows[name]) step(...arrows[name], event.shiftKey);
    else if (others[name]) others[name]();
    else return;
    event.preventDefault();
  }

  const action = (label, act) => h("button", { type: "button", onclick: act }, label);
  const tools = h("div", { className: "row tools" },
    h("label", {}, "Brush", brush), h("label", { className: "check" }, erases, "erase"),
    action("Undo", () => change(() => mask.undo())), action("Redo", () => change(() => mask.redo())),
    action("Invert", () => change(() => mask.invert())), action("Clear", () => change(() => mask.clear())),
    action("Zoom in", () => zoom(2)), action("Zoom out", () => zoom(0.5)));
  paint();
  resize(view, factor);
  return { mask, element: h("div", { className: "stack" }, stage, tools, levels(), status) };

  // Sixteen bits are seen through a window here too; dragging paints, so it has fields of its own.
  function levels() {
    if (picture.bits !== 16) return null;
    const end = (name, label, value) => h("label", {}, label,
      h("input", { type: "range", name, min: "0", max: "65535", value: String(value), oninput: (event) => {
      shown = { ...shown, [name]: Number(event.target.value) };
      paint();
    } }));
    return h("div", { className: "row" }, end("low", "Black at", 0), end("high", "White at", 65535));
  }
}
