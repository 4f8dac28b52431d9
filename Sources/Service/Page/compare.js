// Before and after on one place, divided by a slider; both through one window where they have more than eight bits.
import { h } from "./dom.js";
import { canvas, draw, resize, whole, windowed } from "./picture.js";

// `befores` are pictures by their names, of the size of `after`; with several one chooses.
export function compare(befores, after, factor, label) {
  const names = Object.keys(befores);
  let before = befores[names[0]];
  const under = canvas(before, factor), over = canvas(after, factor);
  under.className = over.className = "layer";
  over.setAttribute("role", "img");
  over.setAttribute("aria-label", label);
  const stage = h("div", { className: "stage" }, under, over);
  for (const element of [under, over]) resize(element, factor);
  [stage.style.width, stage.style.height] = [over.style.width, over.style.height];
  const slider = h("input", { type: "range", min: "0", max: "100", value: "50",
    "aria-label": `${label}: part that shows what it was made of`, oninput: () => move() });
  const move = () => { over.style.clipPath = `inset(0 0 0 ${slider.value}%)`; };
  slider.style.maxWidth = stage.style.width;
  move();
  let window = whole(after), words = "";
  // Windows are of one scale: a sample of 16 bits is 257 of 8.
  const unit = (picture) => picture.bits === after.bits ? 1 : picture.bits === 8 ? 1 / 257 : 257;
  const redraw = () => {
    draw(before, under, { low: window.low * unit(before), high: window.high * unit(before) });
    draw(after, over, window);
  };
  if (after.bits === 16) {
    stage.setAttribute("aria-label", `${label}. Arrow keys move the window of grey levels, Home shows all.`);
    words = windowed(stage, window, (chosen) => { window = chosen; redraw(); });
  }
  const choice = names.length > 1 && h("label", {}, "Left",
    h("select", { name: "before", onchange: (event) => { before = befores[event.target.value]; redraw(); } },
    names.map((name) => h("option", { value: name }, name))));
  return h("div", { className: "compare" }, stage, slider, choice, words,
    h("p", { className: "soft" }, names.length > 1 ? "right: " : `left: ${names[0]}, right: `,
      h("span", { className: "mark" }, "synthetic")));
}
