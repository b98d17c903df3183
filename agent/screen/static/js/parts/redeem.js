/** Points as payment: a slider from nothing to the most that is allowed, and which bound decides that. */

import { MAX } from "../basket.js";
import { decimalsOf, isPositive, parse, textOf } from "../decimal.js";
import { role, write } from "../dom.js";

/** The slider's scale counts the programme's steps, so that it never stands between two of them. */
export function scaleOf(offer) {
  const decimals = Math.max(decimalsOf(offer.allowed), decimalsOf(offer.step ?? "1"));
  const step = parse(offer.step ?? "1", decimals);
  return {
    steps: Number(parse(offer.allowed, decimals) / step),
    pointsAt: (index) => textOf(BigInt(index) * step, decimals),
    indexOf: (points) => Number(parse(points, decimals) / step),
  };
}

export function setUpRedeem({ store, sale }) {
  role("redeem").addEventListener("input", ({ target }) => {
    const scale = scaleOf(store.get().sale.quoted.offer);
    const index = Number(target.value);
    sale.setRedeem(index >= scale.steps ? MAX : scale.pointsAt(index));
  });
  // What was typed stays while it is typed; then the field shows what was allowed.
  role("redeem-points").addEventListener("blur", () => store.change({}));
  role("redeem-max").addEventListener("click", () => {
    if (document.activeElement === role("redeem-points")) role("amount").focus();
    sale.setRedeem(MAX);
  });
}

/** The points that the slider stands at: what was asked while it is asked, then what was allowed. */
function pointsShown({ fresh, redeem, quoted: { offer, quote, wallet } }) {
  if (fresh) return quote.redemption[wallet].allowed;
  const asked = redeem[wallet] ?? "0";
  return asked === MAX ? offer.allowed : asked;
}

function boundText({ decided_by: bound }, words) {
  return words.sayOne("bound", bound);
}

function whyText({ fresh, redeem, quoted: { offer, quote, wallet } }, words) {
  const answer = quote.redemption[wallet];
  const refused = fresh && redeem[wallet] && !isPositive(answer.allowed) ? answer : null;
  if (!isPositive(offer.allowed)) return words.say("redeem.none", { why: boundText(offer, words) });
  if (refused) return words.say("redeem.refused", { why: boundText(refused, words), points: words.points(offer.allowed) });
  return words.say("redeem.most", { points: words.points(offer.allowed), why: boundText(offer, words) });
}

export function drawRedeem({ sale }, words) {
  const offer = sale.quoted?.offer;
  write(role("redeem-why"), offer ? whyText(sale, words) : "");
  const possible = Boolean(offer && isPositive(offer.allowed));
  role("redeem-block").hidden = !possible;
  if (!possible) return;
  const scale = scaleOf(offer);
  const points = pointsShown(sale);
  const slider = role("redeem");
  slider.max = String(scale.steps);
  slider.value = String(Math.min(scale.indexOf(points), scale.steps));
  slider.setAttribute("aria-valuetext", words.points(points));
  slider.style.setProperty("--filled", `${(100 * Number(slider.value)) / scale.steps}%`);
  const field = role("redeem-points");
  if (document.activeElement !== field) field.value = points;
  write(role("redeem-max"), words.say("redeem.max", { n: words.format.number(offer.allowed) }));
  role("redeem-max").setAttribute("aria-pressed", String(sale.redeem[sale.quoted.wallet] === MAX));
}
