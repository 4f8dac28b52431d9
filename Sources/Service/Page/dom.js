// Elements, and the few things that several views show.
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name === "className" ? "class" : name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function banner(text) {
  const element = document.getElementById("banner");
  if (element.textContent !== (text ?? "")) element.textContent = text ?? "";
  element.hidden = !text;
}

export function fault(error) {
  const lines = error.lines ?? [String(error.message ?? error)];
  return h("div", { className: "bad", role: "alert" }, lines.map((line) => h("div", {}, line)));
}

// A button whose failure is told in `note`; while it works it cannot be pressed again.
export function button(label, note, action) {
  const element = h("button", { type: "button", onclick: async () => {
    element.disabled = true;
    try { await action(); } catch (error) { note.replaceChildren(fault(error)); }
    element.disabled = false;
  } }, label);
  return element;
}

export function dialog(title, ...children) {
  const element = document.getElementById("dialog");
  element.replaceChildren(
    h("h2", { id: "dialog-title" }, title), ...children);
  if (!element.open) element.showModal();
  return element;
}

export function ask(title, label, note) {
  return new Promise((done) => {
    const input = h("input", { type: "password", autocomplete: "current-password", required: true });
    let value = "";
    const element = dialog(
      title,
      h("form", { method: "dialog", onsubmit: () => { value = input.value.trim(); } },
        h("p", {}, note), h("label", {}, label, input), h("button", { className: "main" }, "Use it")));
    element.addEventListener("close", () => done(value), { once: true });
    input.focus();
  });
}

// The largest whole factor at which an image is no wider than the room there is.
export const scale = (width, room) => Math.max(1, Math.floor(room / width));

// The room that a picture has on this screen, at most so many pixels.
export const room = (most) => Math.min(most, document.documentElement.clientWidth - 70);

export function size(image, width, height, space) {
  const factor = scale(width, space);
  image.width = width * factor;
  image.height = height * factor;
  if (width > space) image.className = "wide";
  return factor;
}

// Small, and where the image is larger than that, made smaller by the browser.
export function thumbnail(image, width, height) {
  const factor = width > 128 ? 128 / width : scale(width, 128);
  [image.width, image.height] = [Math.round(width * factor), Math.max(1, Math.round(height * factor))];
}
