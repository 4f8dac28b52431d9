// Make: a request in the model's own words, and its images while they come.
import { hasToken, request } from "./client.js";
import { fault, h } from "./dom.js";
import { condition, conditionFields, die, loaded, modelField, number, seedField, select } from "./fields.js";
import { follow } from "./job.js";

// What was chosen last stays while the page is open.
const kept = { seed: die(), jobs: [] };

export async function make(main, signal) {
  const models = await loaded(main);
  if (!models.length) return;
  const results = h("section", { "aria-label": "Results", className: "stack" },
    h("p", { className: "soft" }, "Images appear here."));
  const fields = h("div", { className: "stack" });
  const problem = h("div");
  const curl = h("pre", { tabindex: "0", "aria-label": "The request as curl" });
  const submit = h("button", { className: "main" }, "Make");
  const form = h("form", { oninput: () => write(), onsubmit: (event) => { event.preventDefault(); start(); } },
    h("h2", {}, "Make images"), modelField(models, kept.model, () => choose()), fields, submit, problem,
    h("details", {}, h("summary", {}, "As curl"), curl,
      h("button", { type: "button", onclick: () => navigator.clipboard?.writeText(curl.textContent) }, "Copy")));
  let current, seed, lock;

  function choose() {
    current = models.find((one) => one.name === form.elements.model.value) ?? models[0];
    // What was asked of one model is no setting of another.
    if (kept.model !== current.name) Object.assign(kept, { model: current.name, sampler: undefined, steps: undefined,
      guidance: undefined });
    seed = seedField(kept.seed, () => write());
    lock = h("input", { type: "checkbox", name: "lock", checked: kept.lock === true });
    fields.replaceChildren(
      ...conditionFields(current.attributes, kept.condition),
      h("div", { className: "row" },
        select("sampler", "Sampler", current.samplers, kept.sampler ?? current.defaults.sampler),
        number("steps", "Steps", kept.steps ?? current.defaults.steps, 1, current.limits.steps)),
      h("div", { className: "row" },
        number("count", "Images", kept.count ?? 4, 1, current.limits.count),
        current.guidance && number("guidance", "Guidance", kept.guidance ?? current.defaults.guidance, 0, 100, "any"),
        select("bit_depth", "Grey levels", [[8, "256 (8 bits)"], [16, "65,536 (16 bits)"]], kept.depth ?? 8)),
      h("div", { className: "row" }, ...seed.parts, h("label", { className: "check" }, lock, "keep")));
    write();
  }

  function body() {
    const data = new FormData(form);
    const made = {
      model: current.name, condition: condition(data, current.attributes), sampler: data.get("sampler"),
      steps: Number(data.get("steps")), count: Number(data.get("count")), bit_depth: Number(data.get("bit_depth")),
      seed: data.get("seed"), previews: true,
    };
    if (current.guidance) made.guidance = Number(data.get("guidance"));
    return made;
  }

  function write() {
    const made = body();
    Object.assign(kept, { ...made, depth: made.bit_depth, lock: lock.checked });
    const quoted = JSON.stringify(made).replaceAll("'", "'\\''");
    const token = hasToken() ? " -H \"Authorization: Bearer $TOKEN\"" : "";
    const type = "-H 'Content-Type: application/json'";
    curl.textContent = `curl -X POST ${location.origin}/v1/generations ${type}${token} -d '${quoted}'`;
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
      if (!lock.checked) seed.input.value = die();
      write();
    } catch (error) {
      problem.replaceChildren(fault(error));
    }
    submit.disabled = false;
  }

  // The oldest first: it has its turn first.
  if (kept.jobs.length) {
    results.replaceChildren(...kept.jobs.toReversed().map((job) => follow(job, signal)).toReversed());
  }
  main.append(h("div", { className: "split" }, h("section", { className: "card" }, form), results));
  choose();
}

// Takes over what an image was made with.
export function again(request) {
  Object.assign(kept, { model: request.model, condition: request.condition, sampler: request.sampler,
    steps: request.steps, guidance: request.guidance, depth: request.bit_depth, count: 1, seed: die() });
  location.hash = "#make";
}
