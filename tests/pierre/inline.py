"""What no page of the service has in it: the policy lets no browser run it, or apply it."""

import re

from django.http.response import HttpResponseBase

_CODE = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*json)[^>]*>|<style|\sstyle=|\son\w+=\"")


def has_code(answer: HttpResponseBase) -> bool:
    """Tell whether an answer is a page with a script or a style written into it."""
    is_page = answer.get("Content-Type", "").startswith("text/html")
    return is_page and bool(_CODE.search(answer.text))  # type: ignore[attr-defined]
