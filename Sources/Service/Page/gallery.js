// Gallery: all images of the store, newest first, page by page as one scrolls; what is far from the screen is let go.
import { request, show } from "./client.js";
import { fault, h, thumbnail } from "./dom.js";
import { open } from "./image.js";
import { words } from "./words.js";

export async function gallery(main, signal) {
  const { items: models } = await request("/v1/models");
  const attributes = new Map();
  for (const model of models) for (const attribute of model.attributes) {
    attributes.set(attribute.name, new Set([...(attributes.get(attribute.name) ?? []), ...attribute.values]));
  }
  const filter = (name, label, values) => h("label", {}, label,
    h("select", { name }, h("option", { value: "" }, "(all)"), values.map((value) => h("option", { value }, value))));
  const form = h("form", { className: "card", "aria-label": "Filter", onchange: () => begin(),
    onsubmit: (event) => event.preventDefault() },
    h("div", { className: "row" },
      filter("model", "Model", models.map((model) => model.name)),
      filter("kind", "Kind", ["generation", "inpainting", "super-resolution", "verification"]),
      ...[...attributes].map(([name, values]) => filter(`condition.${name}`, name, [...values]))));
  const list = h("ul", { className: "images", "aria-label": "Images" });
  const note = h("p", { className: "soft", role: "status" });
  const more = h("button", { type: "button", onclick: () => load() }, "More");
  let cursor, round = 0, isLoading = false;

  async function begin() {
    round += 1;
    [cursor, isLoading] = [undefined, false];
    seen.disconnect();
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
      note.textContent = list.children.length ? `${list.children.length} images${cursor ? " so far" : ""}`
        : "There are no such images.";
    } catch (error) {
      if (mine !== round) return;
      note.replaceChildren(fault(error));
    }
    isLoading = false;
    more.hidden = cursor === null;
    // It tells anew whether the end of the list is still near.
    nearby.unobserve(more);
    nearby.observe(more);
  }

  function tile(record) {
    const label = `Synthetic image, seed ${record.seed}${words(record.condition) && `, ${words(record.condition)}`}`;
    const image = h("img", { alt: label });
    thumbnail(image, record.width, record.height);
    image.dataset.url = record.url ?? "";
    if (record.url) seen.observe(image);
    return h("li", {}, h("figure", {},
      record.url ? h("button", { type: "button", className: "film", onclick: () => open(record) }, image)
        : h("p", { className: "soft withheld" }, record.withheld ?? "not kept"),
      h("figcaption", {}, h("span", { className: "mark" }, "synthetic"), ` \u00b7 ${record.model}`)));
  }

  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) target.removeAttribute("src");
      else if (!target.src) {
        show(target, target.dataset.url).catch(() => { target.alt = "This image cannot be fetched."; });
      }
    }
  }, { rootMargin: "1000px" });
  const nearby = new IntersectionObserver((entries) => { if (entries.at(-1).isIntersecting) load(); },
    { rootMargin: "600px" });
  signal.addEventListener("abort", () => { nearby.disconnect(); seen.disconnect(); });
  main.append(h("div", { className: "row heading" }, h("h2", {}, "Gallery"),
    h("a", { href: "#grid" }, "Grid of conditions")), form, list, note, more);
  await begin();
}
