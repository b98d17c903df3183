/** The register did not answer a confirmation: asking again is safe, forgetting is not until it has answered. */

import { fill, icon, el, role, write } from "../dom.js";
import { problemText } from "./quote.js";

export function setUpUnanswered({ sale }) {
  role("retry").addEventListener("click", sale.retry);
  role("give-up").addEventListener("click", sale.giveUp);
}

export function drawUnanswered({ sale, known }, words) {
  if (sale.view !== "unanswered") return;
  const sum = words.format.money(sale.sent.totals.to_pay, known.programme?.currency);
  write(role("unanswered-sum"), words.say("unanswered.sum", { sum, at: words.format.moment(sale.sent.at) }));
  fill(role("unanswered-note"), sale.note ? [icon("warn"), el("span", {}, problemText(sale.note, words))] : []);
}
