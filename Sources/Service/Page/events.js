// Streams of events over fetch, which can carry a token. Few at a time: a browser opens six connections to a service
// for all tabs.
import { request, send } from "./client.js";
import { banner } from "./dom.js";

let free = 2;
const line = [];

// Resolves to whether a stream may be opened; not if the view is left before.
function turn(signal) {
  if (free > 0) {
    free -= 1;
    return Promise.resolve(true);
  }
  return new Promise((done) => {
    line.push(done);
    signal.addEventListener("abort", () => {
      const place = line.indexOf(done);
      if (place >= 0) line.splice(place, 1);
      done(false);
    }, { once: true });
  });
}

function release() {
  const next = line.shift();
  if (next) next(true);
  else free += 1;
}

export const pause = (milliseconds, signal) =>
  new Promise((done) => {
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", () => { clearTimeout(timer); done(); }, { once: true });
  });

// The events of one job. Until it is its turn for a stream, the job is looked at now and then.
export async function listenToJob(job, signal, onEvent) {
  let waits = true;
  const place = turn(signal);
  place.then(() => { waits = false; });
  for (;;) {
    await Promise.race([place, pause(2_000, signal)]);
    if (!waits || signal.aborted) break;
    try {
      const state = await request(job.urls.self);
      onEvent(state.finished_at ? "done" : "snapshot", state);
      // Its turn is for another.
      if (state.finished_at) return place.then((has) => { if (has) release(); });
    } catch (error) {
      if (error.status === 404 || error.status === 410) {
        onEvent("gone", {});
        return place.then((has) => { if (has) release(); });
      }
    }
  }
  if (!(await place)) return;
  try {
    await listen(job.urls.events, signal, onEvent);
  } finally {
    release();
  }
}

// Goes on after the last event when the service comes back.
export async function listen(path, signal, onEvent) {
  const state = { last: "", wait: 1_000 };
  while (!signal.aborted) {
    let message = "The connection to the service is lost; trying again.";
    try {
      const headers = { Accept: "text/event-stream", ...(state.last && { "Last-Event-ID": state.last }) };
      const answer = await send(path, { signal, headers });
      if (answer.status === 204) return;
      if (answer.status === 404 || answer.status === 410) return onEvent("gone", {});
      if (answer.status === 400) state.last = "";
      if (answer.ok) {
        if (await read(answer, state, onEvent) && path !== "/v1/events") return;
      } else {
        message = (await answer.json().catch(() => ({}))).detail ?? message;
        if (answer.status === 403) return banner(message);
        state.wait = Math.max(state.wait, 1_000 * (Number(answer.headers.get("Retry-After")) || 1));
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error.status === 401) return banner(error.message);
    }
    if (!signal.aborted) {
      banner(message);
      await pause(state.wait, signal);
    }
  }
}

// One connection's events; whether the end of a job was among them.
async function read(answer, state, onEvent) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "", isDone = false;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return isDone;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      let name = "", data = "";
      for (const one of block.split("\n")) {
        if (one.startsWith("id: ")) state.last = one.slice(4);
        else if (one.startsWith("event: ")) name = one.slice(7);
        else if (one.startsWith("data: ")) data = one.slice(6);
        else if (one.startsWith("retry: ")) state.wait = Number(one.slice(7)) || state.wait;
      }
      if (name) onEvent(name, JSON.parse(data));
      isDone ||= name === "done";
    }
  }
}
