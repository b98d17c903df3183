/** The amount, the keypad, and the button that ends the sale. The keypad types into the field that was touched last. */

import { decimalsOf } from "../decimal.js";
import { el, icon, role, write } from "../dom.js";
import { BACKSPACE, decimalOf, sanitize, typed } from "../entry.js";

const KEYS = ["7", "8", "9", "4", "5", "6", "1", "2", "3", ".", "0", BACKSPACE];
const FIELDS = ["amount", "redeem-points", "card-code"];
const CODE_CHARS_MAX = 64;
const USUAL_DECIMALS = 2;

export function setUpEntry({ store, sale }) {
  let active = "amount";
  const decimals = () => store.get().known.programme?.decimals ?? USUAL_DECIMALS;
  const pointsDecimals = () => decimalsOf(store.get().sale.quoted?.offer?.allowed ?? "0");

  const typing = {
    amount: (key) => sale.setAmount(typed(store.get().sale.amount, key, decimals())),
    "redeem-points"(key) {
      const field = role("redeem-points");
      field.value = typed(field.dataset.fresh ? "" : field.value, key, pointsDecimals());
      delete field.dataset.fresh;
      sale.setRedeem(decimalOf(field.value) ?? "0");
    },
    "card-code"(key) {
      const field = role("card-code");
      if (key === BACKSPACE) field.value = field.value.slice(0, -1);
      else if (key !== "." && field.value.length < CODE_CHARS_MAX) field.value += key;
    },
  };

  function press(key) {
    typing[active](key);
  }

  function drawKeypad() {
    const keys = KEYS.map((key) =>
      el(
        "button",
        { type: "button", "data-key": key, onclick: () => press(key) },
        key === BACKSPACE ? icon("erase") : key,
      ),
    );
    role("keypad").replaceChildren(...keys);
  }

  function activate(name) {
    active = name;
    for (const field of FIELDS) role(field).classList.toggle("active", field === name);
  }

  for (const name of FIELDS) role(name).addEventListener("focus", () => activate(name));
  role("amount").addEventListener("input", ({ target }) => sale.setAmount(sanitize(target.value, decimals())));
  role("redeem-points").addEventListener("focus", ({ target }) => {
    target.dataset.fresh = "1";
    target.select();
  });
  role("redeem-points").addEventListener("input", ({ target }) => {
    delete target.dataset.fresh;
    target.value = sanitize(target.value, pointsDecimals());
    sale.setRedeem(decimalOf(target.value) ?? "0");
  });
  role("reset").addEventListener("click", () => {
    sale.reset();
    role("amount").focus();
  });
  role("confirm").addEventListener("click", sale.confirm);
  drawKeypad();
  activate("amount");
  return {
    press,
    /** A field that has left the screen must not go on taking the keypad's digits. */
    settle() {
      if (active !== "amount" && !role(active).checkVisibility()) activate("amount");
    },
  };
}

const key = (name) => document.querySelector(`[data-key="${name}"]`);

export function drawEntry({ sale, known }, words) {
  const currency = known.programme?.currency;
  const amount = role("amount");
  amount.value = words.format.number(sale.amount);
  write(role("currency"), currency ? words.format.money("0", currency).replace(/[\d\s.,]/g, "") : "");
  key(BACKSPACE).setAttribute("aria-label", words.say("entry.backspace"));
  key(".").textContent = words.format.marks.point;
  const ready = sale.view === "sale" && sale.fresh;
  role("confirm").disabled = !ready;
  write(role("confirm-word"), words.say(sale.view === "confirming" ? "entry.confirming" : "entry.confirm"));
  write(role("confirm-sum"), sale.fresh ? words.format.money(sale.quoted.quote.totals.to_pay, currency) : "");
}
