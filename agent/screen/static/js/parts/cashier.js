/** Who stands at the till: the shop's own code of a cashier signs what is done by hand, for this shift. */

import { role } from "../dom.js";
import * as memory from "../memory.js";

/** What the register takes as a cashier: a code, never a name, since its ledger holds no personal data. */
const CODE = /^[A-Za-z0-9_.-]{1,32}$/;

/** `askFor(work)` runs `work` once there is a code: at once, or when it has been given. */
export function setUpCashier({ store }) {
  const dialog = role("cashier-dialog");
  let after = null;

  function open(then = null) {
    after = then;
    role("cashier-input").value = store.get().cashier;
    role("cashier-problem").hidden = true;
    dialog.showModal();
    role("cashier-input").focus();
  }

  function keep(code) {
    memory.cashier.write(code, Date.now());
    store.change({ cashier: code });
  }

  role("cashier-open").addEventListener("click", () => open());
  role("cashier-clear").addEventListener("click", () => {
    keep("");
    dialog.close();
  });
  role("cashier-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const code = role("cashier-input").value.trim();
    role("cashier-problem").hidden = CODE.test(code);
    if (!CODE.test(code)) return;
    const work = after;
    keep(code);
    dialog.close();
    work?.();
  });
  dialog.addEventListener("close", () => (after = null));

  return {
    askFor(work) {
      if (memory.cashier.read(Date.now())) work();
      else open(work);
    },
  };
}
