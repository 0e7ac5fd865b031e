"""Compiles the few loops that look at every byte of every record to machine code (Numba, LLVM).

What is compiled stays Python, a subset of it: numbers and arrays, no objects. Machine code that was
kept is made anew when its file has changed, this one, or what the file takes from elsewhere:
constants, and functions that are :func:`inner`, with all that theirs take.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.caching import (
    InTreeCacheLocator,
    UserProvidedCacheLocator,
    UserWideCacheLocator,
)
from numba.core.dispatcher import Dispatcher
from numba.extending import intrinsic
from numba.np.arrayobj import load_item

Function = TypeVar("Function", bound=Callable[..., Any])


class _Stamped:
    """Finds machine code again only where all is the same that it was made of.

    Numba itself looks at the file alone.
    """

    def __init__(self, function: Any, file: str) -> None:
        super().__init__(function, file)  # type: ignore[call-arg]  # a locator's, which comes next
        self._taken = _taken_by(function)

    def get_source_stamp(self) -> Any:
        """Return what kept machine code must have been made of."""
        file = super().get_source_stamp()  # type: ignore[misc]  # as above
        return file, self._taken, Path(__file__).read_bytes()


def _taken_by(function: Any) -> list[Any]:
    """Return the constants around a function, and the files of inner functions from elsewhere."""
    taken: list[Any] = []
    for name, value in function.__globals__.items():
        if isinstance(value, np.ndarray):
            taken.append((name, value.tobytes()))
        elif isinstance(value, int | float | np.generic):
            taken.append((name, value))
        elif isinstance(value, Dispatcher):
            called = value.py_func
            if called.__globals__ is not function.__globals__:
                file = Path(called.__code__.co_filename)
                taken.append((name, file.read_bytes(), _taken_by(called)))
    return taken


class Beside(_Stamped, InTreeCacheLocator):  # type: ignore[misc]  # Numba ships no types
    """Keeps machine code beside its module, and finds it there also where nothing can be written.

    Numba itself looks only into folders that it may write to, and an image is read-only.
    """

    @classmethod
    def from_function(cls, function: Any, file: str) -> Self | None:
        """Return where to look; None where nothing is kept and nothing can be."""
        locator = cls(function, file)
        kept = Path(locator.get_cache_path())
        try:
            kept.mkdir(exist_ok=True)
        except OSError:
            return None
        found = any(kept.glob(f"{Path(file).stem}.{function.__qualname__}-*.nbi"))
        return locator if found or os.access(kept, os.W_OK) else None


class Given(_Stamped, UserProvidedCacheLocator):  # type: ignore[misc]  # as above
    """Keeps it in the folder that ``NUMBA_CACHE_DIR`` names, if it names one."""


class AtHome(_Stamped, UserWideCacheLocator):  # type: ignore[misc]  # as above
    """Keeps it in the user's own folder for such things."""


numba.config.CACHE_LOCATOR_CLASSES = ",".join(
    f"{locator.__module__}.{locator.__name__}" for locator in (Given, Beside, AtHome)
)


def entry(signature: str) -> Callable[[Function], Function]:
    """Compile a function for one signature, as its module is imported.

    At once, because a worker that compiled at its first records would stand still for seconds.
    Whoever installs this imports :mod:`pipeline.app` and :mod:`pipeline.replay` once; where the
    machine code can be kept nowhere, or was made for another processor, it is made at every start.

    The interpreter's lock is let go of meanwhile: the client's thread goes on.
    """

    def compile_now(function: Function) -> Function:
        try:
            compiled = numba.njit(signature, nogil=True, cache=True)(function)
        except Exception:  # noqa: BLE001 - a damaged file may say anything
            # It cannot be kept, or what was kept is damaged. What else is wrong is so once more.
            compiled = numba.njit(signature, nogil=True)(function)
        return cast("Function", compiled)

    return compile_now


def inner(function: Function) -> Function:
    """Mark what compiled functions call; it is compiled into them."""
    return cast("Function", numba.njit(nogil=True, forceinline=True)(function))


PADDING = 32
"""Bytes that must follow a buffer's last one where :func:`eight` or :func:`unusual` reads it."""

WIDE = 32
"""How many bytes :func:`unusual` looks at."""


def _item(_context: Any, array: Any, place: Any) -> Any:
    """Return an item of an array, at a place that does not count from its end.

    An index may, which Python looks at each time.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return load_item(context, builder, signature.args[0], builder.gep(data, [arguments[1]]))

    return array.dtype(array, place), generate


def _eight(_context: Any, buffer: Any, at: Any) -> Any:
    """Return the eight bytes from a place on as a number, the first the lowest; unaligned."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(array.data, [arguments[1]])
        return builder.load(builder.bitcast(place, ir.IntType(64).as_pointer()), align=1)

    return types.uint64(buffer, at), generate


def _put_eight(_context: Any, buffer: Any, at: Any, word: Any) -> Any:
    """Write a number to the eight bytes from a place on, the reverse of :func:`eight`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(array.data, [arguments[1]])
        builder.store(arguments[2], builder.bitcast(place, ir.IntType(64).as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(buffer, at, word), generate


def _borrowed(_context: Any, array: Any) -> Any:
    """Return an array without a count of references, which the caller must keep alive meanwhile.

    Counting them at each call of an inner function took three quarters of the time.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        same = context.make_array(signature.args[0])(context, builder, arguments[0])
        same.meminfo = ir.Constant(same.meminfo.type, None)
        same.parent = ir.Constant(same.parent.type, None)
        return same._getvalue()  # noqa: SLF001 - so all of Numba's own intrinsics end

    return array(array), generate


def _unusual(_context: Any, buffer: Any, at: Any) -> Any:
    """Return a bit for each of the :data:`WIDE` bytes from a place on, the first's the lowest.

    It is set where a JSON string does not simply go on: at a quote, a backslash, a control
    character, and what is not ASCII. Processors compare that many bytes at once.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        several = ir.VectorType(ir.IntType(8), WIDE)
        place = builder.bitcast(builder.gep(array.data, [arguments[1]]), several.as_pointer())
        read = builder.load(place, align=1)
        quote, backslash, space = (ir.Constant(several, [ord(c)] * WIDE) for c in '"\\ ')
        # As a number with a sign, what is not ASCII is below zero.
        found = builder.icmp_signed("<", read, space)
        for character in (quote, backslash):
            found = builder.or_(found, builder.icmp_unsigned("==", read, character))
        return builder.zext(builder.bitcast(found, ir.IntType(WIDE)), ir.IntType(64))

    return types.uint64(buffer, at), generate


def _lowest(_context: Any, bits: Any) -> Any:
    """Return the place of the lowest bit that is set; 64 where none is."""

    def generate(_: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.intp(bits), generate


def _first_marked(_context: Any, mask: Any) -> Any:
    """Return the place of the lowest byte of a word whose high bit is set; 8 where none is."""

    def generate(_: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        bits = builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))
        return builder.lshr(bits, ir.Constant(ir.IntType(64), 3))

    return types.intp(mask), generate


item = cast("Callable[[Any, Any], Any]", intrinsic(_item))
eight = cast("Callable[[Any, Any], Any]", intrinsic(_eight))
put_eight = cast("Callable[[Any, int, Any], None]", intrinsic(_put_eight))
borrowed = cast("Callable[[Any], Any]", intrinsic(_borrowed))
unusual = cast("Callable[[Any, int], Any]", intrinsic(_unusual))
lowest = cast("Callable[[Any], int]", intrinsic(_lowest))
first_marked = cast("Callable[[Any], int]", intrinsic(_first_marked))
