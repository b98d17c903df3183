"""Scanners: bytes → frames → classified scans."""
