/** The top line: which register, language, light or dark. */

import { role, write } from "../dom.js";
import * as memory from "../memory.js";
import { LOCALES } from "../words.js";

const prefersDark = matchMedia("(prefers-color-scheme: dark)");

function themeNow() {
  return memory.theme.read() ?? (prefersDark.matches ? "dark" : "light");
}

function applyTheme() {
  document.documentElement.dataset.theme = themeNow();
}

/** Follows the system until somebody chooses otherwise; choosing what the system says follows it again. */
export function setUpTheme() {
  applyTheme();
  prefersDark.addEventListener("change", applyTheme);
  role("theme").addEventListener("click", () => {
    const wanted = themeNow() === "dark" ? "light" : "dark";
    memory.theme.write((wanted === "dark") === prefersDark.matches ? null : wanted);
    applyTheme();
  });
}

export function setUpLanguage({ words, useLocale }) {
  role("language").addEventListener("click", () => {
    useLocale(LOCALES[(LOCALES.indexOf(words().locale) + 1) % LOCALES.length]);
  });
}

export function drawHeader({ known: { register }, cashier }, words) {
  write(role("register-name"), register ? [register.shop, register.store, register.id].filter(Boolean).join(" · ") : "");
  write(role("cashier-name"), cashier || words.say("cashier.none"));
  const other = LOCALES[(LOCALES.indexOf(words.locale) + 1) % LOCALES.length];
  write(role("language"), words.say("language.other"));
  role("language").lang = other;
  for (const [name, code] of [["language", "language.switch"], ["theme", "theme.switch"]]) {
    role(name).setAttribute("aria-label", words.say(code));
    role(name).title = words.say(code);
  }
}
