/** Without a token the register answers nobody: how to get one, and where to put it. */

import { role } from "../dom.js";
import * as memory from "../memory.js";

export function setUpGate({ onToken }) {
  role("gate").addEventListener("submit", (event) => {
    event.preventDefault();
    const given = role("gate-token").value.trim();
    if (!given) return;
    role("gate-token").value = "";
    memory.token.write(given);
    onToken();
  });
}

export function drawGate({ gate, refused }) {
  role("gate").hidden = !gate;
  role("gate-refused").hidden = !refused;
}
