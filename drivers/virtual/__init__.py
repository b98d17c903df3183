"""Virtual twins of devices: a real pseudo-terminal, a real TCP peer, the bytes a device would see."""
