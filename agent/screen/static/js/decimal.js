/** Exact decimals as BigInt counts of the smallest unit. Amounts and points never pass through a float. */

const PLAIN = /^-?\d+(\.\d+)?$/;

/** How many decimals a plain decimal text has: `"410.00"` has 2. */
export function decimalsOf(text) {
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}

/** `"1234.5"` with 2 decimals is 123450n; null for anything that is no plain decimal or has more decimals. */
export function parse(text, decimals) {
  if (!PLAIN.test(text) || decimalsOf(text) > decimals) return null;
  const [whole, fraction = ""] = text.replace("-", "").split(".");
  const value = BigInt(whole + fraction.padEnd(decimals, "0"));
  return text.startsWith("-") ? -value : value;
}

/** The inverse of `parse`, with all decimals: 123450n with 2 decimals is `"1234.50"`. */
export function textOf(value, decimals) {
  const digits = String(value < 0n ? -value : value).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const sign = value < 0n ? "-" : "";
  return decimals ? `${sign}${whole}.${digits.slice(-decimals)}` : sign + whole;
}

/** -1, 0 or 1, whatever decimals either text has. */
export function compare(left, right) {
  const decimals = Math.max(decimalsOf(left), decimalsOf(right));
  const difference = parse(left, decimals) - parse(right, decimals);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Whether a decimal text is above zero; absent counts as zero. */
export function isPositive(text) {
  return Boolean(text) && compare(text, "0") > 0;
}
