/** Amounts, points, quantities and days as people write them in each language. */

import { decimalsOf } from "./decimal.js";

const SPACE = "\u00a0";
const MINUS = "\u2212";
const MARKS = { ru: { group: SPACE, point: "," }, en: { group: ",", point: "." } };
const DAYS = {
  ru: { day: "2-digit", month: "2-digit", year: "numeric" },
  en: { day: "numeric", month: "short", year: "numeric" },
};
const TAGS = { ru: "ru-RU", en: "en-GB" };

/** Formatting for one language. Every method takes decimal texts or ISO dates as the register sends them. */
export class Format {
  constructor(locale) {
    this.tag = TAGS[locale];
    this.marks = MARKS[locale];
    this.days = DAYS[locale];
  }

  /** `"1234.5"` is `1 234,5` in Russian; what is being typed (`"12."`) keeps its point. */
  number(text) {
    const [whole, fraction] = text.replace("-", "").split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, this.marks.group);
    const tail = fraction === undefined ? "" : this.marks.point + fraction;
    return (text.startsWith("-") ? MINUS : "") + grouped + tail;
  }

  /** An amount with its currency's sign, where the language puts it. */
  money(text, currency) {
    const number = this.number(text.replace("-", ""));
    const sign = text.startsWith("-") ? MINUS : "";
    if (!currency) return sign + number;
    const parts = new Intl.NumberFormat(this.tag, { style: "currency", currency, currencyDisplay: "narrowSymbol" })
      .formatToParts(0);
    const mark = parts.find((part) => part.type === "currency").value;
    return parts[0].type === "currency" ? `${sign}${mark}${number}` : `${sign}${number}${SPACE}${mark}`;
  }

  /** A day of the shop, `"2026-12-31"`, with no time zone to shift it. */
  day(iso) {
    const [year, month, day] = iso.split("-").map(Number);
    return new Intl.DateTimeFormat(this.tag, { timeZone: "UTC", ...this.days })
      .format(new Date(Date.UTC(year, month - 1, day)));
  }

  /** An instant as hours and minutes; with the day where it is another one than today. */
  moment(iso, now = new Date()) {
    const at = new Date(iso);
    const clock = { hour: "2-digit", minute: "2-digit" };
    const today = at.toDateString() === now.toDateString();
    return new Intl.DateTimeFormat(this.tag, today ? clock : { day: "numeric", month: "short", ...clock }).format(at);
  }
}

/** Which plural form a decimal text takes: fractions always take `other`. */
export function pluralForm(locale, text) {
  return decimalsOf(text) ? "other" : new Intl.PluralRules(TAGS[locale]).select(Number(text));
}
