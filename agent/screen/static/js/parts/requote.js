/** The result would differ now: what changed, and the question once more. */

import { el, fill, role, write } from "../dom.js";

export function setUpRequote({ sale }) {
  role("requote-agree").addEventListener("click", sale.agree);
  role("requote-back").addEventListener("click", sale.back);
}

function pointsOf(entries, field) {
  return Object.values(entries ?? {})[0]?.[field] ?? "0";
}

function compareRow(label, was, now, name) {
  return el(
    "tr",
    { class: was === now ? null : "changed", "data-role": name },
    el("th", { scope: "row" }, label),
    el("td", {}, was),
    el("td", {}, now),
  );
}

export function drawRequote({ sale, known }, words) {
  if (sale.view !== "requote") return;
  const { sent, quote } = sale.requote;
  const money = (text) => words.format.money(text, known.programme?.currency);
  const rows = [
    ["quote.to_pay", money(sent.totals.to_pay), money(quote.totals.to_pay), "requote-to-pay"],
    ["quote.discount", money(sent.totals.discount), money(quote.totals.discount), "requote-discount"],
    ["quote.by_points", money(sent.totals.points_spent), money(quote.totals.points_spent), "requote-points-spent"],
    [
      "quote.earned",
      words.points(pointsOf(sent.accrual, "points")),
      words.points(pointsOf(quote.accrual, "points")),
      "requote-earned",
    ],
  ];
  fill(role("requote-table").tBodies[0], rows.map(([code, was, now, name]) => compareRow(words.say(code), was, now, name)));
  write(role("requote-agree"), words.say("requote.agree", { sum: money(quote.totals.to_pay) }));
}
