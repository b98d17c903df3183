"""All real receipts through the API of a real register: each line is priced, or refused with a known code."""
