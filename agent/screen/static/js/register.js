/** Keeps the page's picture of the register true: live events in, the whole status once per change. */

import { listen } from "./events.js";

const STATUS_REST_MS = 250;

/** `start()` listens until `stop()`. What an event means for the sale or the list of receipts is theirs to say. */
export function createRegister({ api, store, sale, receipts, onUnauthorized }) {
  let timer = 0;
  let connection = null;

  async function readStatus() {
    clearTimeout(timer);
    timer = 0;
    try {
      const status = await api.get("/v1/status");
      // Who the register is and its currency stay true while nobody answers; its state does not.
      store.change({ status, known: { register: status.register, programme: status.programme } });
    } catch (error) {
      store.change({ status: null });
      console.warn("status:", error);
    }
  }

  /** A burst of events asks for the counters once. */
  function statusSoon() {
    if (!timer) timer = setTimeout(readStatus, STATUS_REST_MS);
  }

  function deviceChanged(device) {
    const { status } = store.get();
    if (!status) return;
    const known = status.devices.some((each) => each.name === device.name);
    const devices = known
      ? status.devices.map((each) => (each.name === device.name ? device : each))
      : [...status.devices, device];
    store.change({ status: { ...status, devices } });
  }

  const takers = {
    scan: sale.took,
    identified: sale.takeCard,
    device: deviceChanged,
    slip(slip) {
      sale.slipChanged(slip);
      receipts.slipChanged(slip);
      statusSoon();
    },
    receipt() {
      receipts.changed();
      statusSoon();
    },
  };

  return {
    start() {
      connection?.stop();
      connection = listen({
        open: (signal) => api.stream("/v1/events", signal),
        onEvent: (name, data) => takers[name]?.(data),
        async onUp() {
          store.change({ link: "up" });
          await readStatus();
          sale.reconnected();
        },
        onDown: () => store.change({ link: "down", status: null }),
        onUnauthorized,
      });
    },
    stop() {
      connection?.stop();
      clearTimeout(timer);
    },
  };
}
