// Enlarge: a small image made larger by the model, against what is made larger without one.
import { compare } from "./compare.js";
import { h, room, scale } from "./dom.js";
import { select } from "./fields.js";
import { canvas } from "./picture.js";
import { bicubic, nearest } from "./resize.js";
import { restoration } from "./restore.js";

export async function enlarge(main, signal) {
  const stage = h("div", { className: "film", hidden: true });
  const factor = select("scale", "Factor", [2, 4, 8].map((one) => [one, `${one} times`]));
  await restoration(main, signal, {
    title: "Enlarge", path: "/v1/super-resolutions", kind: "super_resolution",
    label: "Small image (PNG or DICOM), chosen or dropped here",
    elements: [stage, factor],
    taken: (picture) => {
      stage.hidden = false;
      stage.replaceChildren(canvas(picture, scale(picture.width, room(256))));
    },
    request: async () => ({ fields: { scale: Number(factor.querySelector("select").value) } }),
    shown: ({ picture }, { scale: times }) => {
      const befores = { "nearest pixels": nearest(picture, times), bicubic: bicubic(picture, times) };
      return { beside: (after, label) => compare(befores, after, scale(after.width, room(256)), label) };
    },
  });
}
