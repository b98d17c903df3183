"""A slip as a document, and its renderings: printer bytes, picture, text. Pure."""
