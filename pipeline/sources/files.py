"""Input files: plain, gzip-compressed (recognised by content, not by name) or standard input."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from pipeline.errors import Usage

STDIN = "-"
_GZIP_MAGIC = b"\x1f\x8b"
_MEND = "check the path and its permissions"


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Open a file for reading bytes, decompressed if it is gzip; ``-`` is standard input.

    Raises:
        Usage: The file cannot be opened or read, or its compression is damaged.
    """
    try:
        if path == STDIN:
            if sys.stdin is None:
                raise Usage("standard input is closed", "name a file, or redirect one")
            yield _decompressed(sys.stdin.buffer)
            return
        with Path(path).open("rb") as file:
            yield _decompressed(file)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Usage(f"{path} is damaged gzip: {error}", "fetch or compress it again") from error
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Usage(f"cannot read {path}: {error.strerror or error}", _MEND) from error


def _decompressed(file: BinaryIO) -> BinaryIO:
    buffered = file if hasattr(file, "peek") else io.BufferedReader(cast("io.RawIOBase", file))
    if buffered.peek(2)[:2] == _GZIP_MAGIC:
        return cast("BinaryIO", gzip.GzipFile(fileobj=buffered))
    return buffered
