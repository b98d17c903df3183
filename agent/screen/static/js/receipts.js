/** The last receipts: look at one, print its slip again, void it, take goods back. */

import { Unreachable } from "./api.js";
import { decimalOf } from "./entry.js";

const SHOWN = 20;

export const NO_RECEIPTS = {
  open: false,
  list: null,
  selected: null,
  detail: null,
  mode: "view",
  quantities: {},
  reason: null,
  busy: false,
  problem: null,
  outcome: null,
};

const CLEAN = { mode: "view", quantities: {}, reason: null, problem: null, outcome: null };

/** `cashierCode` is who signs; `newKey` makes the key of a refund or a reprint. */
export function createReceipts({ api, store, cashierCode, newKey }) {
  const receipts = () => store.get().receipts;
  const change = (patch) => store.change({ receipts: { ...receipts(), ...patch } });
  let unanswered = null;

  async function load() {
    try {
      const { receipts: list } = await api.get(`/v1/receipts?limit=${SHOWN}`);
      change({ list });
    } catch (error) {
      change({ problem: error });
    }
  }

  async function loadDetail(key) {
    try {
      const detail = await api.get(`/v1/receipts/${encodeURIComponent(key)}`);
      if (receipts().selected === key) change({ detail });
    } catch (error) {
      if (receipts().selected === key) change({ problem: error });
    }
  }

  /** Runs one manual operation; its outcome or problem is shown and the receipt is read anew. */
  async function operate(work, outcome) {
    const key = receipts().selected;
    change({ busy: true, problem: null, outcome: null });
    try {
      const answer = await work();
      if (receipts().selected === key) change({ ...CLEAN, outcome: outcome(answer) });
    } catch (error) {
      change({ problem: error });
    }
    change({ busy: false });
    await Promise.all([load(), key && receipts().selected === key && loadDetail(key)]);
  }

  const listed = () => receipts().list?.find((each) => each.key === receipts().selected);
  const slipPath = (work) => `/v1/slips/${encodeURIComponent(listed().slip.id)}/${work}`;

  /** Sends under a key that stays with its request until it is answered: after silence, the same again is no second. */
  async function once(request, send) {
    const mark = JSON.stringify(request);
    if (unanswered?.mark !== mark) unanswered = { mark, key: newKey() };
    try {
      const answer = await send(unanswered.key);
      unanswered = null;
      return answer;
    } catch (error) {
      if (!(error instanceof Unreachable)) unanswered = null;
      throw error;
    }
  }

  function refund() {
    const { selected, quantities } = receipts();
    const lines = Object.entries(quantities)
      .map(([id, quantity]) => ({ id, quantity: decimalOf(quantity) }))
      .filter(({ quantity }) => quantity !== null);
    const body = { original: { receipt_key: selected }, lines, cashier: cashierCode() };
    return once(body, (key) => api.put(`/v1/refunds/${encodeURIComponent(key)}`, body));
  }

  function reprint() {
    const path = slipPath("reprint");
    return once(path, (key) => api.post(path, { cashier: cashierCode() }, { headers: { "Idempotency-Key": key } }));
  }

  return {
    show() {
      change({ ...NO_RECEIPTS, open: true });
      return load();
    },
    hide: () => change({ ...NO_RECEIPTS }),
    select(key) {
      change({ ...CLEAN, selected: key, detail: null });
      return loadDetail(key);
    },
    setMode: (mode) => change({ ...CLEAN, mode }),
    setReason: (reason) => change({ reason, problem: null }),
    setQuantity: (line, quantity) =>
      change({ quantities: { ...receipts().quantities, [line]: quantity }, problem: null }),
    reprint: () => operate(reprint, () => ({ kind: "reprinted" })),
    discard: () =>
      operate(
        () => api.post(slipPath("discard"), { cashier: cashierCode() }),
        () => ({ kind: "discarded" }),
      ),
    voidReceipt() {
      const { selected, reason } = receipts();
      const path = `/v1/receipts/${encodeURIComponent(selected)}/void`;
      return operate(
        () => api.put(path, { cashier: cashierCode(), reason }),
        (answer) => ({ kind: "voided", answer }),
      );
    },
    refund: () => operate(refund, (answer) => ({ kind: "refunded", answer })),
    listed,
    changed: () => receipts().open && load(),
    slipChanged({ id, state }) {
      const list = receipts().list?.map((each) => (each.slip?.id === id ? { ...each, slip: { id, state } } : each));
      if (list) change({ list });
    },
  };
}
