// Which view is shown: the part of the address after #.
import { fault, h } from "./dom.js";
import { enlarge } from "./enlarge.js";
import { fill } from "./fill.js";
import { gallery } from "./gallery.js";
import { grid } from "./grid.js";
import { make } from "./make.js";
import { models } from "./models.js";
import { queue } from "./queue.js";

const views = { make, fill, enlarge, gallery, grid, queue, models };
// Views without a place of their own in the navigation.
const within = { grid: "gallery" };
const main = document.getElementById("main");
let leave = new AbortController();

async function show() {
  const name = location.hash.slice(1) in views ? location.hash.slice(1) : "make";
  leave.abort();
  document.getElementById("dialog").close();
  leave = new AbortController();
  const { signal } = leave;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${within[name] ?? name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${name[0].toUpperCase()}${name.slice(1)} \u2013 Phantom`;
  const view = h("div", { className: "stack" });
  main.replaceChildren(view);
  for (let wait = 1_000; !signal.aborted; wait = Math.min(2 * wait, 15_000)) {
    try {
      await views[name](view, signal);
      return;
    } catch (error) {
      view.replaceChildren(fault(error));
      // A service that is starting answers soon; whatever else it is does not pass by itself.
      if (![0, 404, 503].includes(error.status)) return;
      await new Promise((done) => setTimeout(done, wait));
      view.replaceChildren();
    }
  }
}

addEventListener("hashchange", show);
show();
