/** Asks for quotes as the basket changes: debounced, and only the newest answer counts. */

import { MAX, basketOf, walletOf } from "./basket.js";

const SETTLE_MS = 150;

/**
 * `onQuoted({quote, basket, wallet, offer})` or `onFailed(error)`, for the newest basket only. `offer` is what
 * redeeming the most from `wallet` would give, so that the slider knows its end and its reason; both are null where
 * nothing can be redeemed.
 */
export function createQuoting({ api, onQuoted, onFailed }) {
  let timer = 0;
  let controller = new AbortController();

  async function offerOf(quote, wallet, basket, signal) {
    if (!wallet) return null;
    if (basket.redeem[wallet] === MAX) return quote.redemption[wallet];
    const most = await api.post("/v1/quotes", { ...basket, redeem: { [wallet]: MAX } }, { signal });
    return most.redemption[wallet];
  }

  async function ask(sale, basket, signal) {
    try {
      const quote = await api.post("/v1/quotes", basket, { signal });
      const wallet = walletOf(sale.customer, quote);
      const offer = await offerOf(quote, wallet, basket, signal);
      if (!signal.aborted) onQuoted({ quote, basket, wallet, offer });
    } catch (error) {
      if (!signal.aborted) onFailed(error);
    }
  }

  function cancel() {
    clearTimeout(timer);
    controller.abort();
    controller = new AbortController();
  }

  return {
    cancel,
    /** Prices the sale once it has rested; without an amount there is nothing to ask. */
    request(sale) {
      cancel();
      const basket = basketOf(sale);
      if (basket) timer = setTimeout(ask, SETTLE_MS, sale, basket, controller.signal);
    },
  };
}
