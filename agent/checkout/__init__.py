"""The use cases at the counter: identify, quote, confirm, void, refund, reprint. Each tells its story at one height."""
