// Make: a request in the model's own words, and its images while they come.
import { listen, request, save, show } from "./client.js";
import { duration, fault, h, size, words } from "./dom.js";

const die = () => String(crypto.getRandomValues(new Uint32Array(1))[0]);

// What was chosen last stays while the page is open.
const kept = { seed: die(), jobs: [] };

export async function make(main, signal) {
  const { items: models } = await request("/v1/models");
  if (!models.length) {
    main.append(h("p", {}, "No model is loaded. Start the service with --model DIR."));
    return;
  }
  const results = h("section", { "aria-label": "Results", className: "stack" }, h("p", { className: "soft" }, "Images appear here."));
  const fields = h("div", { className: "stack" });
  const problem = h("div");
  const curl = h("pre", { tabindex: "0", "aria-label": "The request as curl" });
  const model = h("select", { name: "model", onchange: () => choose() }, models.map((one) => h("option", { value: one.name }, one.name)));
  if (kept.model) model.value = kept.model;
  const submit = h("button", { className: "main" }, "Make");
  const form = h("form", { oninput: () => write(), onsubmit: (event) => { event.preventDefault(); start(); } },
    h("h2", {}, "Make images"), h("label", {}, "Model", model), fields, submit, problem,
    h("details", {}, h("summary", {}, "As curl"), curl,
      h("button", { type: "button", onclick: () => navigator.clipboard?.writeText(curl.textContent) }, "Copy")));
  let current, seed, lock;

  function choose() {
    current = models.find((one) => one.name === model.value) ?? models[0];
    kept.model = current.name;
    const conditions = kept.condition ?? {};
    const number = (name, label, value, min, max, step = 1) =>
      h("label", {}, label, h("input", { type: "number", name, value: String(kept[name] ?? value), min: String(min), max: String(max), step: String(step), required: true }));
    seed = h("input", { name: "seed", inputmode: "numeric", pattern: "[0-9]{1,20}", required: true, value: kept.seed });
    lock = h("input", { type: "checkbox", name: "lock", checked: kept.lock === true });
    fields.replaceChildren(
      ...current.attributes.map((attribute) => attribute.multiple
        ? h("fieldset", {}, h("legend", {}, attribute.name), h("div", { className: "options" }, attribute.values.map((value) =>
            h("label", { className: "check" }, h("input", { type: "checkbox", name: `condition.${attribute.name}`, value, checked: [conditions[attribute.name] ?? []].flat().includes(value) }), value))))
        : h("label", {}, attribute.name, h("select", { name: `condition.${attribute.name}` },
            h("option", { value: "" }, "(any)"), attribute.values.map((value) => h("option", { value, selected: conditions[attribute.name] === value }, value))))),
      h("div", { className: "row" },
        h("label", {}, "Sampler", h("select", { name: "sampler" }, current.samplers.map((name) => h("option", { value: name, selected: name === (kept.sampler ?? current.defaults.sampler) }, name)))),
        number("steps", "Steps", current.defaults.steps, 1, current.limits.steps)),
      h("div", { className: "row" },
        number("count", "Images", 4, 1, current.limits.count),
        current.guidance ? number("guidance", "Guidance", current.defaults.guidance, 0, 100, "any") : null),
      h("div", { className: "row" },
        h("label", {}, "Seed", seed),
        h("button", { type: "button", "aria-label": "Roll another seed", title: "Another seed", onclick: () => { seed.value = die(); write(); } }, "\u2684"),
        h("label", { className: "check" }, lock, "keep")));
    write();
  }

  function body() {
    const data = new FormData(form);
    const condition = {};
    for (const attribute of current.attributes) {
      const values = data.getAll(`condition.${attribute.name}`).filter(Boolean);
      if (values.length) condition[attribute.name] = attribute.multiple ? values : values[0];
    }
    const made = { model: current.name, condition, sampler: data.get("sampler"), steps: Number(data.get("steps")), count: Number(data.get("count")), seed: data.get("seed"), previews: true };
    if (current.guidance) made.guidance = Number(data.get("guidance"));
    return made;
  }

  function write() {
    const made = body();
    Object.assign(kept, { condition: made.condition, sampler: made.sampler, steps: made.steps, count: made.count, guidance: made.guidance, seed: made.seed, lock: lock.checked });
    const quoted = JSON.stringify(made).replaceAll("'", "'\\''");
    curl.textContent = `curl -X POST ${location.origin}/v1/generations -H 'Content-Type: application/json' -d '${quoted}'`;
  }

  async function start() {
    problem.replaceChildren();
    submit.disabled = true;
    try {
      const job = await request("/v1/generations", { method: "POST", body: body() });
      if (results.firstElementChild?.tagName === "P") results.replaceChildren();
      kept.jobs.unshift(job);
      kept.jobs.length = Math.min(kept.jobs.length, 20);
      results.prepend(follow(job, signal));
      if (!lock.checked) seed.value = die();
      write();
    } catch (error) {
      problem.replaceChildren(fault(error));
    }
    submit.disabled = false;
  }

  if (kept.jobs.length) results.replaceChildren(...kept.jobs.map((job) => follow(job, signal)));
  main.append(h("div", { className: "split" }, h("section", { className: "card" }, form), results));
  choose();
}

// Takes over what an image was made with.
export function again(request) {
  Object.assign(kept, { model: request.model, condition: request.condition, sampler: request.sampler, steps: request.steps, guidance: request.guidance, count: 1, seed: die() });
  location.hash = "#make";
}

// How well the images agree with what was given, in words.
function agreement({ quantised, outside_change }) {
  const levels = (value) => `${Number(value.toPrecision(2))} grey levels of 255`;
  const kept = outside_change === undefined ? "" : ` What is wholly kept changed by ${levels(outside_change)} at most.`;
  return `The worst image differs from what was given by ${levels(quantised.mean)} on average, ${levels(quantised.max)} at most.${kept}`;
}

// One job: its progress, its previews, its images, its end.
// With `beside`, what it makes of a finished image stands in the place of the image: a comparison.
export function follow(job, signal, beside) {
  const status = h("span", { role: "status" });
  const bar = h("progress", { max: 1, value: 0, "aria-label": "Progress" });
  const images = h("ul", { className: "images" });
  const note = h("div");
  const cancel = h("button", { type: "button", onclick: async () => {
    try { await request(job.urls.cancel, { method: "POST" }); } catch (error) { note.replaceChildren(fault(error)); }
  } }, "Cancel");
  const places = new Map();

  function place(index) {
    if (!places.has(index)) {
      const image = h("img", { alt: "" });
      const film = h("div", { className: "film" }, image);
      const caption = h("figcaption", {});
      const item = h("li", {}, h("figure", {}, film, caption));
      places.set(index, { image, caption, item });
      const after = [...places.keys()].filter((other) => other > index).sort((a, b) => a - b)[0];
      images.insertBefore(item, after === undefined ? null : places.get(after).item);
    }
    return places.get(index);
  }

  function done(record) {
    const spot = place(record.index);
    const { image, caption } = spot;
    if (spot.isDone) return;
    spot.isDone = true;
    size(image, record.width, record.height, 256);
    if (beside) image.addEventListener("load", () => {
      const copy = image.cloneNode();
      copy.decode().then(() => image.parentElement?.replaceWith(beside(copy)));
    }, { once: true });
    image.alt = `Synthetic image, seed ${record.seed}${words(job.request.condition) && `, ${words(job.request.condition)}`}`;
    show(image, record.url);
    const link = (suffix, label) => h("a", { href: record.url + suffix, onclick: (event) => {
      event.preventDefault();
      save(record.url + suffix, `${job.model.name}-${record.seed}${suffix || ".png"}`).catch((error) => note.replaceChildren(fault(error)));
    } }, label);
    caption.replaceChildren(h("span", { className: "mark" }, "synthetic"), ` \u00b7 seed ${record.seed}`, h("br"),
      link("", "PNG"), " \u00b7 ", link(".dcm", "DICOM"), " \u00b7 ", link(".json", "recipe"));
  }

  function progress(state) {
    const { step, steps, images_done, images: count } = state.progress;
    bar.value = step / Math.max(1, steps);
    const eta = state.eta_seconds ? `, about ${duration(state.eta_seconds)} left` : "";
    status.textContent = state.status === "queued"
      ? `queued, place ${state.queue_position ?? "?"}${eta}`
      : state.status === "running" ? `step ${step} of ${steps}, ${images_done} of ${count} images${eta}` : state.status;
  }

  function end(state) {
    job = state;
    cancel.hidden = true;
    bar.hidden = true;
    for (const record of state.images) done(record);
    if (state.status !== "succeeded") images.replaceChildren();
    status.textContent = state.status === "succeeded" ? `${state.images.length === 1 ? "1 image" : `${state.images.length} images`} in ${duration(state.timing.compute_ms / 1000)} of computing` : state.status;
    note.replaceChildren(
      state.consistency ? h("p", { className: "soft" }, agreement(state.consistency)) : "",
      state.error ? h("p", { className: "bad" }, state.error.detail) : "",
      state.status === "succeeded" ? h("button", { type: "button", onclick: () => save(state.urls.archive, `${state.model.name}-${state.id}.zip`) }, "All as ZIP") : "");
  }

  progress(job);
  listen(job.urls.events, signal, (name, data) => {
    if (name === "snapshot") {
      job = data;
      progress(data);
      for (const record of data.images) done(record);
    } else if (name === "progress") progress(data);
    else if (name === "preview") {
      const { image, caption, isDone } = place(data.image);
      if (isDone) return;
      size(image, data.width, data.height, 256);
      image.alt = `Preview of image ${data.image + 1} at step ${data.step}`;
      image.src = data.url;
      caption.replaceChildren(h("span", { className: "mark" }, "synthetic"), ` \u00b7 preview, step ${data.step}`);
    } else if (name === "image") done(data.image);
    else if (name === "done") end(data);
    else if (name === "gone") { status.textContent = "deleted"; cancel.hidden = true; }
  });
  return h("article", { className: "card", "aria-label": `Job ${job.id}` },
    h("div", { className: "row" }, h("h3", {}, words(job.request.condition) || "no condition"), h("span", { className: "soft" }, job.model.name), cancel),
    status, bar, note, images);
}
