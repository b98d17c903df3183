/** How much of one line comes back: minus, a field, plus, all. Quantities are decimals with up to three places. */

import { compare, parse, textOf } from "../decimal.js";
import { el } from "../dom.js";
import { decimalOf, sanitize } from "../entry.js";

const DECIMALS = 3;
const ONE = 1000n;

function trimmed(text) {
  return text.replace(/\.?0+$/, "");
}

/** `value` moved by whole units, never under zero nor over `most`. */
export function stepped(value, by, most) {
  const wanted = parse(decimalOf(value) ?? "0", DECIMALS) + BigInt(by) * ONE;
  const limit = parse(most, DECIMALS);
  const kept = wanted < 0n ? 0n : wanted > limit ? limit : wanted;
  return trimmed(textOf(kept, DECIMALS));
}

/** What was typed, cut to what may come back. */
export function bounded(text, most) {
  const clean = sanitize(text, DECIMALS);
  return compare(decimalOf(clean) ?? "0", most) > 0 ? most : clean;
}

export function quantityStepper({ id, label, most, value, words, onChange }) {
  const key = (name, text, by) =>
    el("button", { type: "button", class: "square", "data-role": `${name}-${id}`, "aria-label": words.say(`refund.${name}`), onclick: () => onChange(stepped(value, by, most)) }, text);
  return el(
    "div",
    { class: "stepper", "data-role": "refund-line", "data-line": id },
    el("label", { for: `refund-${id}` }, `${label} `, el("span", { class: "muted" }, words.say("refund.most", { n: words.format.number(most) }))),
    key("less", "−", -1),
    el("input", {
      id: `refund-${id}`,
      "data-role": `refund-quantity-${id}`,
      inputmode: "decimal",
      autocomplete: "off",
      value: words.format.number(value),
      oninput: ({ target }) => onChange(bounded(target.value, most)),
    }),
    key("more", "+", 1),
    el("button", { type: "button", "data-role": `refund-all-${id}`, onclick: () => onChange(most) }, words.say("refund.all")),
  );
}
