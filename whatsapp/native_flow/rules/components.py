"""The limits of each component: its texts, and the options that it offers."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from whatsapp.messages import limits
from whatsapp.native_flow.outline import Component, Outline, Screen
from whatsapp.native_flow.rules import references

_TEXTS: Mapping[str, Mapping[str, int]] = {
    "TextHeading": {"text": 80},
    "TextSubheading": {"text": 80},
    "TextBody": {"text": 4096},
    "TextCaption": {"text": 409},
    "TextInput": {"label": 20, "helper-text": 80, "error-message": 30},
    "TextArea": {"label": 20, "helper-text": 80},
    "RadioButtonsGroup": {"label": 30},
    "CheckboxGroup": {"label": 30},
    "Dropdown": {"label": 20},
    "Footer": {"label": 35, "left-caption": 15, "center-caption": 15, "right-caption": 15},
    "EmbeddedLink": {"text": 25},
    "OptIn": {"label": 120},
}
# Those whose limits are not checked here, and those that only hold others.
_OTHERS = {
    *("RichText", "Image", "ImageCarousel", "DatePicker", "CalendarPicker", "PhotoPicker"),
    *("DocumentPicker", "NavigationList", "ChipsSelector", "Form", "If", "Switch"),
}
_NEEDED = ("text", "label")
_NAMED = {"TextInput", "TextArea", "RadioButtonsGroup", "CheckboxGroup", "Dropdown", "OptIn"}
_OPTION = {"title": 30, "description": 300, "metadata": 20}
_IMAGE_BYTES = 100 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    most: int
    most_with_image: int


_OPTIONS = {
    "RadioButtonsGroup": _Options(most=20, most_with_image=20),
    "CheckboxGroup": _Options(most=20, most_with_image=20),
    "Dropdown": _Options(most=200, most_with_image=100),
}


def problems(flow: Outline) -> Iterator[str]:
    """Yield texts and options outside the limits; what is dynamic is judged by its example."""
    for screen in flow.screens:
        for component in screen.components:
            if component.type not in _TEXTS and component.type not in _OTHERS:
                yield f"{component.place}: there is no such component"
            if component.type in _NAMED and not isinstance(component.name, str):
                yield f"{component.place}: needs a name"
            yield from _wrong_texts(screen, component)
            if component.type in _OPTIONS:
                yield from _wrong_options(screen, component)


def _wrong_texts(screen: Screen, component: Component) -> Iterator[str]:
    for key, limit in _TEXTS.get(component.type, {}).items():
        value = _actual(screen, component.properties.get(key))
        if isinstance(value, list) and all(isinstance(line, str) for line in value):
            # Only where markdown is on, and then each is a paragraph.
            if component.properties.get("markdown") is not True:
                yield f"{component.place}.{key}: several lines need markdown"
            value = "\n".join(value)
        if value is None and key not in _NEEDED:
            continue
        yield from _wrong_text(value, f"{component.place}.{key}", limit)


def _wrong_options(screen: Screen, component: Component) -> Iterator[str]:
    place = f"{component.place}.data-source"
    options = _actual(screen, component.properties.get("data-source"))
    if not isinstance(options, list) or not all(isinstance(option, dict) for option in options):
        yield f"{place}: expected a list of options"
        return
    allowed = _OPTIONS[component.type]
    has_image = any("image" in option for option in options)
    most = allowed.most_with_image if has_image else allowed.most
    if not 1 <= len(options) <= most:
        yield f"{place}: {len(options)} options, from 1 to {most}"
    ids = [option.get("id") for option in options]
    if not all(isinstance(option_id, str) and option_id for option_id in ids):
        yield f"{place}: every option needs an id"
    elif len(set(ids)) < len(ids):
        yield f"{place}: two options have the same id"
    for number, option in enumerate(options):
        yield from _wrong_option(option, f"{place}[{number}]")


def _wrong_option(option: Mapping[str, object], place: str) -> Iterator[str]:
    for key, limit in _OPTION.items():
        if key == "title" or key in option:
            yield from _wrong_text(option.get(key), f"{place}.{key}", limit)
    if "image" in option and not _is_small_image(option["image"]):
        yield f"{place}.image: expected base64 of at most {_IMAGE_BYTES} bytes"


def _wrong_text(value: object, place: str, limit: int) -> Iterator[str]:
    if not isinstance(value, str) or not value.strip():
        yield f"{place}: expected a text that is not blank"
    elif limits.length(value) > limit:
        yield f"{place}: {limits.length(value)} characters, at most {limit}"


def _is_small_image(value: object) -> bool:
    try:
        image = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except ValueError:
        return False
    return 0 < len(image) <= _IMAGE_BYTES


def _actual(screen: Screen, value: object) -> object:
    target = references.whole(value)
    if target and target.startswith("data."):
        return screen.example(target.removeprefix("data."))
    return value
