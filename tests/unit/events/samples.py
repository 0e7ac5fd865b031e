"""A valid mention, variations of it, and values that are no event, each with its reason."""

from __future__ import annotations

from pipeline.events.contracts import MAX_RECORD_BYTES

A = b'{"id":"a","brand":"b","author":"c","occurred_at":"2026-03-01T12:00:00Z","source":"d"}'
NESTED = b"[" * 100_000 + b"]" * 100_000


def with_field(field: bytes, value: bytes) -> bytes:
    """Return a mention with one field more, or given a second time (the last counts)."""
    return A[:-1] + b',"' + field + b'":' + value + b"}"


def at(text: str) -> bytes:
    return with_field(b"occurred_at", text.encode())


REASONS: list[tuple[bytes | None, str, str]] = [
    (None, "tombstone", "no value"),
    (b"", "not_json", "truncated"),
    (b" ", "not_json", "truncated"),
    (A[:-1], "not_json", "truncated"),
    (A + A, "not_json", "trailing"),
    (A + b"," + A, "not_json", "trailing"),
    (b"\xef\xbb\xbf" + A, "not_json", "byte 0"),
    (A.decode().encode("utf-16"), "invalid_utf8", "0xff"),
    (b"\x00" + A, "not_json", "byte 0"),
    (with_field(b"sentiment", b"NaN"), "not_json", "invalid"),
    (with_field(b"sentiment", b"-Infinity"), "not_json", "invalid"),
    (with_field(b"text", b'"a\nb"'), "not_json", "invalid"),
    (with_field(b"text", b"'a'"), "not_json", "invalid"),
    (A[:-1] + b",}", "not_json", "trailing comma"),
    (with_field(b"text", b'"\xff"'), "invalid_utf8", "0xff"),
    (with_field(b"text", b'"\xed\xa0\x80"'), "invalid_utf8", "0xed"),
    (with_field(b"te\xff", b'"a"'), "invalid_utf8", "0xff"),
    (with_field(b"text", b'"\\ud800"'), "invalid_utf8", "surrogate"),
    (with_field(b"text", b'"\\udc00 and more text"'), "invalid_utf8", "surrogate"),
    (with_field(b"text", b'"\\ud83dx\\ude00"'), "invalid_utf8", "surrogate"),
    (with_field(b"text", b'"\\ud8"'), "not_json", ""),
    (A.ljust(MAX_RECORD_BYTES + 1), "too_large", "65537 bytes"),
    (with_field(b"text", NESTED), "too_large", ""),
    (NESTED[:30_000], "too_deep", "4 levels"),
    (with_field(b"text", b"[[[[]]]]"), "too_deep", "4 levels"),
    (with_field(b"x", b'{"a":{"a":{"a":{}}}}'), "too_deep", "4 levels"),
    (with_field(b"text", b"[[[]]]"), "wrong_type", "$.text"),
    (with_field(b"text", b'["[[[[[[ \\" [[[["]'), "wrong_type", "$.text"),
    (b"[]", "wrong_type", "$: "),
    (b"null", "wrong_type", "$: "),
    (b'"text"', "wrong_type", "$: "),
    (b"17", "wrong_type", "$: "),
    (b"[" + A + b"]", "wrong_type", "$: "),
    (b"{}", "missing_field", "$.id"),
    (A.replace(b'"author":"c",', b""), "missing_field", "$.author"),
    (with_field(b"extra", b"1"), "unknown_field", "$.extra"),
    (with_field(b"Text", b'"a"'), "unknown_field", "$.Text"),
    (with_field(b"", b'"a"'), "unknown_field", "$."),
    (with_field(b"a\\nb", b'"a"'), "unknown_field", "$.a b"),
    (with_field(b"x - at `$.y", b'"a"'), "unknown_field", "$.x - at `$.y"),
    (with_field(b"x" * 9_000, b"1"), "unknown_field", "$.xxx"),
    (with_field(b"id", b"1"), "wrong_type", "$.id"),
    (with_field(b"op", b"null"), "wrong_type", "$.op"),
    (with_field(b"likes", b"1.5"), "wrong_type", "$.likes"),
    (with_field(b"likes", b"true"), "wrong_type", "$.likes"),
    (with_field(b"occurred_at", b"1772366400"), "wrong_type", "$.occurred_at"),
    (with_field(b"likes", b"-1"), "invalid_value", "$.likes"),
    (with_field(b"likes", b"9007199254740992"), "invalid_value", "$.likes"),
    (with_field(b"likes", b"1" * 5_000), "invalid_value", "$.likes"),
    (with_field(b"likes", b"-7.0"), "invalid_value", "$.likes"),
    (with_field(b"sentiment", b"1.01"), "invalid_value", "$.sentiment"),
    (with_field(b"sentiment", b"1e999"), "invalid_value", "$.sentiment"),
    (with_field(b"sentiment", b"1" * 400), "invalid_value", "$.sentiment"),
    (with_field(b"op", b'"erase"'), "invalid_value", "$.op"),
    (with_field(b"id", b'"' + b"x" * 513 + b'"'), "invalid_value", "$.id"),
    (with_field(b"id", '"{}"'.format("ä" * 257).encode()), "invalid_value", "$.id"),
    (with_field(b"text", '"{}"'.format("ä" * 16_385).encode()), "invalid_value", "$.text"),
    (with_field(b"source", b'"a\\u0000b"'), "invalid_value", "$.source"),
    (with_field(b"id", b'""'), "empty_field", "$.id"),
    (with_field(b"brand", b'""'), "empty_field", "$.brand"),
    (with_field(b"author", b'""'), "empty_field", "$.author"),
    (at('""'), "empty_field", "$.occurred_at"),
    (at('"yesterday"'), "bad_timestamp", "$.occurred_at"),
    (at('"2026-03-01T12:00:00"'), "bad_timestamp", "$.occurred_at"),
    (at('"2026-03-01T12:00:00+02:00"'), "bad_timestamp", "not in UTC"),
    (at('"1970-01-21T12:00:00Z"'), "bad_timestamp", "before 2000"),
    (at('"2026-03-01 12:00:00Z"'), "bad_timestamp", "RFC 3339"),
    (at('"2026-03-01T12:00:00.5+0000"'), "bad_timestamp", "RFC 3339"),
    (at('"2026-03-01\\u002012:00:00Z"'), "bad_timestamp", "RFC 3339"),
    (at('"2026-03-0\\u0031 12:00:00Z"'), "bad_timestamp", "RFC 3339"),
    (at('"2026-03-01T12:00:00-\\u003000\\u0030"'), "bad_timestamp", "RFC 3339"),
    (with_field(b"received_at", b'"2026-03-01 12:00:00Z"'), "bad_timestamp", "$.received_at"),
]
