/** The page's own words, by code. What the register says in `detail` comes in the right language already. */

import { Format, pluralForm } from "./format.js";

export const LOCALES = ["ru", "en"];

/** Words and formats of one language. */
export class Words {
  constructor(locale, table) {
    this.locale = locale;
    this.table = table;
    this.format = new Format(locale);
  }

  has(code) {
    return code in this.table;
  }

  /** The phrase for a code with `{name}` replaced. A phrase with plural forms chooses by `count`. */
  say(code, values = {}) {
    const entry = this.table[code];
    if (entry === undefined) return code;
    const phrase = typeof entry === "string" ? entry : entry[pluralForm(this.locale, values.count)] ?? entry.other;
    return phrase.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  /** The phrase for `prefix.value`, or for `prefix.other` where the register knows more values than this page. */
  sayOne(prefix, value, values = {}) {
    const code = `${prefix}.${value}`;
    return this.say(this.has(code) ? code : `${prefix}.other`, { value, ...values });
  }

  /** The programme's own name for a part of it, where it has one in this language; else its id. */
  named(names, id) {
    return names?.[this.locale] ?? id;
  }

  /** `412 баллов`, `83 points`: the number and the noun that agrees with it. */
  points(text) {
    return this.say("points", { count: text, n: this.format.number(text) });
  }
}

/** Fetches the words of a language. Raises on a broken installation, where nothing could be shown. */
export async function loadWords(locale) {
  const answer = await fetch(`/screen/words/${locale}.json`);
  return new Words(locale, await answer.json());
}

/** Writes the words of the page's fixed parts: text, accessible name, placeholder. */
export function translate(root, words) {
  for (const part of root.querySelectorAll("[data-say]")) part.textContent = words.say(part.dataset.say);
  for (const part of root.querySelectorAll("[data-say-label]")) {
    part.setAttribute("aria-label", words.say(part.dataset.sayLabel));
    if (part.localName === "button") part.title = words.say(part.dataset.sayLabel);
  }
  for (const part of root.querySelectorAll("[data-say-hint]")) part.placeholder = words.say(part.dataset.sayHint);
}
