/** The basket that this page makes: one line with the amount, the card shown, the points asked for. */

import { isPositive } from "./decimal.js";
import { decimalOf } from "./entry.js";

export const MAX = "max";
const TENDERS = ["cash"];

/** The wallet that may pay for a quoted sale: one that the programme redeems and the customer has points in. */
export function walletOf(customer, quote) {
  if (customer?.card.verdict !== "known") return null;
  const spendable = (id) => customer.wallets.some((wallet) => wallet.id === id && isPositive(wallet.spendable));
  return Object.keys(quote.redemption ?? {}).find(spendable) ?? null;
}

/** The body of a quote, or null where there is nothing to price. `redeem` maps a wallet to points or `MAX`. */
export function basketOf({ amount, customer, redeem }) {
  const price = decimalOf(amount);
  if (price === null) return null;
  return {
    ...(customer && { card: { scan: customer.scan_id } }),
    redeem,
    lines: [{ id: "1", sku: "AMOUNT", kind: "goods", quantity: "1", price }],
    tenders: TENDERS,
  };
}
