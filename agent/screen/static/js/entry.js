/** What becomes of the text in a number field as it is typed, pasted or tapped on the keypad. */

export const BACKSPACE = "back";
const WHOLE_DIGITS_MAX = 8;

/** Only digits and one point survive; a comma is a point; digits that do not fit are not taken. */
export function sanitize(text, decimals) {
  const [first, ...others] = text.replace(/[^\d.,]/g, "").replace(/,/g, ".").split(".");
  const whole = first.replace(/^0+(?=\d)/, "").slice(0, WHOLE_DIGITS_MAX);
  if (!others.length || !decimals) return whole;
  return `${whole || "0"}.${others.join("").slice(0, decimals)}`;
}

/** The text after one key: a digit, `.`, or `BACKSPACE`. */
export function typed(text, key, decimals) {
  return key === BACKSPACE ? text.slice(0, -1) : sanitize(text + key, decimals);
}

/** The typed text as a decimal that the register reads, or null while it says nothing: `"12."` is `"12"`. */
export function decimalOf(text) {
  const number = text.replace(/\.$/, "");
  return /[1-9]/.test(number) ? number : null;
}
