"""What `${…}` in a Flow JSON stands for, on the screen that a person looks at."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# A whole value, as everywhere but in a nested expression: those are not played.
_REFERENCE = re.compile(r"\$\{([^{}]+)\}")
# Told apart from None and from an empty text, which are values.
_ABSENT = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The values in reach: of this screen, and under `screens` of those gone through before."""

    data: Mapping[str, Any]
    form: Mapping[str, Any]
    screens: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def fill(self, value: Any) -> Any:
        """Return a JSON value with its references filled in; what refers to nothing is left out.

        A value that is itself a reference to nothing becomes None.
        """
        filled = self._fill(value)
        return None if filled is _ABSENT else filled

    def _fill(self, value: Any) -> Any:
        match value:
            case str():
                found = _REFERENCE.fullmatch(value)
                return self._value(found[1].split(".")) if found else value
            case Mapping():
                filled = {key: self._fill(item) for key, item in value.items()}
                return {key: item for key, item in filled.items() if item is not _ABSENT}
            case list():
                return [item for item in map(self._fill, value) if item is not _ABSENT]
        return value

    def _value(self, path: list[str]) -> Any:
        match path:
            case ["data", *keys]:
                return _at(self.data, keys)
            case ["form", *keys]:
                return _at(self.form, keys)
            case ["screen", screen, *keys]:
                return _at(self.screens.get(screen, {}), keys)
        return _ABSENT


def _at(value: Any, keys: list[str]) -> Any:
    for key in keys:
        if not isinstance(value, Mapping) or key not in value:
            return _ABSENT
        value = value[key]
    return value
