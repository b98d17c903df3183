"""A slow, plain reading of a programme, to check the compiled engine against.

It works on the JSON documents with fractions, knows no index and no closures, and imports nothing of `loyalty`.
"""

from datetime import date, datetime, timedelta
from fractions import Fraction
from math import ceil, floor

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def interpret(programme, basket, facts, now, zone):
    """The result of a quote as a dict: what a customer pays, earns and spends, and why not."""
    return Interpreter(programme, basket, facts, now, zone).result()


class Interpreter:
    def __init__(self, programme, basket, facts, now, zone):
        self.programme = programme
        self.basket = basket
        self.facts = facts
        self.local = now.astimezone(zone)
        self.now = now
        self.zone = zone
        starts = programme["business_day_starts"]
        early = self.local.strftime("%H:%M") < starts
        self.day = self.local.date() - timedelta(days=1 if early else 0)
        member = facts.get("member")
        self.blocked = bool(member) and member.get("status") == "blocked"
        self.member = None if self.blocked else member
        self.lines = basket["lines"]
        self.shelf = [self.line_total(line) for line in self.lines]
        self.running = list(self.shelf)
        self.spent = [0] * len(self.lines)
        self.effects = [[] for _ in self.lines]
        self.reasons = {}

    # Goods

    def line_total(self, line):
        if line.get("total") is not None:
            return int(Fraction(line["total"]) * 100)
        return half_up(Fraction(line["price"]) * Fraction(line["quantity"]) * 100)

    def negative(self, at):
        return self.shelf[at] < 0 or Fraction(self.lines[at]["quantity"]) < 0

    def in_group(self, line, group):
        if isinstance(group, str):
            return self.in_group(line, self.programme["groups"][group])
        ((name, value),) = group.items()
        if name == "sku":
            return line["sku"] in value
        if name == "category":
            levels = (line.get("category") or "").split("/")
            return levels[: len(value.split("/"))] == value.split("/")
        if name == "kind":
            return line.get("kind", "goods") in value
        if name == "attribute":
            given = line.get("attributes", {})
            return all(key in given and repr(given[key]) == repr(wanted) for key, wanted in value.items())
        if name == "price":
            price = Fraction(line["price"])
            return price >= Fraction(value.get("at_least", "0")) and (
                "below" not in value or price < Fraction(value["below"])
            )
        if name == "group":
            return self.in_group(line, value)
        if name == "not":
            return not self.in_group(line, value)
        results = [self.in_group(line, part) for part in value]
        return all(results) if name == "all" else any(results)

    def names_kind(self, group):
        if isinstance(group, str):
            return self.names_kind(self.programme["groups"][group])
        ((name, value),) = group.items()
        if name in ("kind", "group", "not"):
            return name == "kind" or self.names_kind(value)
        return name in ("all", "any") and any(self.names_kind(part) for part in value)

    def goods(self, reward, *, delivery=False):
        group = reward.get("on", {}).get("group")
        found = []
        for at, line in enumerate(self.lines):
            kind = line.get("kind", "goods")
            seen = kind == "goods" or (delivery and kind == "delivery")
            if group is not None:
                seen = (seen or self.names_kind(group)) and self.in_group(line, group)
            if seen:
                found.append(at)
        return found

    def denied(self, at, action):
        return any(
            action in rule["deny"] and self.in_group(self.lines[at], rule["group"])
            for rule in self.programme.get("exclusions", [])
        )

    def allowed(self, goods, action):
        return [at for at in goods if not self.negative(at) and not self.denied(at, action)]

    # Conditions

    def unmet(self, condition):
        """None, or the reason why not."""
        ((name, value),) = condition.items()
        if name == "all":
            return next((why for part in value if (why := self.unmet(part))), None)
        if name == "any":
            reasons = [self.unmet(part) for part in value]
            return None if None in reasons else reasons[0]
        if name == "not":
            return None if self.unmet(value) else "ruled_out"
        if name == "window":
            return None if self.is_open(value) else "outside_window"
        if name == "weekdays":
            return None if DAYS[self.day.weekday()] in value else "outside_window"
        if name == "hours":
            at, starts, ends = self.local.strftime("%H:%M"), value["from"], value["to"]
            inside = starts <= at < ends if starts < ends else at >= starts or at < ends
            return None if inside else "outside_window"
        if name == "card" and value == "not_shown":
            return "card_shown" if self.member else None
        if self.member is None:
            return "card_blocked" if self.blocked else "needs_card"
        return None if name == "card" or self.member.get("tier") in value else "tier"

    def is_open(self, window):
        starts, until = window.get("from"), window.get("until")
        return (starts is None or self.reached(starts)) and (
            until is None or (self.day <= date.fromisoformat(until) if "T" not in until else not self.reached(until))
        )

    def reached(self, bound):
        if "T" not in bound:
            return self.day >= date.fromisoformat(bound)
        return self.now >= datetime.fromisoformat(bound).replace(tzinfo=self.zone)

    def why_not(self, promotion):
        if "valid" in promotion and not self.is_open(promotion["valid"]):
            return "outside_window"
        return self.unmet(promotion["when"]) if "when" in promotion else None

    # Money

    def rounded(self, value):
        mode = self.programme.get("rounding", {}).get("mode", "half_up")
        return {"half_up": half_up, "half_even": round, "down": floor, "up": ceil}[mode](value)

    def owed_back(self):
        return -sum(self.shelf[at] for at in range(len(self.lines)) if self.negative(at))

    def usable(self, goods):
        return max(0, sum(self.running[at] for at in goods) - self.owed_back())

    def spread(self, amount, goods, weights):
        whole = sum(weights)
        if not whole:
            return dict.fromkeys(goods, 0)
        exact = {at: Fraction(amount * weight, whole) for at, weight in zip(goods, weights, strict=True)}
        shares = {at: floor(share) for at, share in exact.items()}
        odd = amount - sum(shares.values())
        for at in sorted(goods, key=lambda at: (shares[at] - exact[at], *self.rank(at)))[:odd]:
            shares[at] += 1
        return shares

    def rank(self, at):
        line = self.lines[at]
        return (
            -Fraction(line["price"]),
            line["sku"],
            line.get("kind", "goods"),
            line.get("category") or "",
            -Fraction(line["quantity"]),
            -self.shelf[at],
            repr(line.get("attributes", {})),
            at,
        )

    def result(self):
        ordered = sorted(self.programme.get("promotions", []), key=lambda p: (-p.get("priority", 0), p["id"]))
        for layer in ("line", "basket"):
            for promotion in ordered:
                for reward in promotion["rewards"]:
                    if reward["kind"] == "percent" and self.layer(promotion, reward) == layer:
                        self.discount(promotion, reward)
        redemption = self.redemptions()
        accrual = self.accruals(ordered)
        return {
            "lines": [
                {
                    "effects": [{"promotion": name, "discount": text(off)} for name, off in self.effects[at]],
                    "points_spent": text(self.spent[at]),
                    "total": text(self.running[at]),
                }
                for at in range(len(self.lines))
            ],
            "to_pay": text(sum(self.running)),
            "redemption": redemption,
            "accrual": accrual,
            "counted": text(self.counted()),
            "reasons": {promotion["id"]: self.reason(promotion) for promotion in ordered},
        }

    def layer(self, promotion, reward):
        return promotion.get("layer") or ("basket" if reward.get("per") == "receipt" else "line")

    def discount(self, promotion, reward):
        if self.why_not(promotion):
            return
        goods = self.allowed(self.goods(reward), "discount")
        percent = Fraction(reward["percent"]) / 100
        base = self.shelf if reward.get("base") == "original" else self.running
        per_receipt = reward.get("per", "receipt" if self.layer(promotion, reward) == "basket" else "line") == "receipt"
        if per_receipt:
            eligible = max(0, sum(base[at] for at in goods) - self.owed_back())
            off = min(self.rounded(eligible * percent), self.usable(goods))
            cuts = self.spread(off, goods, [self.running[at] for at in goods])
        else:
            cuts = {at: min(self.running[at], self.rounded(base[at] * percent)) for at in goods}
            room = max(0, sum(self.running))
            if sum(cuts.values()) > room:
                cuts = self.spread(room, list(cuts), list(cuts.values()))
        for at, off in cuts.items():
            if off:
                self.running[at] -= off
                self.add_effect(at, promotion["id"], off)
                self.reasons[promotion["id"]] = None

    def add_effect(self, at, name, off):
        for number, (known, before) in enumerate(self.effects[at]):
            if known == name:
                self.effects[at][number] = (name, before + off)
                return
        self.effects[at].append((name, off))

    # Points

    def wallet(self, name):
        return next(wallet for wallet in self.programme["wallets"] if wallet["id"] == name)

    def smallest(self, name, number):
        return int(Fraction(number) * 10 ** self.wallet(name).get("exponent", 0))

    def redemptions(self):
        rules = self.programme.get("redemption")
        asked = self.basket.get("redeem", {})
        if rules is None:
            return {}
        if self.member is None:
            nothing = {"allowed": 0, "decided_by": "card_blocked" if self.blocked else "needs_card", "lots": []}
            return {name: nothing for name in rules["wallets"] if name in asked}
        goods = self.allowed(self.goods({}), "redeem")
        total = self.usable(goods)
        left = floor(total * Fraction(rules.get("cap_percent", "100")) / 100)
        found = {}
        for name in rules["wallets"]:
            bounds = self.bounds(name, rules, left, total)
            found[name], money = self.redeem(name, rules, asked.get(name, "0"), bounds)
            shares = self.spread(money, goods, [self.running[at] for at in goods])
            for at, share in shares.items():
                self.running[at] -= share
                self.spent[at] += share
            left -= money
        return found

    def spendable(self, name):
        lots = self.facts.get("wallets", {}).get(name, {}).get("lots", [])
        day = self.day.isoformat()
        live = [lot for lot in lots if lot["active_from"] <= day <= (lot["expires_on"] or "9999-12-31")]
        return sorted(live, key=lambda lot: (lot["expires_on"] or "9999-12-31", lot["active_from"], lot["lot"]))

    def worth(self, name):
        rate = self.wallet(name)["rate"]
        return Fraction(rate["money"]) * 100 / self.smallest(name, rate["points"])

    def bounds(self, name, rules, left, total):
        debt = self.smallest(name, self.facts["wallets"].get(name, {}).get("debt", "0"))
        balance = max(0, sum(self.smallest(name, lot["points"]) for lot in self.spendable(name)) - debt)
        bounds = [
            ("balance", balance),
            ("cap" if "cap_percent" in rules else "receipt", floor(left / self.worth(name))),
        ]
        if name in self.facts.get("authority", {}):
            bounds.append(("authority", self.smallest(name, self.facts["authority"][name]["points"])))
        minimum = rules.get("minimum", {})
        if balance < self.smallest(name, minimum.get("balance", "0")):
            bounds.append(("minimum_balance", 0))
        if total < Fraction(minimum.get("receipt", "0")) * 100:
            bounds.append(("minimum_receipt", 0))
        return bounds

    def redeem(self, name, rules, asked, bounds):
        decided_by, most = min(bounds, key=lambda bound: bound[1])
        if asked != "max" and self.smallest(name, asked) <= most:
            decided_by, most = "asked", self.smallest(name, asked)
        step = self.smallest(name, rules["step"])
        allowed = most // step * step
        if most and allowed < self.smallest(name, rules.get("minimum", {}).get("points", "0")):
            allowed, decided_by = 0, "minimum"
        uses, missing = [], allowed
        for lot in self.spendable(name):
            part = min(missing, self.smallest(name, lot["points"]))
            if part:
                uses.append([lot["lot"], part])
                missing -= part
        return {"allowed": allowed, "decided_by": decided_by, "lots": uses}, int(allowed * self.worth(name))

    def earning(self, reward):
        """The money of each line that earns."""
        rules = self.programme.get("earning_base", {})
        delivery = rules.get("delivery", False)
        goods = [
            at for at in self.goods(reward, delivery=delivery) if delivery or self.lines[at].get("kind") != "delivery"
        ]
        bases = {}
        for at in self.allowed(goods, "earn"):
            base = self.shelf[at]
            if rules.get("discounts", "subtract") == "subtract":
                base -= sum(off for _, off in self.effects[at])
            if rules.get("own_points", "subtract") == "subtract":
                base -= self.spent[at]
            bases[at] = max(0, base)
        back = -sum(self.shelf[at] for at in goods if self.negative(at) and not self.denied(at, "earn"))
        if back:
            return self.spread(max(0, sum(bases.values()) - back), list(bases), list(bases.values()))
        return bases

    def accruals(self, ordered):
        found = {}
        for promotion in ordered:
            for reward in promotion["rewards"]:
                if reward["kind"] != "points" or self.member is None or self.why_not(promotion):
                    continue
                bases = self.earning(reward)
                points = self.points(reward, bases)
                if points:
                    self.reasons[promotion["id"]] = None
                    earned = found.setdefault(reward["wallet"], {"points": 0, "bases": {}})
                    earned["points"] += points
                    earned["bases"] |= bases
        return {
            name: {
                "points": earned["points"],
                "base": text(sum(earned["bases"].values())),
                **self.dates(self.wallet(name)),
            }
            for name, earned in found.items()
        }

    def points(self, reward, bases):
        rate = Fraction(self.smallest(reward["wallet"], reward["points"]))
        step = Fraction(reward["per_money"]) * 100
        parts = list(bases.values()) if reward.get("place") == "line" else [sum(bases.values())]
        if reward.get("whole_steps"):
            return sum(int(floor(part / step) * rate) for part in parts)
        mode = {"down": floor, "nearest": half_up, "up": ceil}[reward.get("round", "down")]
        return sum(mode(part * rate / step) for part in parts)

    def dates(self, wallet):
        active = self.day + timedelta(days=wallet.get("activation", {}).get("days", 0))
        expiry = wallet.get("expiry") or {"kind": "none"}
        if expiry["kind"] == "none":
            return {"active_from": active.isoformat(), "expires_on": None}
        start = active if expiry.get("from") == "activation" else self.day
        return {
            "active_from": active.isoformat(),
            "expires_on": (start + timedelta(days=expiry["days"])).isoformat(),
        }

    def counted(self):
        if self.member is None:
            return 0
        goods = [at for at in self.goods({}) if not self.denied(at, "earn")]
        back = -sum(self.shelf[at] for at in goods if self.negative(at))
        return max(0, sum(self.running[at] for at in goods if not self.negative(at)) - back)

    def reason(self, promotion):
        """None where the promotion applied, else the one reason why not."""
        if promotion["id"] in self.reasons:
            return None
        if why := self.why_not(promotion):
            return why
        reward = promotion["rewards"][0]
        if reward["kind"] == "points" and self.member is None:
            return "card_blocked" if self.blocked else "needs_card"
        goods = self.goods(reward)
        if all(self.negative(at) for at in goods):
            return "no_goods"
        allowed = self.allowed(goods, "earn" if reward["kind"] == "points" else "discount")
        return "no_effect" if allowed else "excluded_goods"


def half_up(value):
    return floor(abs(value) + Fraction(1, 2)) * (-1 if value < 0 else 1)


def text(minor):
    sign, minor = ("-" if minor < 0 else ""), abs(minor)
    return f"{sign}{minor // 100}.{minor % 100:02}"
