// A table of attribute values under one seed: what a condition changes, and what it leaves.
import { request, show } from "./client.js";
import { button, fault, h, thumbnail } from "./dom.js";
import { listen, pause } from "./events.js";
import { conditionFields, condition, die, loaded, modelField, number, seedField, select } from "./fields.js";
import { open } from "./image.js";

// Of a side.
const most = 12;
const kept = { seed: die() };

export async function grid(main, signal) {
  const models = (await loaded(main)).filter((model) => model.attributes.length);
  if (!models.length) {
    if (!main.childElementCount) main.append(h("p", { className: "card" }, "No model that is loaded has attributes."));
    return;
  }
  const note = h("div", { role: "status" });
  const fields = h("div", { className: "stack" });
  const table = h("div", { className: "table card", tabindex: "0", role: "region", "aria-label": "Grid", hidden: true });
  const submit = h("button", { className: "main" }, "Make the grid");
  const form = h("form", { onsubmit: (event) => { event.preventDefault(); start(); } }, h("h2", {}, "Grid of conditions"),
    h("p", { className: "soft" }, "Every image of a column begins with the same seed."),
    modelField(models, undefined, () => choose()), fields, submit, note);
  const model = () => models.find((one) => one.name === form.elements.model.value);

  function choose() {
    const { attributes, defaults, limits } = model();
    const names = attributes.map((attribute) => attribute.name);
    const others = h("div", { className: "stack" });
    const rows = select("rows", "Rows", names, names[0]);
    const columns = select("columns", "Columns", [...names, ["", "seeds"]], names[1] ?? "");
    const seeds = number("seeds", "Seeds", Math.min(4, limits.count), 1, Math.min(most, limits.count));
    const rest = () => {
      const axes = [form.elements.rows.value, form.elements.columns.value];
      seeds.hidden = axes[1] !== "" && axes[1] !== axes[0];
      others.replaceChildren(...conditionFields(attributes.filter((attribute) => !axes.includes(attribute.name))));
    };
    const seed = seedField(kept.seed);
    fields.replaceChildren(h("div", { className: "row" }, rows, columns), others,
      h("div", { className: "row" }, select("sampler", "Sampler", model().samplers, defaults.sampler), number("steps", "Steps", defaults.steps, 1, limits.steps)),
      h("div", { className: "row" }, seeds,
        model().guidance && number("guidance", "Guidance", defaults.guidance, 0, 100, "any")),
      h("div", { className: "row" }, ...seed.parts));
    rows.onchange = columns.onchange = rest;
    rest();
  }

  // A job a row where the columns are seeds, else a job a cell.
  function plan() {
    const data = new FormData(form), { attributes, name } = model();
    const rows = attributes.find((attribute) => attribute.name === data.get("rows"));
    const columns = attributes.find((attribute) => attribute.name === data.get("columns") && attribute !== rows);
    const count = columns ? 1 : Number(data.get("seeds"));
    kept.seed = data.get("seed");
    const request = { model: name, sampler: data.get("sampler"), steps: Number(data.get("steps")), seed: data.get("seed"), count };
    if (model().guidance) request.guidance = Number(data.get("guidance"));
    const fixed = condition(data, attributes.filter((attribute) => attribute !== rows && attribute !== columns));
    const asked = (attribute, value) => ({ [attribute.name]: attribute.multiple ? [value] : value });
    const down = rows.values.slice(0, most), across = columns?.values.slice(0, most) ?? Array.from({ length: count }, (_, place) => `seed ${BigInt(request.seed) + BigInt(place)}`);
    const left = [rows, columns].filter((axis) => axis && axis.values.length > most).map((axis) => `${axis.name}: the first ${most} of ${axis.values.length} values are shown`);
    const jobs = down.flatMap((value, y) => (columns ? across : [undefined]).map((other, x) =>
      ({ y, x, body: { ...request, condition: { ...fixed, ...asked(rows, value), ...(columns && asked(columns, other)) } } })));
    return { corner: `${rows.name}${columns ? ` \\ ${columns.name}` : ""}`, down, across, left, jobs };
  }

  async function start() {
    const round = new AbortController();
    signal.addEventListener("abort", () => round.abort());
    const { corner, down, across, left, jobs } = plan();
    const cells = down.map(() => across.map(() => h("td", {}, h("span", { className: "soft" }, "\u2026"))));
    table.hidden = false;
    table.replaceChildren(h("table", { className: "grid" },
      h("thead", {}, h("tr", {}, [corner, ...across].map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", {}, down.map((title, y) => h("tr", {}, h("th", { scope: "row" }, title), cells[y])))));
    submit.disabled = true;
    let made = 0;
    const total = down.length * across.length;
    const told = h("span", {}), cancel = button("Cancel the rest", note, () => stop());
    const tell = (more = "") => { told.textContent = `${made} of ${total} images${[...left, more].filter(Boolean).map((one) => `; ${one}`).join("")} `; };
    note.replaceChildren(told, cancel);
    const waiting = new Map();

    function take(job, record) {
      const place = waiting.get(job.id);
      const cell = place && cells[place.y][place.x + record.index];
      if (!cell || cell.dataset.done) return;
      cell.dataset.done = "yes";
      made += 1;
      tell();
      if (!record.url) return cell.replaceChildren(h("span", { className: "soft" }, record.withheld ?? "not kept"));
      const image = h("img", { alt: `Synthetic image, ${down[place.y]}, ${across[place.x + record.index]}` });
      thumbnail(image, record.width, record.height);
      cell.replaceChildren(h("button", { type: "button", className: "film", onclick: () => open({ ...record, job: job.id, kind: "generation", model: place.body.model, condition: place.body.condition }) }, image));
      return show(image, record.url).catch((error) => cell.replaceChildren(fault(error)));
    }
    function end(job) {
      const place = waiting.get(job.id);
      if (!place) return;
      for (const record of job.images) take(job, record);
      waiting.delete(job.id);
      if (job.status !== "succeeded") for (let x = place.x; x < place.x + (job.progress.images || 1); x += 1) cells[place.y][x].replaceChildren(h("span", { className: "bad" }, job.error?.detail ?? job.status));
    }
    const look = async (id) => { const job = await request(`/v1/jobs/${id}`); if (job.finished_at) end(job); };
    async function stop() {
      round.abort();
      for (const id of waiting.keys()) await request(`/v1/jobs/${id}/cancel`, { method: "POST" });
      for (const id of [...waiting.keys()]) await look(id);
    }

    listen("/v1/events", round.signal, (name, data) => {
      if (name === "image") take({ id: data.id }, data.image);
      else if (name === "done") end(data);
      // What ended before the stream began is not in it.
      else if (name === "snapshot") for (const id of waiting.keys()) if (!data.items.some((job) => job.id === id)) look(id).catch(() => {});
    });
    try {
      for (const one of jobs) {
        const job = await submitted(one.body, round.signal, tell);
        if (!job) break;
        waiting.set(job.id, one);
        await look(job.id);
      }
      tell();
      while (waiting.size && !round.signal.aborted) await pause(200, round.signal);
    } catch (error) {
      note.append(fault(error));
    }
    cancel.hidden = true;
    round.abort();
    submit.disabled = false;
  }

  main.append(h("div", { className: "split" }, h("section", { className: "card" }, form), table));
  choose();
}

// A full queue is waited for.
async function submitted(body, signal, tell) {
  while (!signal.aborted) {
    try {
      return await request("/v1/generations", { method: "POST", body });
    } catch (error) {
      if (error.status !== 429) throw error;
      tell(`${error.message} It goes on in ${error.retryAfter || 1} s`);
      await pause(1_000 * (error.retryAfter || 1), signal);
    }
  }
  return undefined;
}
