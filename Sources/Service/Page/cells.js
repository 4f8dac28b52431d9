// The cells of a grid: the jobs that make their images, followed by one stream for all of them.
import { request, show } from "./client.js";
import { button, fault, h, thumbnail } from "./dom.js";
import { listen, pause } from "./events.js";
import { open } from "./image.js";

// `plan`: title, corner, names of rows (`down`) and columns (`across`), what is left out, and jobs with the row and
// column of their first image. Returns when all have ended, or are cancelled.
export async function run({ title, corner, down, across, left, jobs }, table, note, signal) {
  const cells = down.map(() => across.map(() => h("td", {}, h("span", { className: "soft" }, "\u2026"))));
  table.replaceChildren(h("table", { className: "grid" }, h("caption", { className: "soft" },
    h("span", { className: "mark" }, "synthetic"), ` \u00b7 ${title}`),
    h("thead", {}, h("tr", {}, [corner, ...across].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, down.map((name, y) => h("tr", {}, h("th", { scope: "row" }, name), cells[y])))));
  const told = h("span"), round = new AbortController(), waiting = new Map();
  const cancel = button("Cancel the rest", note, () => stop());
  signal.addEventListener("abort", () => round.abort());
  note.replaceChildren(told, cancel);

  function tell(more) {
    const made = cells.flat().filter((cell) => cell.dataset.done).length;
    told.textContent = `${[`${made} of ${cells.flat().length} images`, ...left, more].filter(Boolean).join("; ")} `;
  }
  function take(id, record) {
    const job = waiting.get(id), cell = job && cells[job.y][job.x + record.index];
    if (!cell || cell.dataset.done) return;
    cell.dataset.done = "yes";
    tell();
    fill(cell, { ...record, job: id, kind: "generation", model: job.body.model, condition: job.body.condition },
      `${down[job.y]}, ${across[job.x + record.index]}`);
  }
  function end(state) {
    const job = waiting.get(state.id);
    if (!job) return;
    for (const record of state.images) take(state.id, record);
    waiting.delete(state.id);
    if (state.status === "succeeded") return;
    for (let x = job.x; x < job.x + job.body.count; x += 1) {
      cells[job.y][x].replaceChildren(h("span", { className: "bad" }, state.error?.detail ?? state.status));
    }
  }
  const drop = (id) => request(`/v1/jobs/${id}/cancel`, { method: "POST" });
  async function look(id) {
    const state = await request(`/v1/jobs/${id}`);
    if (state.finished_at) end(state);
  }
  async function stop() {
    round.abort();
    for (const id of [...waiting.keys()]) await drop(id);
    for (const id of [...waiting.keys()]) end(await request(`/v1/jobs/${id}?wait=20`));
    for (const cell of cells.flat()) if (!cell.dataset.done) cell.textContent = "cancelled";
  }

  listen("/v1/events", round.signal, (name, data) => {
    if (name === "image") take(data.id, data.image);
    else if (name === "done") end(data);
    // What ended before the stream began is not in it.
    else if (name === "snapshot") {
      for (const id of waiting.keys()) if (!data.items.some((job) => job.id === id)) look(id).catch(() => {});
    }
  });
  tell();
  try {
    for (const one of jobs) {
      const job = await submitted(one.body, round.signal, tell);
      if (job && !round.signal.aborted) {
        waiting.set(job.id, one);
        await look(job.id);
      } else if (job) await drop(job.id);
      if (round.signal.aborted) break;
    }
    tell();
    while (waiting.size && !round.signal.aborted) await pause(200, round.signal);
  } catch (error) {
    note.append(fault(error));
  }
  cancel.hidden = true;
  round.abort();
}

function fill(cell, record, label) {
  if (!record.url) return cell.replaceChildren(h("span", { className: "soft" }, record.withheld ?? "not kept"));
  const image = h("img", { alt: `Synthetic image, ${label}` });
  thumbnail(image, record.width, record.height);
  cell.replaceChildren(h("button", { type: "button", className: "film", onclick: () => open(record) }, image));
  return show(image, record.url).catch((error) => cell.replaceChildren(fault(error)));
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
