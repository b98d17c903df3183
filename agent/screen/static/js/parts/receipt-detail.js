/** One receipt: its lines, and reprint, refund and void, each asked for once more before it is done. */

import { isPositive } from "../decimal.js";
import { el, icon, role, row } from "../dom.js";
import { decimalOf } from "../entry.js";
import { problemText } from "./quote.js";
import { quantityStepper } from "./stepper.js";

const REASONS = ["mistake", "changed_mind", "double"];
const UNSETTLED = ["queued", "sent_unconfirmed", "failed"];

function button(name, label, onclick, { tone = null, disabled = false } = {}) {
  return el("button", { type: "button", class: tone, "data-role": name, disabled, onclick }, label);
}

function pointRows(code, byWallet, words) {
  return Object.values(byWallet ?? {})
    .filter(isPositive)
    .map((points) => row(words.say(code), words.points(points), code.replace(".", "-")));
}

function totals(detail, currency, words) {
  const money = (text) => words.format.money(text, currency);
  return el(
    "table",
    { class: "sums" },
    el(
      "tbody",
      {},
      ...detail.lines.map((line) => row(`${lineName(line, words)} × ${words.format.number(line.quantity)}`, money(line.total))),
      row(words.say("quote.to_pay"), money(detail.to_pay), "receipt-to-pay", "total"),
      ...pointRows("receipts.points_spent", detail.points_spent, words),
      ...pointRows("quote.earned", detail.points_earned, words),
    ),
  );
}

function lineName({ sku }, words) {
  return sku === "AMOUNT" ? words.say("quote.amount") : sku;
}

function viewMode({ detail, busy }, listed, words, { receipts, cashier }) {
  const slip = listed?.slip ?? null;
  const whole = !detail.voided && !isPositive(listed?.refunded);
  const returnable = !detail.voided && detail.lines.some((line) => isPositive(line.returnable));
  const signed = (work) => () => cashier.askFor(work);
  return el(
    "div",
    { class: "actions wrap" },
    slip ? button("reprint", words.say("receipts.reprint"), signed(receipts.reprint), { disabled: busy }) : null,
    slip && UNSETTLED.includes(slip.state)
      ? button("discard", words.say("receipts.discard"), signed(receipts.discard), { disabled: busy })
      : null,
    returnable ? button("refund-open", words.say("receipts.refund"), signed(() => receipts.setMode("refund")), { disabled: busy }) : null,
    whole
      ? button("void-open", words.say("receipts.void"), signed(() => receipts.setMode("void")), { tone: "danger", disabled: busy })
      : null,
  );
}

function refundMode({ detail, quantities, busy }, words, { receipts, cashier }) {
  const lines = detail.lines.filter((line) => isPositive(line.returnable));
  const chosen = lines.some((line) => decimalOf(quantities[line.id] ?? "") !== null);
  return el(
    "div",
    { class: "operation", "data-role": "refund-form" },
    el("h2", {}, words.say("refund.title")),
    el("p", { class: "muted" }, words.say("refund.why")),
    ...lines.map((line) =>
      quantityStepper({
        id: line.id,
        label: lineName(line, words),
        most: line.returnable,
        value: quantities[line.id] ?? "0",
        words,
        onChange: (quantity) => receipts.setQuantity(line.id, quantity),
      }),
    ),
    el(
      "div",
      { class: "actions end" },
      button("operation-back", words.say("back"), () => receipts.setMode("view"), { disabled: busy }),
      button("refund-confirm", words.say("refund.confirm"), () => cashier.askFor(receipts.refund), {
        tone: "primary",
        disabled: busy || !chosen,
      }),
    ),
  );
}

function voidMode({ reason, busy }, words, { receipts, cashier }) {
  const reasons = REASONS.map((code) =>
    el(
      "button",
      {
        type: "button",
        class: "choice",
        "data-role": `reason-${code}`,
        "aria-pressed": String(code === reason),
        onclick: () => receipts.setReason(code),
      },
      words.say(`void.${code}`),
    ),
  );
  return el(
    "div",
    { class: "operation", "data-role": "void-form" },
    el("h2", {}, words.say("void.title")),
    el("p", { class: "muted" }, words.say("void.why")),
    ...reasons,
    el(
      "div",
      { class: "actions end" },
      button("operation-back", words.say("back"), () => receipts.setMode("view"), { disabled: busy }),
      button("void-confirm", words.say("void.confirm"), () => cashier.askFor(receipts.voidReceipt), {
        tone: "danger solid",
        disabled: busy || !reason,
      }),
    ),
  );
}

function refundOutcome({ money, points_back: back, points_taken: taken, debt }, currency, words) {
  const rows = [row(words.say("refund.money"), words.format.money(money, currency), "refund-money", "total")];
  rows.push(
    ...pointRows("refund.back", back, words),
    ...pointRows("refund.taken", taken, words),
    ...pointRows("refund.debt", debt, words),
  );
  return el("table", { class: "sums" }, el("tbody", {}, ...rows));
}

function outcomeBlock(outcome, currency, words) {
  return el(
    "div",
    { class: "strip good", role: "status", "data-role": "outcome", "data-kind": outcome.kind },
    icon("check"),
    el("div", {}, words.say(`outcome.${outcome.kind}`), outcome.answer ? refundOutcome(outcome.answer, currency, words) : null),
  );
}

function problemBlock(problem, words) {
  const text = el("span", {}, problemText(problem, words));
  return el("p", { class: "strip bad", role: "alert", "data-role": "receipt-problem" }, icon("bad"), text);
}

function parts(state, words, tools) {
  const { detail, selected, mode, problem, outcome } = state.receipts;
  const currency = state.known.programme?.currency;
  const made = [];
  if (!selected) made.push(el("p", { class: "empty muted" }, words.say("receipts.choose")));
  if (detail) {
    made.push(el("h2", {}, words.say("receipts.of", { at: words.format.moment(detail.at) })));
    made.push(el("p", { class: "muted small" }, detail.key));
  }
  if (detail && mode === "view") made.push(totals(detail, currency, words));
  if (outcome) made.push(outcomeBlock(outcome, currency, words));
  if (problem) made.push(problemBlock(problem, words));
  if (detail && mode === "view") made.push(viewMode(state.receipts, tools.receipts.listed(), words, tools));
  if (detail && mode === "refund") made.push(refundMode(state.receipts, words, tools));
  if (detail && mode === "void") made.push(voidMode(state.receipts, words, tools));
  return made;
}

/** Draws the right half anew, and puts the focus back where it was. */
export function drawReceiptDetail(state, words, tools) {
  const panel = role("receipt-detail");
  const focused = panel.contains(document.activeElement) ? document.activeElement.dataset.role : null;
  panel.replaceChildren(...parts(state, words, tools));
  const again = focused && role(focused, panel);
  again?.focus();
}
