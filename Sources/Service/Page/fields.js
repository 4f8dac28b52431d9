// Fields that several forms have: models, and conditions in a model's own words.
import { request } from "./client.js";
import { h } from "./dom.js";

// The models, and where there are none a sentence in the place of a form.
export async function loaded(main) {
  const { items } = await request("/v1/models");
  if (!items.length) main.append(h("p", { className: "card" },
    "No model is loaded. Name its folder under models in the configuration and load it (POST /v1/models/reload), " +
    "or start the service with --model DIR."));
  return items;
}

export const modelField = (models, chosen, onchange) =>
  h("label", {}, "Model", h("select", { name: "model", onchange },
    models.map((one) => h("option", { value: one.name, selected: one.name === chosen }, one.name))));

export const number = (name, label, value, min, max, step = 1) =>
  h("label", {}, label, h("input", { type: "number", name, value: String(value), min: String(min), max: String(max),
    step: String(step), required: true }));

export const select = (name, label, values, chosen) =>
  h("label", {}, label, h("select", { name }, values.map((value) => {
    const [key, text] = [value].flat();
    return h("option", { value: key, selected: String(key) === String(chosen) }, text ?? key);
  })));

// One field an attribute; `chosen` are values by attribute.
export const conditionFields = (attributes, chosen = {}) => attributes.map((attribute) => {
  const name = `condition.${attribute.name}`;
  if (!attribute.multiple) return select(name, attribute.name, [["", "(any)"], ...attribute.values],
    chosen[attribute.name] ?? "");
  const values = [chosen[attribute.name] ?? []].flat();
  return h("fieldset", {}, h("legend", {}, attribute.name), h("div", { className: "options" },
    attribute.values.map((value) => h("label", { className: "check" },
      h("input", { type: "checkbox", name, value, checked: values.includes(value) }), value))));
});

// What was chosen in them.
export function condition(data, attributes) {
  const chosen = {};
  for (const attribute of attributes) {
    const values = data.getAll(`condition.${attribute.name}`).filter(Boolean);
    if (values.length) chosen[attribute.name] = attribute.multiple ? values : values[0];
  }
  return chosen;
}

export const die = () => String(crypto.getRandomValues(new Uint32Array(1))[0]);

// A seed, which is rolled anew by its button.
export function seedField(value, changed = () => {}) {
  const input = h("input", { name: "seed", inputmode: "numeric", pattern: "[0-9]{1,20}", required: true, value });
  const roll = h("button", { type: "button", "aria-label": "Roll another seed", title: "Another seed",
    onclick: () => { input.value = die(); changed(); } }, "\u2684");
  return { input, parts: [h("label", {}, "Seed", input), roll] };
}
