"""Devices: transports, scanners, printers, and their virtual twins. Knows nothing of loyalty.

| layer                               | duty                                           | never                    |
| ----------------------------------- | ---------------------------------------------- | ------------------------ |
| `transports`, `network`, `loopback` | bytes within a deadline; a lost port is said   | interprets a byte        |
| `port_finder`                       | which port is the device, and who holds it     | opens a port             |
| `scanners.framer`                   | bytes and quiet → frames                       | decides what one means   |
| `scanners.classifier`               | a frame → a `Scan` with its verdict            | reads a port or a clock  |
| `printers.status`, `inquiry`        | the one reader of a printer's replies          | takes silence for fine   |
| `printers.session`                  | one job → an outcome with its evidence         | sends a job twice        |
| `*.device`                          | one device as `step(now)`                      | retries, starts threads  |
| `worker`                            | the thread, back-off and state of a device     | knows what the device is |
| `virtual`                           | the twins: real pseudo-terminal, real TCP peer | cheats past the bytes    |
"""
