// The service as this page sees it: requests and their refusals, and a token that is asked for once and kept for the
// tab.
import { ask, banner } from "./dom.js";

const key = "phantom-token";
let token = sessionStorage.getItem(key);
let asking;

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
    const { title, errors } = this.document;
    if (this.status >= 400 && title && title !== this.message) lines.unshift(`${title}.`);
    for (const fault of errors ?? []) lines.push(`${fault.pointer.replace(/^[#?]\/?/, "")}: ${fault.detail}`);
    if (this.status === 429 || this.status === 503) lines.push(`Try again in ${this.retryAfter || 1} s.`);
    if (this.requestID) lines.push(`Request ${this.requestID}`);
    return lines;
  }
}

export const hasToken = () => Boolean(token);

// Asks for a token in the place of the one that was refused. However many requests are refused, one question is asked.
async function renew(refused) {
  if (token !== refused) return;
  const note = refused ? "The token is not a known one."
    : "This service answers to those who have a token. It is kept until this tab is closed.";
  asking ??= ask("A token is needed", "Token", note).finally(() => { asking = undefined; });
  const given = await asking;
  if (!given) throw new Problem(401, { detail: "A token is needed. Choose a view to give one." });
  token = given;
  sessionStorage.setItem(key, token);
}

// The answer, whatever it is, but for lost connections and what a token can mend.
export async function send(path, options = {}) {
  for (;;) {
    let answer;
    const used = token;
    try {
      const headers = used ? { ...options.headers, Authorization: `Bearer ${used}` } : { ...options.headers };
      answer = await fetch(path, { ...options, headers, cache: "no-cache" });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      banner("The service does not answer; it may be starting again.");
      throw new Problem(0, { detail: "The service does not answer." });
    }
    if (answer.status !== 401) {
      banner();
      return answer;
    }
    await renew(used);
  }
}

// The answer, which is good.
async function got(path, options) {
  const answer = await send(path, options);
  if (!answer.ok) throw new Problem(answer.status, await answer.json().catch(() => ({})), answer.headers);
  return answer;
}

// What stands in a body is JSON, but a form or a file as they are. The request's own id goes with an answer that is an
// object.
export async function request(path, { method = "GET", body, headers = {} } = {}) {
  const options = { method, headers, body };
  if (body !== undefined && !(body instanceof FormData || body instanceof Blob)) {
    options.body = JSON.stringify(body);
    options.headers = { ...headers, "Content-Type": "application/json" };
  }
  const answer = await got(path, options);
  const document = answer.status === 204 ? {} : await answer.json();
  if (method === "POST") document.requestID = answer.headers.get("X-Request-Id");
  return document;
}

export const text = async (path) => (await got(path)).text();
export const bytes = async (path) => new Uint8Array(await (await got(path)).arrayBuffer());

// Shows an image; with a token it has to be fetched, since a browser sends none for images.
export async function show(image, url) {
  if (!token) {
    image.src = url;
    return;
  }
  const source = URL.createObjectURL(await (await got(url)).blob());
  image.addEventListener("load", () => URL.revokeObjectURL(source), { once: true });
  image.src = source;
}

export async function save(url, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await (await got(url)).blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
