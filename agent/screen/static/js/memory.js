/** What the page remembers on this machine: the token, language, theme, cashier, and a sale without an answer. */

const TOKEN = "kopilka.token";
const LOCALE = "kopilka.locale";
const THEME = "kopilka.theme";
const CASHIER = "kopilka.cashier";
const PENDING = "kopilka.pending";
const SHIFT_HOURS_MAX = 14;
const HOUR_MS = 3_600_000;

function write(key, value) {
  if (value === null || value === "") localStorage.removeItem(key);
  else localStorage.setItem(key, value);
}

export const token = { read: () => localStorage.getItem(TOKEN), write: (value) => write(TOKEN, value) };
export const locale = { read: () => localStorage.getItem(LOCALE), write: (value) => write(LOCALE, value) };
export const theme = { read: () => localStorage.getItem(THEME), write: (value) => write(THEME, value) };

/** The cashier's code, for one shift: yesterday's must not sign today's voids. */
export const cashier = {
  read(nowMs) {
    const kept = JSON.parse(localStorage.getItem(CASHIER) ?? "null");
    return kept && nowMs < kept.untilMs ? kept.code : "";
  },
  write(code, nowMs) {
    write(CASHIER, code && JSON.stringify({ code, untilMs: nowMs + SHIFT_HOURS_MAX * HOUR_MS }));
  },
};

/** A sale that was sent and not answered: it outlives a reload, since the register may have stored it. */
export const pending = {
  read: () => JSON.parse(localStorage.getItem(PENDING) ?? "null"),
  write: (sent) => write(PENDING, sent && JSON.stringify(sent)),
};

/** Takes `#token=…` out of the address bar into memory, so that nobody reads it over a shoulder; says whether there was one. */
export function takeTokenFromAddress() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given === null) return false;
  token.write(given.trim());
  history.replaceState(null, "", location.pathname + location.search);
  return true;
}
