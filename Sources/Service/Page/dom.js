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

export function size(image, width, height, room) {
  const factor = scale(width, room);
  image.width = width * factor;
  image.height = height * factor;
  if (width > room) image.className = "wide";
  return factor;
}

export const words = (condition) =>
  Object.entries(condition ?? {}).map(([name, value]) => `${name}: ${[value].flat().join(" + ")}`).join(", ");

export function duration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
