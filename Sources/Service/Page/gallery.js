// Gallery: all images of the store, newest first, page by page as one scrolls.
import { request, save, show, text } from "./client.js";
import { dialog, fault, h, size, words } from "./dom.js";
import { again } from "./make.js";

export async function gallery(main, signal) {
  const { items: models } = await request("/v1/models");
  const attributes = new Map();
  for (const model of models) for (const attribute of model.attributes) {
    attributes.set(attribute.name, new Set([...(attributes.get(attribute.name) ?? []), ...attribute.values]));
  }
  const select = (name, label, values) => h("label", {}, label, h("select", { name }, h("option", { value: "" }, "(all)"), values.map((value) => h("option", { value }, value))));
  const form = h("form", { className: "card", "aria-label": "Filter", onchange: () => begin(), onsubmit: (event) => event.preventDefault() },
    h("div", { className: "row" },
      select("model", "Model", models.map((model) => model.name)),
      select("kind", "Kind", ["generation", "inpainting", "super-resolution", "verification"]),
      ...[...attributes].map(([name, values]) => select(`condition.${name}`, name, [...values]))));
  const list = h("ul", { className: "images", "aria-label": "Images" });
  const note = h("p", { className: "soft", role: "status" });
  const more = h("button", { type: "button", onclick: () => load() }, "More");
  let cursor, round = 0, isLoading = false;

  async function begin() {
    round += 1;
    [cursor, isLoading] = [undefined, false];
    list.replaceChildren();
    await load();
  }

  async function load() {
    if (isLoading || cursor === null) return;
    isLoading = true;
    const mine = round;
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    if (cursor) query.set("cursor", cursor);
    try {
      const page = await request(`/v1/images?${query}`);
      if (mine !== round || signal.aborted) return;
      list.append(...page.items.map(tile));
      cursor = page.next_cursor;
      note.textContent = list.children.length ? `${list.children.length} images${cursor ? " so far" : ""}` : "There are no such images.";
    } catch (error) {
      note.replaceChildren(fault(error));
    }
    isLoading = false;
    more.hidden = cursor === null;
  }

  const nearby = new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) load(); }, { rootMargin: "600px" });
  nearby.observe(more);
  signal.addEventListener("abort", () => nearby.disconnect());
  main.append(h("h2", {}, "Gallery"), form, list, note, more);
  await begin();
}

function tile(record) {
  const image = h("img", { loading: "lazy", alt: `Synthetic image, seed ${record.seed}${words(record.condition) && `, ${words(record.condition)}`}` });
  size(image, record.width, record.height, 128);
  show(image, record.url);
  return h("li", {}, h("figure", {},
    h("button", { type: "button", className: "film", onclick: () => open(record) }, image),
    h("figcaption", {}, h("span", { className: "mark" }, "synthetic"), ` \u00b7 ${record.model}`)));
}

async function open(record) {
  const image = h("img", { alt: `Synthetic image, seed ${record.seed}` });
  size(image, record.width, record.height, Math.min(512, document.documentElement.clientWidth - 80));
  show(image, record.url);
  const recipe = h("pre", { tabindex: "0", "aria-label": "Recipe" }, "\u2026");
  const note = h("div");
  const name = `${record.model}-${record.seed}`;
  const button = (label, action) => h("button", { type: "button", onclick: async () => {
    try { await action(); } catch (error) { note.replaceChildren(fault(error)); }
  } }, label);
  dialog(`Synthetic image, seed ${record.seed}`,
    h("div", { className: "stack" },
      h("figure", {}, h("div", { className: "film" }, image), h("figcaption", {}, h("span", { className: "mark" }, "synthetic"), ` \u00b7 ${record.width} \u00d7 ${record.height} \u00b7 ${words(record.condition) || "no condition"}`)),
      h("div", { className: "row" },
        button("PNG", () => save(record.url, `${name}.png`)),
        button("DICOM", () => save(`${record.url}.dcm`, `${name}.dcm`)),
        button("Recipe", () => save(`${record.url}.json`, `${name}.json`)),
        record.kind === "generation" && button("Again with another seed", async () => {
          again((await request(`/v1/jobs/${record.job}`)).request);
          document.getElementById("dialog").close();
        }),
        button("Keep", async () => {
          await request(`/v1/jobs/${record.job}/pin`, { method: "POST" });
          note.textContent = "The job is kept from the retention policy.";
        }),
        h("form", { method: "dialog" }, h("button", { className: "main" }, "Close"))),
      note, recipe));
  try {
    recipe.textContent = JSON.stringify(JSON.parse(await text(`${record.url}.json`)), null, 2);
  } catch (error) {
    recipe.replaceChildren(fault(error));
  }
}
