/** The sheet of the last receipts: the list on the left, one receipt with what can be done to it on the right. */

import { isPositive } from "../decimal.js";
import { el, icon, role } from "../dom.js";
import { slipChip } from "./done.js";
import { drawReceiptDetail } from "./receipt-detail.js";

export function setUpReceipts({ store, receipts }) {
  const dialog = role("receipts");
  role("receipts-open").addEventListener("click", receipts.show);
  role("receipts-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", receipts.hide);
  store.watch(({ receipts: { open } }) => {
    if (open && !dialog.open) dialog.showModal();
  });
}

function marks(receipt, currency, words) {
  const refunded = isPositive(receipt.refunded)
    ? el("span", { class: "chip warn" }, icon("undo"), words.say("receipts.refunded", { sum: words.format.money(receipt.refunded, currency) }))
    : null;
  const voided = receipt.voided ? el("span", { class: "chip bad" }, icon("cross"), words.say("receipts.voided")) : null;
  return [voided, refunded, receipt.slip ? slipChip(receipt.slip.state, words) : null];
}

function item(receipt, selected, currency, words, onSelect) {
  const button = el(
    "button",
    { type: "button", "data-key": receipt.key, "aria-pressed": String(selected), onclick: () => onSelect(receipt.key) },
    el("span", { class: "when" }, words.format.moment(receipt.at)),
    el("b", {}, words.format.money(receipt.to_pay, currency)),
    el("span", { class: "muted who" }, receipt.member_masked ?? words.say("receipts.guest")),
    el("span", { class: "marks" }, ...marks(receipt, currency, words)),
  );
  return el("li", { "data-role": "receipt", "data-key": receipt.key }, button);
}

function drawList({ receipts: { list, selected }, known }, words, onSelect) {
  const focused = document.activeElement?.closest("[data-key]")?.dataset.key;
  const currency = known.programme?.currency;
  const items = (list ?? []).map((each) => item(each, each.key === selected, currency, words, onSelect));
  const none = list?.length === 0 ? [el("li", { class: "empty muted" }, words.say("receipts.none"))] : [];
  role("receipt-list").replaceChildren(...items, ...none);
  if (focused) role("receipt-list").querySelector(`button[data-key="${CSS.escape(focused)}"]`)?.focus();
}

/** A drawing function that rebuilds the sheet only when something that it shows has changed. */
export function createReceiptsSheet({ receipts, cashier }) {
  let drawn = [];
  return function draw(state, words) {
    const { open } = state.receipts;
    const seen = [words, state.known.programme?.currency, ...Object.values(state.receipts)];
    if (open && seen.some((part, index) => part !== drawn[index])) {
      drawList(state, words, receipts.select);
      drawReceiptDetail(state, words, { receipts, cashier });
    }
    drawn = seen;
  };
}
