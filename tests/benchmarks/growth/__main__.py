"""``make bench-growth``: how cost grows, each question a curve with a figure."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from pipeline.errors import InfluenceError, Usage
from tests.benchmarks import environments, machine, readme
from tests.benchmarks.drain import Failed
from tests.benchmarks.growth import inside, load
from tests.benchmarks.growth.curve import Measure
from tests.benchmarks.stand import Stand, say

RESULTS = environments.CACHE / "growth.json"

CURVES: dict[str, Measure] = {
    "brands": load.brands,
    "brands-beside-streams": load.brands_beside_streams,
    "hot-brand": load.hot_brand,
    "authors": load.authors,
    "workers": load.workers,
    "workers-apart": load.workers_apart,
    "recovery": load.recovery,
    "memory": load.memory,
    "lag": load.lag,
    "tick": inside.tick,
    "replay": inside.replayed,
}


def main() -> int:
    """Measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(prog="make bench-growth", description=__doc__)
    parser.add_argument(
        "--last", action="store_true", help="show the last results, measure nothing"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="of every load, to try it out")
    parser.add_argument("--only", default="", help=f"some of {','.join(CURVES)}")
    parser.add_argument("--json", action="store_true", help="print the figures on the last line")
    parser.add_argument("--readme", action="store_true", help="put the tables into the README")
    parser.add_argument("--edge", type=float, default=1.0, help="seconds cut off at both ends")
    options = parser.parse_args()
    wanted = [name for name in options.only.split(",") if name] or list(CURVES)
    try:
        if options.last:
            result = json.loads(RESULTS.read_text())
        else:
            result = _measure_all(wanted, options)
            RESULTS.parent.mkdir(parents=True, exist_ok=True)
            RESULTS.write_text(json.dumps(result, indent=1) + "\n")
    except (InfluenceError, FileNotFoundError) as error:
        sys.stderr.write(f"bench-growth: {error}\n")
        return 1
    print(render(result), file=sys.stderr if options.json else sys.stdout)
    if options.json:
        figures = {name: each.get("figure") for name, each in result["curves"].items()}
        print(json.dumps(figures, separators=(",", ":")))
    if options.readme:
        readme.put("growth", render(result))
    return 0


def _measure_all(wanted: Sequence[str], options: argparse.Namespace) -> dict[str, Any]:
    unknown = [name for name in wanted if name not in CURVES]
    if unknown:
        raise Usage(f"there is no curve {unknown[0]}", f"name some of {', '.join(CURVES)}")
    with Stand(options.edge) as stand:
        curves = {name: _measure(stand, name, options.scale) for name in wanted}
    result = {"machine": machine.description(), "scale": options.scale}
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    if {name: known.get(name) for name in result} == result:
        # Of the same machine at the same size; each may be measured again by itself.
        curves = known["curves"] | curves
    return result | {"curves": {name: curves[name] for name in CURVES if name in curves}}


def _measure(stand: Stand, name: str, scale: float) -> dict[str, Any]:
    say(f"curve {name}")
    try:
        return CURVES[name](stand, scale).document()
    except Failed as error:
        say(f"{name} failed: {error}")
        return {"question": name, "failed": str(error).splitlines()[0], "points": []}


def render(result: dict[str, Any]) -> str:
    """Return the figures as one table, and the points of every curve below."""
    measured = [each for each in result["curves"].values() if "figure" in each]
    rows = [
        [each["question"], f"{each['figure']:.3g}", f"{each['limit']:g}", each["unit"]]
        for each in measured
    ]
    lines = [readme.table(["question", "figure", "at most", "unit"], rows)] if rows else []
    for each in measured:
        columns = list(each["points"][0])
        points = [[f"{point[column]:,}" for column in columns] for point in each["points"]]
        header = [column.replace("_", " ") for column in columns]
        lines += ["", f"**{each['question']}**", "", readme.table(header, points)]
    for each in result["curves"].values():
        if "failed" in each:
            lines += ["", f"{each['question']} gave no result: {each['failed']}"]
    if result["scale"] != 1:
        lines += ["", f"Loads were {result['scale']:g} times their size: a trial."]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
