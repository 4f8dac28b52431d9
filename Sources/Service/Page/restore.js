// The form of Fill and Enlarge: images made of a given one, which is chosen, dropped, or handed over from the gallery.
import { request } from "./client.js";
import { fault, h } from "./dom.js";
import { condition, conditionFields, loaded, modelField, number } from "./fields.js";
import { follow } from "./job.js";
import { read } from "./picture.js";

let handed;

// Takes an image of the gallery to a view.
export function use(file, view) {
  handed = file;
  location.hash = `#${view}`;
}

// A field for a file; `taken` is called with it and its picture.
function picker(label, taken, note) {
  const input = h("input", { type: "file", accept: "image/png,.png,.dcm,application/dicom", required: true,
    onchange: () => take(input.files[0]) });
  const name = h("p", { className: "soft", hidden: true });
  async function take(file) {
    note.replaceChildren();
    if (!file) return;
    try {
      const picture = await read(new Uint8Array(await file.arrayBuffer()));
      await taken(file, picture);
      input.required = false;
      name.hidden = false;
      const colours = picture.channels === 1 ? "grey" : "colour";
      name.textContent = `${file.name}: ${picture.width} \u00d7 ${picture.height}, ${colours}, ${picture.bits} bits`;
    } catch (error) {
      note.replaceChildren(fault({ message: `${file.name} cannot be used: ${error.message}` }));
    }
  }
  const zone = h("div", {
    className: "drop",
    ondragover: (event) => { event.preventDefault(); zone.classList.add("over"); },
    ondragleave: () => zone.classList.remove("over"),
    ondrop: (event) => { event.preventDefault(); zone.classList.remove("over"); take(event.dataTransfer.files[0]); },
  }, h("label", {}, label, input), name);
  return { zone, take };
}

// `parts`: title, path, kind (whose defaults are taken), label of the file, elements, fields of the request, and what
// is made of a finished picture.
export async function restoration(main, signal, parts) {
  const models = await loaded(main);
  if (!models.length) return;
  const note = h("div");
  const results = h("section", { "aria-label": "Results", className: "stack" });
  const submit = h("button", { className: "main" }, parts.title);
  const options = h("div", { className: "stack" });
  let given;
  const { zone, take } = picker(parts.label, (file, picture) => { given = { file, picture }; parts.taken(picture); },
    note);
  const form = h("form", { onsubmit: (event) => { event.preventDefault(); start(); } }, h("h2", {}, parts.title),
    zone, ...parts.elements, modelField(models, undefined, choose), options, submit, note);
  const model = () => models.find((one) => one.name === form.elements.model.value) ?? models[0];

  function choose() {
    const { attributes, defaults, limits } = model();
    options.replaceChildren(...conditionFields(attributes),
      h("div", { className: "row" }, number("steps", "Steps", defaults[parts.kind].steps, 1, limits.steps),
        number("count", "Images", Math.min(2, limits.count), 1, Math.min(16, limits.count))));
  }

  async function start() {
    note.replaceChildren();
    submit.disabled = true;
    try {
      if (!given) throw new Error("Choose an image first.");
      const data = new FormData(form);
      const fields = { model: model().name, count: Number(data.get("count")), steps: Number(data.get("steps")),
        condition: condition(data, model().attributes), previews: true };
      const { fields: more = {}, files = {} } = await parts.request(given);
      const body = new FormData();
      body.append("request", JSON.stringify({ ...fields, ...more }));
      body.append("image", given.file);
      for (const [name, file] of Object.entries(files)) body.append(name, file, `${name}.png`);
      const job = await request(parts.path, { method: "POST", body });
      results.prepend(follow(job, signal, parts.shown(given, more)));
    } catch (error) {
      note.replaceChildren(fault(error));
    }
    submit.disabled = false;
  }

  main.append(h("div", { className: "split even" }, h("section", { className: "card" }, form), results));
  choose();
  const waiting = handed;
  handed = undefined;
  if (waiting) await take(waiting);
}
