// Queue and Models: what runs and waits, and what there is to ask for.
import { listen, request } from "./client.js";
import { duration, fault, h, words } from "./dom.js";

export async function queue(main, signal) {
  const body = h("tbody");
  const note = h("div");
  const rows = new Map();
  const empty = h("p", { className: "soft" }, "Nothing runs and nothing waits.");

  function row(job) {
    const bar = h("progress", { max: 1, value: 0, "aria-label": "Progress" });
    const state = h("span");
    const place = h("td");
    const cancel = h("button", { type: "button", onclick: async () => {
      try { await request(`/v1/jobs/${job.id}/cancel`, { method: "POST" }); } catch (error) { note.replaceChildren(fault(error)); }
    } }, "Cancel");
    const element = h("tr", {}, h("td", {}, job.kind), h("td", {}, job.model.name), h("td", {}, words(job.request.condition) || "\u2014"), h("td", {}, job.owner ?? "\u2014"), place, h("td", {}, state, bar), h("td", {}, cancel));
    rows.set(job.id, { element, bar, state, place });
    body.append(element);
    update(job);
  }

  function update(job) {
    const shown = rows.get(job.id);
    if (!shown) return;
    const { step, steps, images_done, images } = job.progress;
    shown.bar.value = step / Math.max(1, steps);
    shown.place.textContent = job.queue_position ?? "running";
    shown.state.textContent = `${images_done} of ${images} images${job.eta_seconds ? `, ${duration(job.eta_seconds)} left` : ""}`;
  }

  const count = () => { empty.hidden = rows.size > 0; };
  main.append(h("h2", {}, "Queue"), note, empty, h("div", { className: "table card" }, h("table", {},
    h("thead", {}, h("tr", {}, ["Kind", "Model", "Condition", "For", "Place", "Progress", ""].map((title) => h("th", { scope: "col" }, title)))), body)));
  listen("/v1/events", signal, async (name, data) => {
    if (name === "snapshot") {
      rows.clear();
      body.replaceChildren();
      for (const job of data.items) row(job);
    } else if (name === "progress") {
      if (rows.has(data.id)) update(data);
      else {
        try {
          const job = await request(`/v1/jobs/${data.id}`);
          if (!rows.has(job.id) && !job.finished_at) row(job);
        } catch (error) { note.replaceChildren(fault(error)); }
      }
    } else if (name === "done") {
      rows.get(data.id)?.element.remove();
      rows.delete(data.id);
    }
    count();
  });
}

export async function models(main) {
  const { items } = await request("/v1/models");
  main.append(h("h2", {}, "Models"), items.length ? "" : h("p", {}, "No model is loaded."), h("div", { className: "models" }, items.map(card)));
}

function card(model) {
  const facts = [
    ["Images", `${model.width} \u00d7 ${model.height}, ${model.channels === 1 ? "grey" : "colour"}`],
    ["Modality", model.modality],
    ["Trained on", model.training_data],
    ["Licence", model.licence],
    ["Parameters", model.parameters.toLocaleString("en")],
    ["Speed", model.ms_per_step && `${model.ms_per_step.toFixed(1)} ms a step`],
    ["Judged", model.evaluation && judged(model.evaluation)],
    ["Samplers", model.samplers.join(", ")],
    ["Weights", model.weights_sha256],
  ].filter(([, value]) => value);
  return h("article", { className: "card" }, h("h3", {}, model.name),
    h("dl", {}, facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
      model.attributes.flatMap((attribute) => [h("dt", {}, attribute.name), h("dd", {}, attribute.values.join(", "))])));
}

function judged({ verdict, metrics, features, real, synthetic }) {
  const number = (name) => {
    const found = metrics[name];
    if (found?.value == null) return "";
    const text = (value) => Number(value.toPrecision(3)).toString();
    return `${text(found.value)}${found.interval ? ` (${found.interval.map(text).join(" to ")})` : ""}`;
  };
  const distance = number("kernel_distance"), flagged = number("copies_flagged");
  return [
    `realistic: ${verdict.realistic}`, `useful: ${verdict.useful}`, `somebody: ${verdict.somebody}`,
    distance && `kernel distance ${distance}, ${features}`, flagged && `flagged share ${flagged}`,
    `${synthetic} images against ${real} of held-out patients`,
  ].filter(Boolean).join("; ");
}
