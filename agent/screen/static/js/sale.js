/** One sale, from the card to the slip: what the cashier may do next is `view`, and nothing else decides it.
 *
 *     sale ── confirm ──▶ confirming ──▶ done ── next ──▶ sale
 *                          │      ├────▶ requote ── agree ──▶ confirming
 *                          │      └────▶ sale            (a problem: nothing was stored)
 *                          └───────────▶ unanswered ── retry (same key) ──▶ confirming
 */

import { Problem } from "./api.js";
import { MAX, basketOf } from "./basket.js";
import { isPositive } from "./decimal.js";
import { createQuoting } from "./quoting.js";

export const EMPTY_SALE = {
  view: "sale",
  customer: null,
  looking: null,
  scanNotice: null,
  amount: "",
  redeem: {},
  quoted: null,
  fresh: false,
  problem: null,
  sent: null,
  note: null,
  requote: null,
  done: null,
};

/**
 * `pending` keeps a sent sale until it is answered; `newKey` makes a receipt key; `nowIso` is the time of sending.
 * A failure that a cashier can act on becomes `problem` (an error) or `scanNotice` (a code for words).
 */
export function createSale({ api, store, pending, newKey, nowIso }) {
  const sale = () => store.get().sale;
  const change = (patch) => store.change({ sale: { ...sale(), ...patch } });
  const quoting = createQuoting({
    api,
    onQuoted: (quoted) => change({ quoted, fresh: true, problem: null }),
    onFailed: failed,
  });

  function failed(error) {
    if (error.code === "scan_expired") cardExpired();
    else change({ problem: error });
  }

  /** Whatever changes the basket makes the quote old at once, so that an old total is never confirmed. */
  function edit(patch) {
    change({ fresh: false, problem: null, ...patch });
    if (!basketOf(sale())) change({ quoted: null });
    quoting.request(sale());
  }

  function reset() {
    quoting.cancel();
    change(EMPTY_SALE);
  }

  /** A card that came too early for this sale is still to be scanned in the next one: that notice stays. */
  function next() {
    const { scanNotice } = sale();
    reset();
    if (scanNotice?.code === "busy") change({ scanNotice });
  }

  function cardExpired() {
    edit({
      view: "sale",
      sent: null,
      customer: null,
      looking: null,
      redeem: {},
      quoted: null,
      scanNotice: { code: "expired" },
    });
  }

  /** Whether a card may join now; a card for the next customer opens the next sale. */
  function openForCard() {
    if (sale().view === "done") next();
    if (sale().view === "sale") return true;
    change({ scanNotice: { code: "busy" } });
    return false;
  }

  function takeCard(customer) {
    if (!openForCard()) return;
    const same = sale().customer?.scan_id === customer.scan_id;
    const redeem = same ? sale().redeem : {};
    edit({ customer, redeem, quoted: same ? sale().quoted : null, looking: null, scanNotice: null });
  }

  function took(scan) {
    if (scan.verdict !== "ok") change({ scanNotice: { code: scan.verdict } });
    else if (scan.kind !== "card") change({ scanNotice: { code: "not_card" } });
    else if (openForCard()) change({ looking: scan, scanNotice: null });
  }

  async function identify(code) {
    change({ looking: { masked: "" }, scanNotice: null });
    try {
      takeCard(await api.post("/v1/identify", { code, input: "manual" }));
    } catch (error) {
      change({ looking: null, scanNotice: { code: "failed", error } });
    }
  }

  async function showSlip(id) {
    try {
      const slip = await api.get(`/v1/slips/${encodeURIComponent(id)}`);
      if (sale().done?.answer.slip?.id === id) change({ done: { ...sale().done, slip } });
    } catch (error) {
      if (sale().done?.answer.slip?.id === id) change({ done: { ...sale().done, slipProblem: error } });
    }
  }

  /** A register that has archived an old answer repeats only that the sale is stored: then what was quoted stands. */
  function answered(sent, given) {
    const quoted = { totals: sent.totals, accrual: sent.accrual };
    const answer = { quote: quoted, balances: {}, slip: null, warnings: [], ...given };
    pending.write(null);
    change({ view: "done", sent: null, done: { sent, answer, slip: null, slipProblem: null } });
    if (answer.slip) showSlip(answer.slip.id);
  }

  function refused(sent, problem) {
    pending.write(null);
    const { quote } = problem.body;
    if (problem.code === "requote" && quote) change({ view: "requote", sent: null, requote: { sent, quote } });
    else if (problem.code === "scan_expired") cardExpired();
    else change({ view: "sale", sent: null, problem });
  }

  async function send(sent) {
    quoting.cancel();
    pending.write(sent);
    change({ view: "confirming", sent, note: null, problem: null });
    try {
      answered(sent, await api.put(`/v1/receipts/${encodeURIComponent(sent.key)}`, sent.body));
    } catch (error) {
      if (error instanceof Problem) refused(sent, error);
      else change({ view: "unanswered", note: error });
    }
  }

  function sending(basket, quote) {
    return {
      key: newKey(),
      body: { ...basket, quote_hash: quote.hash },
      totals: quote.totals,
      accrual: quote.accrual,
      at: nowIso(),
    };
  }

  return {
    took,
    takeCard,
    identify,
    reset,
    next,
    setAmount: (amount) => edit({ amount, scanNotice: null }),
    /** `points` is a decimal text or `MAX`. */
    setRedeem(points) {
      const asked = points === MAX || isPositive(points);
      edit({ redeem: asked ? { [sale().quoted.wallet]: points } : {} });
    },
    dropCard: () => edit({ customer: null, looking: null, redeem: {}, quoted: null, scanNotice: null }),
    async confirm() {
      const { quoted, fresh, view } = sale();
      if (view === "sale" && fresh) await send(sending(quoted.basket, quoted.quote));
    },
    retry: () => send(sale().sent),
    async agree() {
      const { sent, quote } = sale().requote;
      const { quote_hash: _, ...basket } = sent.body;
      await send(sending(basket, quote));
    },
    back: () => edit({ view: "sale", requote: null }),
    /** Ends an unanswered sale: only once the register says that it has no such receipt. */
    async giveUp() {
      const { sent } = sale();
      try {
        await api.get(`/v1/receipts/${encodeURIComponent(sent.key)}`);
        await send(sent);
      } catch (error) {
        if (error.status !== 404) change({ note: error });
        else {
          pending.write(null);
          edit({ view: "sale", sent: null, note: null, scanNotice: { code: "given_up" } });
        }
      }
    },
    slipChanged({ id, state }) {
      const { done } = sale();
      if (done?.answer.slip?.id !== id) return;
      if (done.slip) change({ done: { ...done, slip: { ...done.slip, state } } });
      else showSlip(id);
    },
    /** What was asked or waited for while nobody answered is asked again. */
    reconnected() {
      const { view, fresh, looking, done } = sale();
      if (looking) change({ looking: null, scanNotice: { code: "no_answer" } });
      if (view === "sale" && !fresh) edit({});
      if (done?.answer.slip) showSlip(done.answer.slip.id);
    },
    /** After a reload: a sale that was sent and never answered comes first. */
    resume() {
      const sent = pending.read();
      if (sent) change({ view: "unanswered", sent });
    },
  };
}
