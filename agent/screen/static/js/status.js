/** How each part of the register is, as one line of chips: a tone, a word, never colour alone.
 *
 * Anything that this page does not know for certain has the tone `unknown`; it is never shown as fine.
 */

const TONES = {
  ready: "ok",
  opening: "warn",
  degraded: "warn",
  backoff: "warn",
  busy_elsewhere: "bad",
  absent: "bad",
  wedged: "bad",
  paper_low: "warn",
  paper_out: "bad",
  cover_open: "bad",
  error: "bad",
  offline: "bad",
};
const WORST_FIRST = ["bad", "warn", "unknown", "ok"];

/** The tone of a device's state. */
export function toneOf(state) {
  return TONES[state] ?? "unknown";
}

function worst(devices) {
  const rank = (device) => WORST_FIRST.indexOf(toneOf(device.state));
  return devices.reduce((found, device) => (rank(device) < rank(found) ? device : found), devices[0]);
}

function device(status, kind, words) {
  const found = status.devices.filter((each) => each.kind === kind);
  if (!found.length) return { tone: "unknown", value: words.say("status.none") };
  const { state } = worst(found);
  return { tone: toneOf(state), value: words.sayOne("device", state), state };
}

function printer(status, words) {
  const chip = device(status, "printer", words);
  const { queued, unconfirmed } = status.spool;
  if (unconfirmed) {
    const tone = chip.tone === "ok" ? "warn" : chip.tone;
    return { ...chip, tone, value: words.say("status.unconfirmed", { value: chip.value, n: unconfirmed }) };
  }
  return queued ? { ...chip, value: words.say("status.queued", { value: chip.value, n: queued }) } : chip;
}

function line({ line: { state, since, waiting } }, words) {
  const values = { since: since ? words.format.moment(since) : "", n: waiting ?? 0 };
  if (state === "alone") return { tone: "plain", value: words.say("line.alone") };
  if (state === "online") return { tone: "ok", value: words.say(waiting ? "line.online_waiting" : "line.online", values) };
  if (state === "offline") return { tone: "warn", value: words.say("line.offline", values) };
  return { tone: "unknown", value: words.say("status.unknown") };
}

function clock({ clock: { state } }, words) {
  const tone = { ok: "ok", behind: "warn", ahead: "warn" }[state] ?? "unknown";
  return { tone, state, value: tone === "unknown" ? words.say("status.unknown") : words.say(`clock.${state}`) };
}

function ledger({ ledger: { state, entries } }, words) {
  if (state !== "ok") return { tone: "bad", state, value: words.sayOne("ledger", state) };
  const text = String(entries);
  return { tone: "ok", state, value: words.say("ledger.ok", { count: text, n: words.format.number(text) }) };
}

function cards({ reference: { state } }, words) {
  const tone = { ok: "ok", rebuilding: "warn", damaged: "bad" }[state] ?? "unknown";
  return { tone, state, value: words.say(tone === "unknown" ? "status.unknown" : `reference.${state}`) };
}

/** The chips in order: `{id, icon, label, tone, value, state?}`. Without a connection all are unknown. */
export function chips({ link, status }, words) {
  const known = link === "up" && status;
  const chip = (id, icon, judge) => ({
    id,
    icon,
    label: words.say(`status.${id}`),
    ...(known ? judge(status, words) : { tone: "unknown", value: words.say("status.unknown") }),
  });
  return [
    chip("scanner", "scanner", (all) => device(all, "scanner", words)),
    chip("printer", "printer", printer),
    chip("line", "house", line),
    chip("clock", "clock", clock),
    chip("ledger", "ledger", ledger),
    chip("cards", "card", cards),
  ];
}
