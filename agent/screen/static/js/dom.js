/** Making and finding elements. Text is always set as text, never as markup: names come from people. */

const SVG = "http://www.w3.org/2000/svg";

/** Puts the icon sheet into the page: an icon that is drawn anew then never waits for a file. */
export async function loadIcons() {
  const answer = await fetch("/screen/icons/icons.svg");
  const sheet = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
  sheet.setAttribute("hidden", "");
  document.body.prepend(sheet);
}

/** The one element with that role. */
export function role(name, root = document) {
  return root.querySelector(`[data-role="${name}"]`);
}

/** An element with attributes, and children that are elements or texts; `on…` attributes are listeners. */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** One drawing of the icon sheet; decoration only, the word beside it says the same. */
export function icon(name, className = "icon") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  return svg;
}

/** Writes a text; an empty one hides its element. Unchanged text is left alone, so that nothing is announced twice. */
export function write(node, text) {
  const value = text ?? "";
  if (node.textContent !== value) node.textContent = value;
  node.hidden = value === "";
}

/** Fills an element anew; nothing to show hides it. */
export function fill(node, children) {
  const shown = children.filter(Boolean);
  node.replaceChildren(...shown);
  node.hidden = shown.length === 0;
}

/** A row of a table of sums: what, how much; `name` is its stable role. */
export function row(label, value, name = null, tone = null) {
  return el("tr", { class: tone }, el("th", { scope: "row" }, label), el("td", { "data-role": name }, value));
}
