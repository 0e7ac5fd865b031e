"""A second opinion: the same numbers counted again, slowly, from the definitions alone.

Nothing here imports the product. Authors are (source, author) pairs in exact sets, sums are
``math.fsum``, survival is exact fractions, and every figure is computed anew from plain lists.
"""

from tests.oracle.compare import differences, ledger_differences, redis_differences
from tests.oracle.recount import World, recount

__all__ = ["World", "differences", "ledger_differences", "recount", "redis_differences"]
