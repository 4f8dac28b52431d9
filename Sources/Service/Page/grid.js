// A table of attribute values under one seed: what a condition changes, and what it leaves.
import { run } from "./cells.js";
import { h } from "./dom.js";
import { conditionFields, condition, die, loaded, modelField, number, seedField, select } from "./fields.js";

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
  const table = h("div", { className: "table card", tabindex: "0", role: "region", "aria-label": "Grid",
    hidden: true });
  const submit = h("button", { className: "main" }, "Make the grid");
  const form = h("form", { onsubmit: (event) => { event.preventDefault(); start(); } },
    h("h2", {}, "Grid of conditions"),
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
      h("div", { className: "row" }, select("sampler", "Sampler", model().samplers, defaults.sampler),
        number("steps", "Steps", defaults.steps, 1, limits.steps)),
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
    const request = { model: name, sampler: data.get("sampler"), steps: Number(data.get("steps")),
      seed: data.get("seed"), count };
    if (model().guidance) request.guidance = Number(data.get("guidance"));
    const fixed = condition(data, attributes.filter((attribute) => attribute !== rows && attribute !== columns));
    const asked = (attribute, value) => ({ [attribute.name]: attribute.multiple ? [value] : value });
    const down = rows.values.slice(0, most), across = columns?.values.slice(0, most)
      ?? Array.from({ length: count }, (_, place) => `seed ${BigInt(request.seed) + BigInt(place)}`);
    const left = [rows, columns].filter((axis) => axis && axis.values.length > most).map((axis) =>
      `${axis.name}: the first ${most} of ${axis.values.length} values are shown`);
    const jobs = down.flatMap((value, y) => (columns ? across : [undefined]).map((other, x) =>
      ({ y, x, body: { ...request, condition: { ...fixed, ...asked(rows, value),
        ...(columns && asked(columns, other)) } } })));
    return { title: name, corner: `${rows.name}${columns ? ` \\ ${columns.name}` : ""}`, down, across, left, jobs };
  }

  async function start() {
    table.hidden = false;
    submit.disabled = true;
    await run(plan(), table, note, signal);
    submit.disabled = false;
  }

  main.append(h("div", { className: "split" }, h("section", { className: "card" }, form), table));
  choose();
}
