"""The kind of a sealed column, apart from `accounts.sealed`, so that models here may have one."""

from typing import Any

from django.db import models


class SealedField(models.BinaryField[Any, Any]):
    """A text under encryption at rest; `sealed.seal` and `sealed.reveal` are the only ways.

    Its row has a primary key before it is saved, which is part of what is authenticated.
    """
