"""Head office: the other end of the line. Not furnished yet; a register works without it."""
