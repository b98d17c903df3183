/** Keys that work wherever the focus is: digits go to the amount, Enter goes on, F2 F4 F8 reach what they name. */

import { role } from "./dom.js";
import { BACKSPACE } from "./entry.js";

const SHORTCUTS = {
  F2: () => role("card-code").focus(),
  F4: () => role("redeem-points").focus(),
  F8: () => role("receipts-open").click(),
};
const ENTERS = { sale: "confirm", done: "next" };

function keyOf({ key }) {
  if (/^\d$/.test(key)) return key;
  if (key === "," || key === ".") return ".";
  return key === "Backspace" ? BACKSPACE : null;
}

function isTyping({ target }) {
  return target.matches?.("input:not([type=range]), textarea");
}

/** `press(key)` types into the amount; `nextSale` opens the next sale when one is typed over a finished one. */
export function setUpKeyboard({ store, press, nextSale }) {
  function enter(event) {
    // Enter on a button or in the form for a card is that button's or form's own.
    if (event.repeat || event.target.closest?.("button, form")) return;
    event.preventDefault();
    role(ENTERS[store.get().sale.view] ?? "")?.click();
  }

  // A tapped button leaves the focus in its field: the next Enter goes on with the sale and does not tap again.
  document.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button") && !event.target.closest("dialog")) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (store.get().gate || document.querySelector("dialog[open]")) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const shortcut = SHORTCUTS[event.key];
    if (shortcut) {
      event.preventDefault();
      shortcut();
    } else if (event.key === "Enter") enter(event);
    else {
      const key = keyOf(event);
      if (!key || isTyping(event)) return;
      event.preventDefault();
      if (store.get().sale.view === "done") nextSale();
      if (store.get().sale.view === "sale") press(key);
    }
  });
}
