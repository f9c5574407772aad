"""Forty checks of the running service from outside; docs/security.md is made from them."""
