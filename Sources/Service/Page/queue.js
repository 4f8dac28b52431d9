// Queue: what runs and waits, for whom.
import { request } from "./client.js";
import { button, fault, h } from "./dom.js";
import { listen } from "./events.js";
import { duration, words } from "./words.js";

export async function queue(main, signal) {
  const body = h("tbody");
  const note = h("div");
  const rows = new Map();
  const empty = h("p", { className: "soft" }, "Nothing runs and nothing waits.");

  function row(job) {
    const bar = h("progress", { max: 1, value: 0, "aria-label": "Progress" });
    const state = h("span");
    const place = h("td", { "data-label": "Place" });
    const cancel = button("Cancel", note, () => request(`/v1/jobs/${job.id}/cancel`, { method: "POST" }));
    const element = h("tr", {}, h("td", {}, job.kind), h("td", {}, job.model.name),
      h("td", { "data-label": "Condition" }, words(job.request.condition) || "\u2014"),
      h("td", { "data-label": "For" }, job.owner ?? "\u2014"), place, h("td", {}, state, bar), h("td", {}, cancel));
    rows.set(job.id, { element, bar, state, place });
    body.append(element);
    update(job);
  }

  function update(job) {
    const shown = rows.get(job.id);
    if (!shown) return;
    const { step, steps, images_done: made, images } = job.progress;
    shown.bar.value = step / Math.max(1, steps);
    shown.place.textContent = job.queue_position ?? "running";
    const left = job.eta_seconds ? `, ${duration(job.eta_seconds)} left` : "";
    shown.state.textContent = `${made} of ${images} images${left}`;
  }

  const count = () => { table.hidden = !(empty.hidden = rows.size > 0); };
  const table = h("div", { className: "table card", tabindex: "0", role: "region", "aria-label": "Jobs" },
    h("table", { className: "queue" },
    h("thead", {}, h("tr", {}, ["Kind", "Model", "Condition", "For", "Place", "Progress", ""].map((title) =>
      h(title ? "th" : "td", title ? { scope: "col" } : {}, title)))), body));
  count();
  main.append(h("h2", {}, "Queue"), note, empty, table);
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
