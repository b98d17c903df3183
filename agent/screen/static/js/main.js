/** The cashier's page, put together: state, the register's calls and events, the parts that draw. */

import { createApi } from "./api.js";
import { loadIcons, role } from "./dom.js";
import { setUpKeyboard } from "./keyboard.js";
import * as memory from "./memory.js";
import { setUpCashier } from "./parts/cashier.js";
import { drawCustomer, setUpCustomer } from "./parts/customer.js";
import { drawDone, setUpDone } from "./parts/done.js";
import { drawEntry, setUpEntry } from "./parts/entry.js";
import { drawGate, setUpGate } from "./parts/gate.js";
import { drawHeader, setUpLanguage, setUpTheme } from "./parts/header.js";
import { drawQuote } from "./parts/quote.js";
import { createReceiptsSheet, setUpReceipts } from "./parts/receipts.js";
import { drawRedeem, setUpRedeem } from "./parts/redeem.js";
import { drawRequote, setUpRequote } from "./parts/requote.js";
import { drawAlarms, drawStatusLine, setUpStatusLine } from "./parts/statusline.js";
import { drawUnanswered, setUpUnanswered } from "./parts/unanswered.js";
import { createReceipts, NO_RECEIPTS } from "./receipts.js";
import { createRegister } from "./register.js";
import { createSale, EMPTY_SALE } from "./sale.js";
import { createStore } from "./store.js";
import { loadWords, LOCALES, translate } from "./words.js";

const VIEWS = { sale: "view-sale", confirming: "view-sale", unanswered: "view-unanswered", requote: "view-requote", done: "view-done" };
const FIRST_FOCUS = { gate: "gate-token", sale: "amount", unanswered: "retry", requote: "requote-agree", done: "next" };

// 64 random bits, short enough for one line of a slip.
const newKey = (prefix) => prefix + crypto.getRandomValues(new BigUint64Array(1))[0].toString(36).padStart(13, "0");
const remembered = memory.locale.read();
let [words] = await Promise.all([loadWords(LOCALES.includes(remembered) ? remembered : LOCALES[0]), loadIcons()]);

const store = createStore({
  gate: true,
  refused: false,
  link: "connecting",
  status: null,
  known: { register: null, programme: null },
  cashier: memory.cashier.read(Date.now()),
  sale: EMPTY_SALE,
  receipts: NO_RECEIPTS,
});
const api = createApi({ token: memory.token.read, locale: () => words.locale, onUnauthorized: refuse });
const sale = createSale({
  api,
  store,
  pending: memory.pending,
  newKey: () => newKey("SCREEN-"),
  nowIso: () => new Date().toISOString(),
});
const receipts = createReceipts({
  api,
  store,
  cashierCode: () => memory.cashier.read(Date.now()),
  newKey: () => newKey("SCREEN-R-"),
});
const register = createRegister({ api, store, sale, receipts, onUnauthorized: refuse });

function refuse() {
  register.stop();
  memory.token.write(null);
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  store.change({ gate: true, refused: true, status: null, link: "connecting" });
}

function enter() {
  store.change({ gate: false, refused: false });
  register.start();
}

function showView({ gate, sale: { view } }) {
  for (const name of new Set(Object.values(VIEWS))) role(name).hidden = gate || VIEWS[view] !== name;
  role("view-sale").inert = view === "confirming";
  for (const name of ["receipts-open", "cashier-open"]) role(name).hidden = gate;
  role("status").hidden = gate;
}

/** Each view begins where its next step is; within a view nobody moves the focus but the person. */
function createFocus() {
  let shown = null;
  return ({ gate, sale: { view } }) => {
    const now = gate ? "gate" : view;
    const changed = now !== shown;
    shown = now;
    if (changed) role(FIRST_FOCUS[now] ?? "")?.focus();
  };
}

const cashier = setUpCashier({ store });
const entry = setUpEntry({ store, sale });
const drawings = [
  showView,
  drawGate,
  drawHeader,
  drawAlarms,
  drawCustomer,
  drawEntry,
  drawQuote,
  drawRedeem,
  entry.settle,
  drawRequote,
  drawUnanswered,
  drawDone,
  drawStatusLine,
  createReceiptsSheet({ receipts, cashier }),
  createFocus(),
];

function localize() {
  document.documentElement.lang = words.locale;
  document.title = words.say("brand");
  translate(document, words);
}

async function useLocale(locale) {
  memory.locale.write(locale);
  words = await loadWords(locale);
  localize();
  store.change({});
}

setUpTheme();
setUpLanguage({ words: () => words, useLocale });
setUpGate({ onToken: enter });
setUpCustomer({ sale });
setUpRedeem({ store, sale });
setUpRequote({ sale });
setUpUnanswered({ sale });
setUpDone({ sale });
setUpStatusLine();
setUpReceipts({ store, receipts });
localize();
setUpKeyboard({ store, press: entry.press, nextSale: sale.next });
document.body.hidden = false;
memory.takeTokenFromAddress();
sale.resume();
store.watch((state) => drawings.forEach((draw) => draw(state, words)));
if (memory.token.read()) enter();
addEventListener("hashchange", () => memory.takeTokenFromAddress() && enter());
