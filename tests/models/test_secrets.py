"""Secrets have a form that typos and scanners are told by."""

import re
import zlib

from hypothesis import given
from hypothesis import strategies as st

from models.secrets import BASE62, BODY_LENGTH, checksum, hashed, is_api_key, new_api_key, new_session_token


def test_keys_are_recognized_and_never_repeat():
    keys = [new_api_key() for _ in range(200)]
    assert len(set(keys)) == 200
    assert all(is_api_key(key) and re.fullmatch(r"wk_live_[0-9A-Za-z]{38}", key) for key in keys)
    assert new_session_token() != new_session_token()


@given(st.integers(0, 37), st.sampled_from(BASE62))
def test_any_single_typo_is_found(place, letter):
    key = new_api_key()
    at = len("wk_live_") + place
    typo = key[:at] + letter + key[at + 1 :]
    assert is_api_key(typo) == (typo == key)


@given(st.text(BASE62, min_size=BODY_LENGTH, max_size=BODY_LENGTH))
def test_the_checksum_is_crc32_in_base62(body):
    value = 0
    for digit in checksum(body):
        value = value * 62 + BASE62.index(digit)
    assert value == zlib.crc32(body.encode())


def test_the_hash_is_not_the_secret():
    assert hashed("wks_x") != "wks_x" and len(hashed("wks_x")) == 64
