/** The register's live events, over fetch: EventSource cannot send the Authorization header.
 *
 * Source of the format: the WHATWG HTML standard, "Server-sent events".
 */

const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 5_000;
const SILENCE_MS_MAX = 40_000;
const LINE_CHARS_MAX = 65_536;

/** Cuts text, however it is chunked, into events: `onEvent(name, data)` for each one that carries data. */
export function createParser(onEvent) {
  let rest = "";
  let name = "";
  let data = [];

  function take(line) {
    if (line === "") {
      if (data.length) onEvent(name || "message", data.join("\n"));
      name = "";
      data = [];
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") name = value;
    if (field === "data") data.push(value);
  }

  return function feed(text) {
    rest += text;
    // A CR at the end may be half of a CRLF: it waits for the next chunk.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    if (rest.length > LINE_CHARS_MAX) throw new Error("event line too long");
    lines.forEach(take);
  };
}

/** 0.5, 1, 2, 4, 5, 5 … seconds. */
export function retryMs(failures) {
  return Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(failures, 10));
}

/**
 * Stays connected until `stop()`. `onUp` after each connection, `onDown` after each loss, `onUnauthorized` and the
 * end on a 401. Silence longer than two of the register's comment lines counts as a loss.
 */
export function listen({ open, onEvent, onUp, onDown, onUnauthorized }) {
  let stopped = false;
  let failures = 0;
  let controller = null;
  let retry = 0;
  let silence = 0;

  function expectSoon() {
    clearTimeout(silence);
    silence = setTimeout(() => controller.abort(), SILENCE_MS_MAX);
  }

  async function read(body) {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    const feed = createParser((name, data) => onEvent(name, JSON.parse(data)));
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      expectSoon();
      feed(decoder.decode(value, { stream: true }));
    }
  }

  async function connect() {
    controller = new AbortController();
    expectSoon();
    try {
      const answer = await open(controller.signal);
      if (answer.status === 401) {
        stopped = true;
        onUnauthorized();
      } else if (answer.ok) {
        failures = 0;
        onUp();
        await read(answer.body);
      }
    } catch (error) {
      console.warn("events:", error);
    }
    clearTimeout(silence);
    controller.abort();
    if (stopped) return;
    onDown();
    retry = setTimeout(connect, retryMs(failures));
    failures += 1;
  }

  connect();
  return {
    stop() {
      stopped = true;
      clearTimeout(retry);
      controller.abort();
    },
  };
}
