// Models: what there is to ask for, and what each knows about itself.
import { h } from "./dom.js";
import { loaded } from "./fields.js";
import { metricTitle, metricValue, verdictWords } from "./words.js";

export async function models(main) {
  main.append(h("h2", {}, "Models"));
  const items = await loaded(main);
  main.append(h("div", { className: "models" }, items.map(card)));
}

const pairs = (facts) => h("dl", {}, facts.filter(([, value]) => value)
  .flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));

function card(model) {
  return h("article", { className: "card stack", "aria-label": model.name },
    h("h3", {}, model.name),
    model.warnings?.length ? h("div", { className: "warning" }, h("h4", {}, "What does not fit together"),
      h("ul", {}, model.warnings.map((one) => h("li", {}, one)))) : null,
    pairs([
      ["Images", `${model.width} \u00d7 ${model.height}, ${model.channels === 1 ? "grey" : "colour"}`],
      ["Modality", model.modality],
      ...model.attributes.map(({ name, values }) => [name,
        values.slice(0, 40).join(", ") + (values.length > 40 ? `, and ${values.length - 40} more` : "")]),
      ["Trained on", model.training_data ?? "not told"],
      ["Licence", model.licence ?? "not told"],
    ]),
    evaluation(model.evaluation),
    h("details", {}, h("summary", {}, "Technical"), pairs([
      ["Parameters", model.parameters.toLocaleString("en")],
      ["Prediction", model.prediction.replaceAll("_", " ")],
      ["Speed", model.ms_per_step && `${model.ms_per_step.toFixed(1)} ms a step`],
      ["By default", byDefault(model)],
      ["Samplers", model.samplers.join(", ")],
      ["Weights", model.weights_sha256],
    ])));
}

const byDefault = ({ defaults, guidance }) =>
  `${defaults.sampler}, ${defaults.steps} steps${guidance ? `, guidance ${defaults.guidance}` : ""}`;

function evaluation(summary) {
  if (!summary) return h("p", { className: "soft" },
    "Nobody has written an evaluation into this model's folder (phantom evaluate --write-summary).");
  const { verdict, metrics, features, real, patients, synthetic, created } = summary;
  const source = `${real} real ones${patients ? ` of ${patients} held-out patients` : ""}`;
  const when = Number.isNaN(Date.parse(created)) ? created : new Date(created).toISOString().slice(0, 10);
  return h("section", { "aria-label": "Evaluation" }, h("h4", {}, "Evaluation"), h("p", {}, verdictWords(verdict)),
    h("div", { className: "table" }, h("table", {},
      h("caption", { className: "soft" }, `${synthetic} images against ${source}; ${features}; ${when}`),
      h("thead", {}, h("tr", {}, ["Number", "Value (95 %)"].map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", {}, Object.entries(metrics).map(([name, metric]) => h("tr", {}, h("td", {}, metricTitle(name)),
        h("td", {}, metricValue(metric))))))));
}
