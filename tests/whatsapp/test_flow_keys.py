from pathlib import Path

import pytest
from pytest_django import Settings

from pierre.local import flow_key
from whatsapp import flow_keys
from whatsapp.native_flow.exceptions import UnusableKey


def test_the_keys_in_the_files_are_read(tmp_path: Path, settings: Settings) -> None:
    settings.WHATSAPP_FLOW_PRIVATE_KEYS = [str(flow_key.ensure(tmp_path))]
    assert flow_keys.are_configured()
    assert flow_keys.load().public_key_pem().startswith("-----BEGIN PUBLIC KEY-----")


@pytest.mark.parametrize("content", [None, b"", b"not a key", b"\xff\xfe"])
def test_a_file_that_holds_no_key_is_named_as_unusable(
    tmp_path: Path, settings: Settings, content: bytes | None
) -> None:
    path = tmp_path / "key.pem"
    if content is not None:
        path.write_bytes(content)
    settings.WHATSAPP_FLOW_PRIVATE_KEYS = [str(path)]
    with pytest.raises(UnusableKey, match="cannot be read"):
        flow_keys.load()


def test_without_keys_there_is_nothing_to_load(settings: Settings) -> None:
    settings.WHATSAPP_FLOW_PRIVATE_KEYS = []
    assert not flow_keys.are_configured()
    with pytest.raises(UnusableKey):
        flow_keys.load()
