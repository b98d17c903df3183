/** What the sale comes to: each effect, what is to be paid, what will be earned. */

import { isPositive } from "../decimal.js";
import { el, fill, icon, role, row, write } from "../dom.js";

const HINTS_SHOWN = 2;
const REDEMPTION_HINT = "redemption";

/** What the register says, or that it says nothing. */
export function problemText(problem, words) {
  return problem.body ? problem.message : words.say("problem.no_answer");
}

/** The rows of a quote: each line, what each promotion took off it, what points paid. */
export function sumRows(quote, currency, words) {
  const money = (text) => words.format.money(text, currency);
  const rows = [];
  for (const line of quote.lines) {
    rows.push(row(words.say("quote.amount"), money(line.shelf)));
    for (const { promotion, discount } of line.effects) {
      rows.push(row(words.named(quote.names?.[promotion], promotion), money(`-${discount}`), null, "effect"));
    }
  }
  if (isPositive(quote.totals.points_spent)) {
    rows.push(row(words.say("quote.by_points"), money(`-${quote.totals.points_spent}`), "quote-points-spent", "effect"));
  }
  return rows;
}

/** The wallets that this quote earns in, as phrases; a wallet that opens later says from when. */
export function earnPhrases(quote, words, today) {
  return Object.values(quote.accrual ?? {})
    .filter(({ points }) => isPositive(points))
    .map(({ points, active_from: from }) => {
      const values = { points: words.points(points), day: from && words.format.day(from) };
      return words.say(from > today ? "quote.earn_later" : "quote.earn", values);
    });
}

/** Today in this machine's zone, as the register writes days. */
export function todayIso(now = new Date()) {
  const two = (number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

export function drawQuote({ sale, known }, words) {
  const { quoted, problem } = sale;
  const quote = quoted?.quote;
  const currency = known.programme?.currency;
  role("quote").setAttribute("aria-busy", String(Boolean(quote) && !sale.fresh));
  role("quote-empty").hidden = Boolean(quote || problem);
  fill(role("problem"), problem ? [icon("bad"), el("span", {}, problemText(problem, words))] : []);
  fill(role("quote-lines").tBodies[0], quote ? sumRows(quote, currency, words) : []);
  role("quote-result").hidden = !quote;
  write(role("quote-total"), quote ? words.format.money(quote.totals.to_pay, currency) : "");
  if (quote) role("quote-total").dataset.value = quote.totals.to_pay;
  write(role("quote-earn"), quote ? earnPhrases(quote, words, todayIso()).join(", ") : "");
  const hints = (quote?.hints ?? []).slice(0, HINTS_SHOWN);
  fill(
    role("quote-hints"),
    hints.map(({ promotion, missing, gain }) => {
      const code = promotion === REDEMPTION_HINT ? "quote.hint_redeem" : "quote.hint";
      return el("li", {}, words.say(code, { missing: words.format.money(missing, currency), gain }));
    }),
  );
}
