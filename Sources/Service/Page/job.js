// One job: its progress, its previews, its images, its end.
import { request, save, show } from "./client.js";
import { button, fault, h, size } from "./dom.js";
import { listenToJob } from "./events.js";
import { fetched, film } from "./picture.js";
import { agreement, duration, words } from "./words.js";

// With `beside`, what it makes of a finished picture stands in the place of the image: a comparison. `given` stands
// before them.
export function follow(job, signal, { beside, given } = {}) {
  const status = h("span");
  // Only its end is read out: steps come several times a second.
  const told = h("span", { className: "unseen", role: "status" });
  const bar = h("progress", { max: 1, value: 0, "aria-label": "Progress" });
  const images = h("ul", { className: "images" }, given && h("li", {}, given));
  const note = h("div");
  const cancel = button("Cancel", note, () => request(job.urls.cancel, { method: "POST" }));
  const places = new Map();
  const submission = job.requestID;

  function place(index) {
    if (!places.has(index)) {
      const image = h("img", { alt: "" });
      const frame = h("div", { className: "film" }, image);
      const caption = h("figcaption", {});
      const item = h("li", {}, h("figure", {}, frame, caption));
      places.set(index, { image, frame, caption, item });
      const after = [...places.keys()].filter((other) => other > index).sort((a, b) => a - b)[0];
      images.insertBefore(item, after === undefined ? null : places.get(after).item);
    }
    return places.get(index);
  }

  async function done(record) {
    const spot = place(record.index);
    if (spot.isDone) return;
    spot.isDone = true;
    const shown = words(job.request.condition), label = `Synthetic image, seed ${record.seed}${shown && `, ${shown}`}`;
    try {
      if (!record.url) spot.frame.replaceWith(h("p", { className: "soft withheld" },
        record.withheld ?? "This image is not kept."));
      else if (beside) spot.frame.replaceWith(beside(await fetched(record.url), label));
      else if (record.bit_depth === 16) spot.frame.replaceWith(film(await fetched(record.url), 256, label));
      else {
        size(spot.image, record.width, record.height, 256);
        spot.image.alt = label;
        await show(spot.image, record.url);
      }
    } catch (error) {
      spot.isDone = false;
      spot.frame.replaceChildren(fault(error));
    }
    spot.caption.replaceChildren(h("span", { className: "mark" }, "synthetic"), ` \u00b7 seed ${record.seed}`, h("br"),
      ...record.url ? links(record) : []);
  }

  const links = (record) => [["", "PNG"], [".dcm", "DICOM"], [".json", "recipe"]].flatMap(([suffix, label], place) => [
    place ? " \u00b7 " : "",
    h("a", { href: record.url + suffix, onclick: (event) => {
      event.preventDefault();
      save(record.url + suffix, `${job.model.name}-${record.seed}${suffix || ".png"}`).catch((error) =>
        note.replaceChildren(fault(error)));
    } }, label),
  ]);

  function progress(state) {
    const { step, steps, images_done: made, images: count } = state.progress;
    bar.value = step / Math.max(1, steps);
    const eta = state.eta_seconds ? `, about ${duration(state.eta_seconds)} left` : "";
    status.textContent = state.status === "queued"
      ? `queued, place ${state.queue_position ?? "?"}${eta}`
      : state.status === "running" ? `step ${step} of ${steps}, ${made} of ${count} images${eta}` : state.status;
  }

  function end(state) {
    job = state;
    cancel.hidden = bar.hidden = true;
    const isGood = state.status === "succeeded", count = state.images.length;
    if (isGood) for (const record of state.images) done(record);
    else for (const { item } of places.values()) item.remove();
    status.textContent = isGood
      ? `${count === 1 ? "1 image" : `${count} images`} in ${duration(state.timing.compute_ms / 1000)} of computing`
      : state.status;
    told.textContent = `The job has ended: ${status.textContent}`;
    note.replaceChildren(
      state.consistency ? h("p", { className: "report" }, agreement(state.consistency, state.kind, state.request.scale))
        : "",
      ...(state.notes ?? []).map((one) => h("p", { className: "soft" }, one)),
      state.error ? h("div", { className: "bad", role: "alert" }, h("div", {}, state.error.detail),
        h("div", {}, `Job ${state.id}${submission ? `, request ${submission}` : ""}`)) : "",
      isGood ? button("All as ZIP", note, () => save(state.urls.archive, `${state.model.name}-${state.id}.zip`)) : "");
    if (state.consistency?.deviation_url) deviation(state.consistency.deviation_url);
  }

  // Where several answers differ: the lightest place is where they differ most.
  async function deviation(url) {
    try {
      const map = await fetched(url);
      const most = map.samples.reduce((top, sample) => Math.max(top, sample), 0);
      const levels = (most / 65535 * 127.5).toPrecision(2);
      images.append(h("li", {}, h("figure", { className: "deviation" },
        film(map, 256, "Where the answers differ", { low: 0, high: Math.max(1, most) }),
        h("figcaption", {}, !most ? "the answers do not differ" : "where the answers differ: black is the same in all, "
          + `white a deviation of ${levels} grey levels of 255`))));
    } catch (error) {
      note.append(fault(error));
    }
  }

  progress(job);
  listenToJob(job, signal, (name, data) => {
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
    h("div", { className: "row" }, h("h3", {}, words(job.request.condition) || "no condition"),
      h("span", { className: "soft" }, job.model.name), cancel),
    status, told, bar, note, images);
}
