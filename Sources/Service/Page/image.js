// One image of the store, large: its recipe, and what can be done with it.
import { bytes, request, save, show, text } from "./client.js";
import { button, dialog, fault, h, room, size } from "./dom.js";
import { pause } from "./events.js";
import { again } from "./make.js";
import { fetched, film } from "./picture.js";
import { use } from "./restore.js";
import { words } from "./words.js";

const close = () => document.getElementById("dialog").close();

// `record` is as the gallery lists it: an image with its job, kind, model and condition.
export async function open(record) {
  const label = `Synthetic image, seed ${record.seed}`;
  const frame = h("div", { className: "frame" });
  const recipe = h("pre", { tabindex: "0", "aria-label": "Recipe" }, "\u2026");
  const note = h("div", { role: "status" });
  const name = `${record.model}-${record.seed}`;
  const action = (title, act) => button(title, note, act);
  const handOver = (view) => async () => {
    const file = new File([await bytes(record.url)], `${name}.png`, { type: "image/png" });
    close();
    use(file, view);
  };
  dialog(label,
    h("div", { className: "stack" },
      h("figure", {}, frame, h("figcaption", {}, h("span", { className: "mark" }, "synthetic"),
        ` \u00b7 ${record.width} \u00d7 ${record.height}, ${record.bit_depth} bits \u00b7 `,
        words(record.condition) || "no condition")),
      h("div", { className: "row" },
        action("PNG", () => save(record.url, `${name}.png`)),
        action("DICOM", () => save(`${record.url}.dcm`, `${name}.dcm`)),
        action("Recipe", () => save(`${record.url}.json`, `${name}.json`)),
        action("Fill a part of it", handOver("fill")),
        action("Enlarge it", handOver("enlarge")),
        record.kind === "generation" && action("Again with another seed", async () => {
          again((await request(`/v1/jobs/${record.job}`)).request);
          close();
        }),
        action("Verify", () => verify(record, note)),
        action("Keep", async () => {
          await request(`/v1/jobs/${record.job}/pin`, { method: "POST" });
          note.textContent = "The job is kept from the retention policy.";
        }),
        h("form", { method: "dialog" }, h("button", { className: "main" }, "Close"))),
      note, recipe));
  fill(frame, record, label).catch((error) => frame.replaceChildren(fault(error)));
  try {
    recipe.textContent = JSON.stringify(JSON.parse(await text(`${record.url}.json`)), null, 2);
  } catch (error) {
    recipe.replaceChildren(fault(error));
  }
}

async function fill(frame, record, label) {
  const space = room(512);
  if (record.bit_depth === 16) return frame.replaceChildren(film(await fetched(record.url), space, label));
  const image = h("img", { alt: label });
  size(image, record.width, record.height, space);
  frame.replaceChildren(h("div", { className: "film" }, image));
  return show(image, record.url);
}

// Has the image of its recipe made again, and tells whether it is the same.
async function verify(record, note) {
  note.textContent = "The image is made again from its recipe \u2026";
  const body = new Blob([await bytes(record.url)], { type: "image/png" });
  let job = await request("/v1/verifications", { method: "POST", body });
  while (!job.finished_at && note.isConnected) {
    note.textContent = job.status === "queued"
      ? `The image waits to be made again, place ${job.queue_position ?? "?"} \u2026`
      : `The image is made again, step ${job.progress.step} of ${job.progress.steps} \u2026`;
    await pause(500);
    job = await request(job.urls.self);
  }
  if (job.verification) {
    note.replaceChildren(h("p", { className: job.equal ? "good" : "bad" },
      h("strong", {}, job.equal ? "Verified. " : "Not verified. "), job.verification.detail));
  } else note.replaceChildren(fault({ message: job.error?.detail ?? `The verification is ${job.status}.` }));
}
