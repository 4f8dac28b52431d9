// Fill: a part of an image is painted and made anew, several times, beside the image itself.
import { compare } from "./compare.js";
import { h, room, scale } from "./dom.js";
import { painter } from "./paint.js";
import { canvas } from "./picture.js";
import { restoration } from "./restore.js";

export async function fill(main, signal) {
  const stage = h("div", {});
  let painting;
  await restoration(main, signal, {
    title: "Fill", path: "/v1/inpaintings", kind: "inpainting", label: "Image (PNG or DICOM), chosen or dropped here",
    elements: [h("p", { className: "soft" }, "Paint what is to be filled."), stage],
    taken: (picture) => {
      painting = painter(picture);
      stage.replaceChildren(painting.element);
    },
    request: async () => {
      if (painting.mask.isEmpty) throw new Error("Paint what is to be filled first.");
      return { files: { mask: await painting.mask.png() } };
    },
    shown: ({ picture }) => {
      const factor = scale(picture.width, room(256));
      const original = canvas(picture, factor);
      original.setAttribute("role", "img");
      original.setAttribute("aria-label", "The image that was given");
      return {
        given: h("figure", {}, h("div", { className: "film" }, original), h("figcaption", {}, "given")),
        beside: (after, label) => compare({ given: picture }, after, factor, label),
      };
    },
  });
}
