/** Calls to the register's local API.
 *
 * Two things can go wrong, and they are different: a `Problem` is an answer (nothing is open), `Unreachable`
 * is no answer (the register may or may not have done it).
 */

const CALL_MS_MAX = 8_000;
const AMBIGUOUS = [500, 502, 504];

/** The register did not answer, or said that it does not know what became of the call. */
export class Unreachable extends Error {}

/** The register's answer that something is not possible: `status`, stable `code`, `detail` in words, `body`. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || String(status));
    this.status = status;
    this.code = body.code ?? "";
    this.body = body;
  }
}

function headersFor(token, locale, body) {
  const headers = { Authorization: `Bearer ${token}`, "Accept-Language": locale, Accept: "application/json" };
  return body === undefined ? headers : { ...headers, "Content-Type": "application/json" };
}

async function bodyOf(answer) {
  try {
    return await answer.json();
  } catch {
    throw new Unreachable(`status ${answer.status} without JSON`);
  }
}

/** `token` and `locale` are asked at each call; `onUnauthorized` hears of a 401 before the caller does. */
export function createApi({ token, locale, onUnauthorized }) {
  async function call(method, path, body, { signal, headers } = {}) {
    const limit = AbortSignal.timeout(CALL_MS_MAX);
    let answer;
    try {
      answer = await fetch(path, {
        method,
        headers: { ...headersFor(token(), locale(), body), ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
        cache: "no-store",
      });
    } catch (error) {
      throw new Unreachable(String(error));
    }
    const document = await bodyOf(answer);
    if (answer.ok) return document;
    if (answer.status === 401) onUnauthorized();
    if (AMBIGUOUS.includes(answer.status)) throw new Unreachable(document.detail ?? String(answer.status));
    throw new Problem(answer.status, document);
  }

  return {
    get: (path, options) => call("GET", path, undefined, options),
    post: (path, body, options) => call("POST", path, body, options),
    put: (path, body, options) => call("PUT", path, body, options),
    /** The raw answer of the event stream, read by `events.js`. */
    stream: (path, signal) =>
      fetch(path, { headers: { ...headersFor(token(), locale()), Accept: "text/event-stream" }, signal, cache: "no-store" }),
  };
}
