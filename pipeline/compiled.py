"""Compiles the few loops that look at every byte of every record to machine code (Numba, LLVM).

They stay Python: tests run the very functions without compilation, and hold them to the obvious way
of doing the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., Any])


def entry(signature: str) -> Callable[[Function], Function]:
    """Compile a function for one signature, as its module is imported.

    At once, because a worker that compiled at its first records would stand still for seconds. The
    machine code is kept beside the module, or in the user's cache where that cannot be written;
    where neither can, it is made at every start. It is made anew when *this* module's file changes:
    whatever the function calls must stand in the same file.

    The interpreter's lock is let go of meanwhile: the client's thread goes on.
    """

    def compile_now(function: Function) -> Function:
        try:
            compiled = numba.njit(signature, nogil=True, cache=True)(function)
        except RuntimeError as error:
            if "no locator available" not in str(error):
                raise
            compiled = numba.njit(signature, nogil=True)(function)
        return cast("Function", compiled)

    return compile_now


def inner(function: Function) -> Function:
    """Mark what compiled functions of the same file call; it is compiled with them."""
    return cast("Function", numba.njit(nogil=True, forceinline=True)(function))


PADDING = 16
"""Bytes that must follow a buffer's last one where :func:`eight` is used on it."""


def _eight(_context: Any, buffer: Any, at: Any) -> Any:
    """Return the eight bytes from a place on as a number, the first the lowest; unaligned."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(array.data, [arguments[1]])
        return builder.load(builder.bitcast(place, ir.IntType(64).as_pointer()), align=1)

    return types.uint64(buffer, at), generate


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


def _first_marked(_context: Any, mask: Any) -> Any:
    """Return the place of the lowest byte of a word that is not 0 whose high bit is set."""

    def generate(_: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        bits = builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))
        return builder.lshr(bits, ir.Constant(ir.IntType(64), 3))

    return types.intp(mask), generate


eight = cast("Callable[[Any, int], Any]", intrinsic(_eight))
borrowed = cast("Callable[[Any], Any]", intrinsic(_borrowed))
first_marked = cast("Callable[[Any], int]", intrinsic(_first_marked))
