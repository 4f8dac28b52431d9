// The service as this page sees it: requests, streams of events, images; a token that is asked for once and kept for the tab.
import { ask, banner } from "./dom.js";

const key = "phantom-token";
let token = sessionStorage.getItem(key);

export class Problem extends Error {
  constructor(status, document, headers) {
    super(document.detail || document.title || `The service answered ${status}.`);
    this.status = status;
    this.document = document;
    this.retryAfter = Number(headers?.get("Retry-After")) || 0;
    this.requestID = headers?.get("X-Request-Id");
  }

  // What went wrong, field by field, and under which id the logs know it.
  get lines() {
    const lines = [this.message];
    for (const fault of this.document.errors ?? []) lines.push(`${fault.pointer.replace(/^[#?]\/?/, "")}: ${fault.detail}`);
    if (this.status === 429 || this.status === 503) lines.push(`Try again in ${this.retryAfter || 1} s.`);
    if (this.requestID) lines.push(`Request ${this.requestID}`);
    return lines;
  }
}

function fields(more) {
  return token ? { ...more, Authorization: `Bearer ${token}` } : { ...more };
}

async function send(path, options = {}) {
  for (;;) {
    let answer;
    const used = token;
    try {
      answer = await fetch(path, { ...options, headers: fields(options.headers), cache: "no-cache" });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      banner("The service does not answer; it may be starting again.");
      throw new Problem(0, { detail: "The service does not answer." });
    }
    if (answer.status !== 401) {
      banner();
      return answer;
    }
    if (token === used) {
      token = await ask("A token is needed", "Token", used ? "The token is not a known one." : "This service answers to those who have a token. It is kept until this tab is closed.");
      if (!token) throw new Problem(401, { detail: "A token is needed." });
      sessionStorage.setItem(key, token);
    }
  }
}

export async function request(path, { method = "GET", body, headers = {} } = {}) {
  const options = { method, headers };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { ...headers, "Content-Type": "application/json" };
  }
  const answer = await send(path, options);
  const document = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(answer.status, document, answer.headers);
  return document;
}

export async function text(path) {
  const answer = await send(path);
  if (!answer.ok) throw new Problem(answer.status, await answer.json().catch(() => ({})), answer.headers);
  return answer.text();
}

// Shows an image; with a token it has to be fetched, since a browser sends none for images.
export async function show(image, url) {
  if (!token) {
    image.src = url;
    return;
  }
  const answer = await send(url);
  if (answer.ok) image.src = URL.createObjectURL(await answer.blob());
}

export async function save(url, name) {
  const answer = await send(url);
  if (!answer.ok) throw new Problem(answer.status, await answer.json().catch(() => ({})), answer.headers);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const pause = (milliseconds, signal) =>
  new Promise((done) => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", () => { clearTimeout(timer); done(); }, { once: true });
  });

// Server-sent events over fetch, which can carry a token; goes on after the last event when the service comes back.
export async function listen(path, signal, onEvent) {
  let last = "", wait = 1_000;
  while (!signal.aborted) {
    try {
      const answer = await send(path, { signal, headers: { Accept: "text/event-stream", ...(last && { "Last-Event-ID": last }) } });
      if (answer.status === 204) return;
      if (answer.status === 403) return banner((await answer.json().catch(() => ({}))).detail ?? "The token does not allow this.");
      if (answer.status === 404 || answer.status === 410) return onEvent("gone", {});
      if (answer.status === 400) last = "";
      if (answer.ok) {
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        let rest = "";
        for (;;) {
          const { value, done } = await reader.read();
          if (done) break;
          const blocks = (rest + value).split("\n\n");
          rest = blocks.pop();
          for (const block of blocks) {
            let name = "", data = "";
            for (const line of block.split("\n")) {
              if (line.startsWith("id: ")) last = line.slice(4);
              else if (line.startsWith("event: ")) name = line.slice(7);
              else if (line.startsWith("data: ")) data = line.slice(6);
              else if (line.startsWith("retry: ")) wait = Number(line.slice(7)) || wait;
            }
            if (name) onEvent(name, JSON.parse(data));
            if (name === "done" && path !== "/v1/events") return;
          }
        }
      }
    } catch (error) {
      if (signal.aborted) return;
    }
    if (!signal.aborted) {
      banner("The connection to the service is lost; trying again.");
      await pause(wait, signal);
    }
  }
}
