// Fill and Enlarge: images made of a given one, beside it.
import { request } from "./client.js";
import { fault, h, scale } from "./dom.js";
import { follow } from "./make.js";

const base64 = (file) => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
  reader.onerror = () => failed(reader.error);
  reader.readAsDataURL(file);
});

const room = () => Math.min(512, document.documentElement.clientWidth - 70);

// A field for a file that is chosen or dropped; `taken` is called with the file and its pixels.
function picker(label, taken, note) {
  const input = h("input", { type: "file", accept: "image/png", required: true, onchange: () => take(input.files[0]) });
  async function take(file) {
    note.replaceChildren();
    if (!file) return;
    try {
      await taken(file, await createImageBitmap(file));
    } catch (error) {
      note.replaceChildren(fault({ message: `The file is no PNG that can be shown: ${error.message}` }));
    }
  }
  return h("label", {
    ondragover: (event) => event.preventDefault(),
    ondrop: (event) => { event.preventDefault(); input.files = event.dataTransfer.files; take(input.files[0]); },
  }, label, input);
}

// Before and after on one place, divided by a slider.
function compare(before, after, factor) {
  before.className = after.className = "layer";
  for (const layer of [before, after]) [layer.style.width, layer.style.height] = [`${after.naturalWidth * factor}px`, `${after.naturalHeight * factor}px`];
  const stage = h("div", { className: "stage" }, before, after);
  [stage.style.width, stage.style.height] = [after.style.width, after.style.height];
  const slider = h("input", { type: "range", min: "0", max: "100", value: "50", "aria-label": "Before and after: part that shows the original", oninput: () => move() });
  const move = () => { after.style.clipPath = `inset(0 0 0 ${slider.value}%)`; };
  move();
  return h("figure", {}, stage, slider, h("figcaption", {}, "left: given, right: ", h("span", { className: "mark" }, "synthetic")));
}

// The form around a kind of restoration: model, count, and what the kind adds.
async function restoration(main, signal, title, path, parts) {
  const { items: models } = await request("/v1/models");
  const note = h("div");
  const results = h("section", { "aria-label": "Results", className: "stack" });
  const model = h("select", { name: "model" }, models.map((one) => h("option", { value: one.name }, one.name)));
  const count = h("input", { type: "number", name: "count", min: "1", max: "16", value: "2", required: true });
  const submit = h("button", { className: "main" }, title);
  const form = h("form", { onsubmit: async (event) => {
    event.preventDefault();
    note.replaceChildren();
    submit.disabled = true;
    try {
      const body = { model: model.value, count: Number(count.value), previews: true, ...(await parts.body()) };
      const job = await request(path, { method: "POST", body });
      results.prepend(follow(job, signal, parts.compare(compare)));
    } catch (error) {
      note.replaceChildren(fault(error));
    }
    submit.disabled = false;
  } }, h("h2", {}, title), parts.fields(note), h("div", { className: "row" }, h("label", {}, "Model", model), h("label", {}, "Images", count)), submit, note);
  main.append(h("div", { className: "split even" }, h("section", { className: "card" }, form), results));
}

const canvas = (bitmap, factor = 1, smooth = false) => {
  const element = h("canvas", { width: bitmap.width * factor, height: bitmap.height * factor });
  const context = element.getContext("2d");
  context.imageSmoothingEnabled = smooth;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, element.width, element.height);
  return element;
};

export async function fill(main, signal) {
  let file, bitmap, mask, view, past = [], future = [], brush = 4, erases = false, cursor, last;
  const stage = h("div", {});

  function draw() {
    const context = view.getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const { data } = mask.getContext("2d").getImageData(0, 0, mask.width, mask.height);
    const shown = context.getImageData(0, 0, mask.width, mask.height);
    for (let i = 0; i < data.length; i += 4) if (data[i]) {
      shown.data[i] = 255;
      shown.data[i + 1] >>= 1;
      shown.data[i + 2] >>= 1;
    }
    context.putImageData(shown, 0, 0);
    if (document.activeElement === view && cursor) {
      context.strokeStyle = "#39f";
      context.strokeRect(cursor.x - brush / 2 + 0.5, cursor.y - brush / 2 + 0.5, brush, brush);
    }
  }

  const snapshot = () => mask.getContext("2d").getImageData(0, 0, mask.width, mask.height);
  function keep() {
    past.push(snapshot());
    if (past.length > 50) past.shift();
    future = [];
  }
  function dab({ x, y }) {
    const context = mask.getContext("2d");
    context.fillStyle = erases ? "#000" : "#fff";
    const from = last ?? { x, y }, steps = Math.max(1, Math.abs(x - from.x), Math.abs(y - from.y));
    for (let i = 0; i <= steps; i += 1) {
      context.fillRect(Math.round(from.x + (x - from.x) * i / steps - brush / 2), Math.round(from.y + (y - from.y) * i / steps - brush / 2), brush, brush);
    }
    last = { x, y };
    draw();
  }
  function travel(from, to) {
    if (!from.length) return;
    to.push(snapshot());
    mask.getContext("2d").putImageData(from.pop(), 0, 0);
    draw();
  }
  function invert() {
    keep();
    const pixels = snapshot();
    for (let i = 0; i < pixels.data.length; i += 1) if (i % 4 < 3) pixels.data[i] = 255 - pixels.data[i];
    mask.getContext("2d").putImageData(pixels, 0, 0);
    draw();
  }
  const place = (event) => {
    const box = view.getBoundingClientRect();
    return { x: Math.floor((event.clientX - box.left) / box.width * view.width), y: Math.floor((event.clientY - box.top) / box.height * view.height) };
  };
  function key(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") travel(event.shiftKey ? future : past, event.shiftKey ? past : future);
    else if (steps[event.key]) {
      const [dx, dy] = steps[event.key];
      cursor = { x: Math.max(0, Math.min(view.width - 1, cursor.x + dx)), y: Math.max(0, Math.min(view.height - 1, cursor.y + dy)) };
      draw();
    } else if (event.key === " ") {
      keep();
      last = undefined;
      dab(cursor);
    } else return;
    event.preventDefault();
  }

  function begin() {
    mask = h("canvas", { width: bitmap.width, height: bitmap.height });
    const context = mask.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#000";
    context.fillRect(0, 0, mask.width, mask.height);
    [past, future, cursor] = [[], [], { x: bitmap.width >> 1, y: bitmap.height >> 1 }];
    view = h("canvas", { width: bitmap.width, height: bitmap.height, tabindex: "0", role: "img", className: "paint", "aria-label": "The image and its mask. Arrow keys move the brush, space paints, control Z undoes.", onkeydown: key, onfocus: draw, onblur: draw,
      onpointerdown: (event) => { view.setPointerCapture(event.pointerId); keep(); last = undefined; dab(place(event)); },
      onpointermove: (event) => { if (event.buttons) dab(place(event)); } });
    view.getContext("2d", { willReadFrequently: true });
    const factor = scale(bitmap.width, room());
    view.style.width = `${bitmap.width * factor}px`;
    const button = (label, action) => h("button", { type: "button", onclick: action }, label);
    stage.replaceChildren(view, h("div", { className: "row" },
      h("label", {}, "Brush", h("input", { type: "range", min: "1", max: "32", value: String(brush), oninput: (event) => { brush = Number(event.target.value); } })),
      h("label", { className: "check" }, h("input", { type: "checkbox", checked: erases, onchange: (event) => { erases = event.target.checked; } }), "erase"),
      button("Undo", () => travel(past, future)), button("Redo", () => travel(future, past)), button("Invert", invert)));
    draw();
  }

  await restoration(main, signal, "Fill", "/v1/inpaintings", {
    fields: (note) => [picker("Image (PNG), chosen or dropped", async (given, pixels) => { [file, bitmap] = [given, pixels]; begin(); }, note), h("p", { className: "soft" }, "Paint what is to be filled."), stage],
    body: async () => {
      if (!file) throw new Error("Choose an image first.");
      return { image: await base64(file), mask: mask.toDataURL("image/png").split(",")[1] };
    },
    compare: (make) => { const given = bitmap; return (image) => make(canvas(given), image, scale(given.width, 256)); },
  });
}

export async function enlarge(main, signal) {
  let file, bitmap;
  const shown = h("div", { className: "film" });
  const factor = h("select", { name: "scale" }, [2, 4, 8].map((one) => h("option", { value: String(one) }, `${one} times`)));
  const by = h("select", { name: "by" }, h("option", { value: "" }, "nearest pixels"), h("option", { value: "smooth" }, "smooth interpolation"));
  await restoration(main, signal, "Enlarge", "/v1/super-resolutions", {
    fields: (note) => [picker("Small image (PNG), chosen or dropped", async (given, pixels) => {
      [file, bitmap] = [given, pixels];
      shown.replaceChildren(canvas(pixels, scale(pixels.width, Math.min(256, room()))));
    }, note), shown, h("div", { className: "row" }, h("label", {}, "Factor", factor), h("label", {}, "Compare with", by))],
    body: async () => {
      if (!file) throw new Error("Choose an image first.");
      return { image: await base64(file), scale: Number(factor.value) };
    },
    compare: (make) => {
      const [given, times, smooth] = [bitmap, Number(factor.value), by.value !== ""];
      return (image) => make(canvas(given, times, smooth), image, scale(given.width * times, 256));
    },
  });
}
