"""``make bench``: the comparison, the scoring of texts, and the way from event to Redis."""

from __future__ import annotations

import argparse
import json
import sys
import time
from statistics import median
from typing import Any

from pipeline.errors import InfluenceError
from tests.benchmarks import environments, gate, latency, machine, readme, worker
from tests.benchmarks.compare import SIZES, WORKER, Comparison, compare, times_as_fast
from tests.benchmarks.drain import Failed
from tests.benchmarks.stand import Load, Stand, say
from tests.benchmarks.workload import Workload

RESULTS = environments.CACHE / "bench.json"
MINUTES = 20.0
_LATENCY_SECONDS = 40.0
_RESERVED_SECONDS = 240.0
"""Kept for what follows the rounds."""


def main() -> int:
    """Measure, print, and return the exit status."""
    options = _options()
    started = time.monotonic()
    try:
        if options.last:
            result = json.loads(RESULTS.read_text())
        else:
            result = _measure(options, started + 60 * options.minutes)
            result["minutes"] = (time.monotonic() - started) / 60
            RESULTS.parent.mkdir(parents=True, exist_ok=True)
            RESULTS.write_text(json.dumps(result, indent=1) + "\n")
    except (InfluenceError, Failed, FileNotFoundError) as error:
        sys.stderr.write(f"bench: {error}\n")
        return 1
    print(render(result), file=sys.stderr if options.json else sys.stdout)
    if options.json:
        print(json.dumps(result["summary"], separators=(",", ":")))
    if options.readme:
        readme.put("bench", render(result))
    if options.gate:
        lines = gate.below(result["summary"], gate.floors())
        for line in lines:
            sys.stderr.write(f"bench: {line}\n")
        return 1 if lines else 0
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the ratios on the last line")
    parser.add_argument("--gate", action="store_true", help="fail where a ratio is too low")
    parser.add_argument("--readme", action="store_true", help="put the table into the README")
    parser.add_argument(
        "--last", action="store_true", help="show the last results, measure nothing"
    )
    parser.add_argument("--records", type=int, default=2_000_000, help="size of the load")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each engine")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="no round begins too late")
    parser.add_argument("--engines", default="", help="some only, separated by commas")
    parser.add_argument("--edge", type=float, default=1.0, help="seconds cut off at both ends")
    options = parser.parse_args()
    options.engines = [name for name in options.engines.split(",") if name]
    return options


def _measure(options: argparse.Namespace, deadline: float) -> dict[str, Any]:
    now = int(time.time() * 1000)  # noqa: TID251 - the load ends now
    with Stand(options.edge) as stand:
        loads = {
            size: stand.produce(Workload(end=now, mentions=int(options.records * part)))
            for size, part in SIZES.items()
        }
        before = deadline - _RESERVED_SECONDS
        comparison = compare(stand, loads, options.rounds, before, options.engines)
        texts, shown = _alone(stand, loads, comparison, options.engines)
    ratios = {name: _short(ratio) for name, ratio in comparison.ratios().items()}
    return {
        "machine": machine.description() | {"pinned": machine.PINNED},
        "load": {size: load.records for size, load in loads.items()},
        "record_bytes": loads["large"].account.bytes / loads["large"].records,
        "engines": comparison.document(),
        "texts": texts,
        "latency": shown,
        "summary": ratios
        | {
            "scored_per_second": texts.get("records_per_second"),
            "event_to_redis_p99_seconds": shown.get("p99"),
            "rounds": max(map(len, comparison.runs.values()), default=0),
        },
    }


def _alone(
    stand: Stand, loads: dict[str, Load], comparison: Comparison, engines: list[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Measure what has no peer: texts to be scored, and the way to Redis at half the rate."""
    rate = comparison.rate(WORKER)
    if (engines and WORKER not in engines) or rate is None:
        return {}, {}
    count = loads["large"].records // 2
    now = int(time.time() * 1000)  # noqa: TID251 - the load ends now
    texts = stand.produce(Workload(end=now, mentions=count, text=True))
    try:
        runs = [worker.drain(stand, texts) for _ in range(2)]
        scored: dict[str, Any] = {
            "records": texts.records,
            "record_bytes": texts.account.bytes / texts.records,
            "records_per_second": round(median(run.rate for run in runs)),
        }
    except Failed as error:
        scored = {"failed": str(error).splitlines()[0]}
    try:
        shown = latency.measure(stand, rate / 2, _LATENCY_SECONDS).document()
        shown["p99"] = round(shown["p99"], 2)
    except Failed as error:
        say(str(error))
        shown = {"failed": str(error).splitlines()[0]}
    return scored, shown


def _short(ratio: float) -> float:
    return float(f"{ratio:.3g}")


def render(result: dict[str, Any]) -> str:
    """Return the result as text: what the machine is, the table, and what stands beside it."""
    own = result["engines"].get(WORKER, {}).get("runs")
    rows = []
    for each in result["engines"].values():
        title = f"{each['title']} {each['version']}".strip()
        if "failed" in each:
            continue
        ratio = times_as_fast(own, each["runs"]) if own else None
        rows.append(
            [
                title,
                f"{each['records']:,}",
                f"{each['records_per_second']:,.0f}",
                f"{min(each['runs']):,}-{max(each['runs']):,}",
                "" if ratio is None else f"{ratio:.3g}",
                f"{each['microseconds_per_record']:.1f}",
                f"{each['client_cpu']:.0%}",
                f"{each['broker_cpu']:.0%}",
                f"{each['memory_mb']:,.0f}",
            ]
        )
    header = [
        "engine",
        "records",
        "records/s",
        "range",
        "worker is x times",
        "µs",
        "engine",
        "broker",
        "MB",
    ]
    about = result["machine"]
    pinned = "broker and client on a processor each" if about["pinned"] else "nothing pinned"
    lines = [
        f"{about['processor']}, {about['memory']}, {about['system']}, Python {about['Python']}, "
        f"Java {about['Java']}; {pinned}.",
        f"{result['load']['large']:,} mentions of {result['record_bytes']:.0f} bytes, "
        f"{result['summary']['rounds']} rounds, {result['minutes']:.0f} minutes.",
        "",
        readme.table(header, rows),
        "",
    ]
    texts, shown = result["texts"], result["latency"]
    if "records_per_second" in texts:
        lines.append(
            f"Texts without sentiment: {texts['records_per_second']:,} scored a second "
            f"({texts['record_bytes']:.0f} bytes a record)."
        )
    if "p99" in shown:
        lines.append(
            f"Event to Redis at {shown['events_per_second']:,.0f} events/s, half the rate above: "
            f"median {shown['p50']:.2f} s, p99 {shown['p99']:.2f} s, longest "
            f"{shown['longest']:.2f} s."
        )
    for name, each in (*result["engines"].items(), ("texts", texts), ("latency", shown)):
        if "failed" in each:
            lines.append(f"{name} gave no result: {each['failed']}")
    return "\n".join(lines).rstrip()


if __name__ == "__main__":
    sys.exit(main())
