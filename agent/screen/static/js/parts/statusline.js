/** The bottom line: one chip for each part of the register, and the sheet with all it knows of them. */

import { el, icon, role, write } from "../dom.js";
import { chips, toneOf } from "../status.js";

const MARKS = { warn: "warn", bad: "bad", unknown: "unknown" };

export function setUpStatusLine() {
  role("status").addEventListener("click", (event) => {
    if (event.target.closest("button")) role("status-dialog").showModal();
  });
  role("status-close").addEventListener("click", () => role("status-dialog").close());
}

function chipButton({ id, icon: picture, label, tone, value, state }) {
  return el(
    "button",
    { type: "button", class: `part ${tone}`, "data-role": `status-${id}`, "data-tone": tone, "data-state": state },
    icon(MARKS[tone] ?? picture),
    el("span", { class: "label" }, label),
    " ",
    el("span", { class: "value" }, value),
  );
}

function pair(term, ...details) {
  return el("div", {}, el("dt", {}, term), el("dd", {}, ...details));
}

function deviceBlock(device, words) {
  const counted = Object.entries(device.counters ?? {});
  return el(
    "section",
    { class: "device", "data-role": "device", "data-device": device.name },
    el(
      "h2",
      {},
      device.name,
      " ",
      el("span", { class: `chip ${toneOf(device.state)}` }, icon(MARKS[toneOf(device.state)] ?? "check"), words.sayOne("device", device.state)),
    ),
    el("p", { class: "muted" }, device.port),
    device.detail ? el("p", {}, device.detail) : null,
    counted.length ? el("p", { class: "muted" }, counted.map(([name, count]) => `${name} ${count}`).join(", ")) : null,
  );
}

function detail({ status, link }, words) {
  if (link !== "up" || !status) return [el("p", { class: "strip bad" }, icon("bad"), el("span", {}, words.say("alarm.down")))];
  const { register, programme, ledger, reference, spool, version } = status;
  const number = (value) => words.format.number(String(value));
  return [
    el(
      "dl",
      { class: "facts" },
      pair(words.say("detail.register"), `${register.store} · ${register.id} · ${words.say("detail.epoch", { n: register.epoch })}`),
      pair(words.say("detail.version"), version),
      pair(words.say("detail.programme"), programme ? `${programme.id} ${programme.version}` : words.say("alarm.no_programme")),
      pair(words.say("status.ledger"), number(ledger.entries), ledger.detail ? ` — ${ledger.detail}` : ""),
      pair(words.say("status.cards"), number(reference.members), reference.as_of ? ` — ${words.format.moment(reference.as_of)}` : ""),
      pair(words.say("detail.spool"), words.say("detail.spool_counts", { queued: spool.queued, unconfirmed: spool.unconfirmed })),
    ),
    el("div", { class: "devices" }, ...status.devices.map((device) => deviceBlock(device, words))),
  ];
}

let drawn = "";

export function drawStatusLine(state, words) {
  const made = chips(state, words);
  // Rebuilding buttons on every keystroke would take the focus from somebody who tabs through them.
  const picture = JSON.stringify(made);
  if (picture !== drawn) role("status").replaceChildren(...made.map(chipButton));
  drawn = picture;
  role("status-detail").replaceChildren(...detail(state, words));
}

export function drawAlarms({ link, status, gate }, words) {
  role("disconnected").hidden = link !== "down" || gate;
  const ledger = status?.ledger;
  const stopped = Boolean(ledger) && ledger.state !== "ok";
  role("ledger-alarm").hidden = !stopped;
  if (stopped) {
    write(role("ledger-alarm-title"), words.sayOne("alarm_ledger", ledger.state));
    write(role("ledger-alarm-why"), ledger.detail);
  }
  role("programme-alarm").hidden = !status || status.programme !== null;
}
