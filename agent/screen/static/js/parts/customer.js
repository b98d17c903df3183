/** The customer at the till: who, what they have, what expires; or what was wrong with the scan. */

import { compare, isPositive } from "../decimal.js";
import { el, fill, icon, role, row, write } from "../dom.js";

const EXPIRING_SHOWN = 2;

export function setUpCustomer({ sale }) {
  role("card-remove").addEventListener("click", sale.dropCard);
  role("by-hand").addEventListener("submit", (event) => {
    event.preventDefault();
    const code = role("card-code").value.trim();
    if (!code) return;
    role("card-code").value = "";
    role("amount").focus();
    sale.identify(code);
  });
}

/** The balance large; what differs from it stands in the table beside. */
function walletBlock(wallet, name, words) {
  const number = words.format.number(wallet.balance);
  const attributes = { "data-role": "member-balance", "data-wallet": wallet.id, "data-value": wallet.balance };
  return el(
    "div",
    { class: "wallet" },
    name ? el("span", { class: "muted" }, name) : null,
    el("p", { class: "balance" }, el("b", attributes, number), ` ${words.say("points.unit", { count: wallet.balance })}`),
  );
}

function walletRows(wallet, words) {
  const { format } = words;
  const rows = [];
  const say = (name, label, points) => rows.push(row(label, format.number(points), name));
  if (compare(wallet.spendable, wallet.balance) !== 0) {
    say("member-spendable", words.say("customer.spendable"), wallet.spendable);
  }
  if (isPositive(wallet.pending)) say("member-pending", words.say("customer.pending"), wallet.pending);
  if (isPositive(wallet.debt)) say("member-debt", words.say("customer.debt"), wallet.debt);
  for (const { points, on } of (wallet.expiring ?? []).slice(0, EXPIRING_SHOWN)) {
    say("member-expiring", words.say("customer.expiring", { day: format.day(on) }), points);
  }
  return rows;
}

function tierRows(tier, currency, words) {
  if (!tier?.next || !tier.missing) return [];
  const label = words.say("customer.next_tier", { tier: words.named(tier.next_name, tier.next) });
  return [row(label, words.format.money(tier.missing, currency), "member-next-tier")];
}

function noticeText(notice, words) {
  if (notice.error) return notice.error.body ? notice.error.message : words.say("scan.no_answer");
  return words.sayOne("scan", notice.code, { masked: notice.masked });
}

function drawNotice({ scanNotice }, words) {
  const quiet = scanNotice?.code === "duplicate" || scanNotice?.code === "given_up";
  const strip = role("scan-notice");
  strip.className = `strip ${quiet ? "plain-strip" : "warn"}`;
  if (scanNotice) strip.dataset.code = scanNotice.code;
  fill(strip, scanNotice ? [icon(quiet ? "card" : "warn"), el("span", {}, noticeText(scanNotice, words))] : []);
}

function drawVerdict(verdict, words) {
  const node = role("scan-verdict");
  const known = verdict === "known";
  node.dataset.verdict = verdict;
  node.className = known ? "verdict" : "verdict strip warn";
  if (known) fill(node, []);
  else fill(node, [icon("card-off"), el("span", {}, words.sayOne("verdict", verdict))]);
}

function drawMember({ card, member, wallets, tier }, programme, words) {
  const found = card.verdict === "known" && member;
  write(role("member-name"), found ? member.name ?? card.masked : words.sayOne("verdict_title", card.verdict));
  write(role("member-tier"), found ? words.named(member.tier_name, member.tier) : "");
  write(role("member-card"), words.say("customer.card", { masked: card.masked }));
  drawVerdict(card.verdict, words);
  const shown = found ? wallets : [];
  write(role("member-no-balance"), found && !wallets.length ? words.say("customer.no_balance") : "");
  const nameOf = ({ id }) => programme?.wallets.find((wallet) => wallet.id === id)?.name ?? id;
  fill(role("member-wallets"), shown.map((each) => walletBlock(each, shown.length > 1 ? nameOf(each) : "", words)));
  fill(role("member-facts"), [
    ...shown.flatMap((each) => walletRows(each, words)),
    ...(found ? tierRows(tier, programme?.currency, words) : []),
  ]);
}

export function drawCustomer({ sale, known }, words) {
  const { customer, looking } = sale;
  drawNotice(sale, words);
  role("member").hidden = !customer;
  role("idle").hidden = Boolean(customer);
  role("by-hand").hidden = customer?.card.verdict === "known";
  if (customer) drawMember(customer, known.programme, words);
  write(role("idle-text"), looking ? words.say("customer.looking", { masked: looking.masked }) : words.say("customer.idle"));
}
