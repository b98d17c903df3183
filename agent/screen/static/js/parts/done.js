/** The sale is stored: totals, points, and the slip as it prints. */

import { isPositive } from "../decimal.js";
import { el, fill, icon, role, row, write } from "../dom.js";
import { problemText } from "./quote.js";

const SLIP_TONES = { printed: "ok", sent_unconfirmed: "warn", failed: "bad", expired: "bad", cancelled: "bad" };

export function setUpDone({ sale }) {
  role("next").addEventListener("click", sale.next);
}

/** A slip's state as a chip: icon, word, and the tone of both. */
export function slipChip(state, words) {
  const tone = SLIP_TONES[state] ?? "plain";
  const mark = { ok: "check", warn: "warn", bad: "bad", plain: "printer" }[tone];
  return el("span", { class: `chip ${tone}`, "data-state": state }, icon(mark), words.sayOne("slip", state));
}

function sums({ answer: { quote, balances } }, currency, words) {
  const rows = [];
  const money = (text) => words.format.money(text, currency);
  if (isPositive(quote.totals.discount)) {
    rows.push(row(words.say("quote.discount"), money(`-${quote.totals.discount}`), "done-discount"));
  }
  if (isPositive(quote.totals.points_spent)) {
    rows.push(row(words.say("quote.by_points"), money(`-${quote.totals.points_spent}`), "done-points-spent"));
  }
  for (const { points } of Object.values(quote.accrual ?? {})) {
    if (isPositive(points)) rows.push(row(words.say("quote.earned"), words.points(points), "done-earned", "good"));
  }
  for (const balance of Object.values(balances)) {
    rows.push(row(words.say("done.balance"), words.points(balance), "done-balance"));
  }
  return rows;
}

/** Why a slip is still waiting, where the printer says so. */
function waitingFor(state, status, words) {
  const printer = status?.devices.find((device) => device.kind === "printer" && device.state !== "ready");
  if (state !== "queued" || !printer) return null;
  return el("span", {}, words.say("slip.waiting_for", { why: words.sayOne("device", printer.state) }));
}

function drawSlip({ answer, slip, slipProblem }, status, words) {
  role("slip-side").hidden = !answer.slip;
  if (!answer.slip) return;
  const state = slip?.state ?? "queued";
  fill(role("slip-state"), [slipChip(state, words), waitingFor(state, status, words)]);
  const paper = role("slip-preview");
  write(paper, slipProblem ? problemText(slipProblem, words) : slip?.text?.trimEnd());
  if (slip) paper.style.setProperty("--columns", slip.columns);
}

export function drawDone({ sale, status, known }, words) {
  if (sale.view !== "done") return;
  const { answer } = sale.done;
  const currency = known.programme?.currency;
  write(role("done-to-pay"), words.format.money(answer.quote.totals.to_pay, currency));
  fill(role("done-sums").tBodies[0], sums(sale.done, currency, words));
  fill(
    role("done-warnings"),
    answer.warnings.map((code) =>
      el("li", { class: "strip warn", "data-code": code }, icon("warn"), words.sayOne("warning", code)),
    ),
  );
  drawSlip(sale.done, status, words);
}
