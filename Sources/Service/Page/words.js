// What the service says in numbers, in words.

export const words = (condition) =>
  Object.entries(condition ?? {}).map(([name, value]) => `${name}: ${[value].flat().join(" + ")}`).join(", ");

export function duration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

const short = (value) => Number(value.toPrecision(2)).toString();

// How well the images agree with what they were made of.
export function agreement({ computed, quantised, outside_change: change }, kind, scale) {
  const isEnlarged = kind === "super-resolution";
  const what = isEnlarged ? `Made ${scale} times smaller again, the images are the one that was given`
    : "Where nothing was painted, the images are the one that was given";
  const levels = `${short(quantised.max)} of 255 grey levels at most, ${short(quantised.mean)} on average`;
  const sentences = [];
  if (quantised.max === 0) sentences.push(`${what}, exactly.`);
  else if (quantised.max <= 1) sentences.push(`${what}, up to rounding: the difference is ${levels}.`);
  else sentences.push(`${what} only roughly: the difference is ${levels}.`);
  if (quantised.max > 0 && computed.max < quantised.max) {
    sentences.push(`Before rounding to the file's grey levels it was ${short(computed.max)}.`);
  }
  if (change !== undefined) {
    sentences.push(change === 0 ? "No pixel that is wholly kept has changed."
      : `Pixels that are wholly kept changed by ${short(change)} at most.`);
  }
  sentences.push(isEnlarged ? "All finer detail is invented by the model."
    : "What was painted is invented by the model.");
  return sentences.join(" ");
}

const questions = {
  realistic: { yes: "Images look as real ones do", partly: "Images look partly as real ones do",
    no: "Images can be told from real ones", unknown: "Whether images look real is not known" },
  useful: { yes: "they help to train a classifier", partly: "they help to train a classifier in part",
    no: "they do not help to train a classifier", unknown: "whether they help to train a classifier is not known" },
  somebody: { yes: "some are copies of somebody's image", partly: "some may be copies of somebody's image",
    no: "none was found to be a copy of somebody's image",
    unknown: "whether some are copies of somebody's image is not known" },
};
const answer = (verdict, question) => questions[question][verdict[question]] ?? `${question}: ${verdict[question]}`;
export const verdictWords = (verdict) =>
  `${answer(verdict, "realistic")}; ${answer(verdict, "useful")}; ${answer(verdict, "somebody")}.`;

// As the evaluation's own report calls them.
const titles = {
  kernel_distance: "Kernel distance", frechet_ratio: "Fr\u00e9chet ratio", fid: "FID",
  frechet_distance: "Fr\u00e9chet distance",
  "frd-original-79": "Radiomic distance", precision: "Precision", recall: "Recall", density: "Density",
  coverage: "Coverage",
  ms_ssim: "Similarity of pairs", ms_ssim_real: "Similarity of real pairs", copies_flagged: "Flagged images",
  copies_false_alarms: "False alarms", downstream_auc_difference: "Use for a classifier",
};
export const metricTitle = (name) => titles[name] ?? name.replaceAll(/[._]/g, " ");
export function metricValue({ value, interval }) {
  if (value === null) return "not computed";
  const text = (number) => Number(number.toPrecision(3)).toString();
  return interval ? `${text(value)} (${text(interval[0])} to ${text(interval[1])})` : text(value);
}
