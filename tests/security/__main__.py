"""Write docs/security.md from the checks: `python -m tests.security`."""

from tests.security import checks

checks.path().write_text(checks.table())
