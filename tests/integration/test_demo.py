"""``influence demo`` as a stranger starts it: a process whose output is read, and that is ended."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from tests.integration.rig import eventually
from tests.integration.rig.process import REPOSITORY

MARK = "DEMO_TEST_MARK"
"""Every process that a demo starts inherits this variable; by it those left over are found."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def _mind_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Demo:
    """One demo process; ``mark`` is in the environment of all that it starts."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.mark = f"{MARK}={uuid.uuid4().hex}"
        self._sessions: set[int] = set()
        name, _, value = self.mark.partition("=")
        self.errors = directory / "stderr"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pipeline.cli", "demo", *options],
                cwd=REPOSITORY,
                # A demo must not touch what this machine is set to.
                env=os.environ | {name: value, "INFLUENCE_REDIS__URL": "redis://nowhere.invalid:1"},
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                # Where tests run in the background of a shell, Ctrl-C is ignored by all they start.
                preexec_fn=_mind_ctrl_c,  # noqa: PLW1509 - it takes no lock
            )

    def said(self) -> str:
        """Return what it wrote to stderr so far."""
        return self.errors.read_text()

    def wait_for(self, text: str) -> None:
        """Wait until it says something."""
        eventually(lambda: text in self.said(), 60.0, what=text)

    def finish(self, timeout: float) -> tuple[int, str]:
        """Wait until it has ended; returns its status and what it printed."""
        printed, _ = self.process.communicate(timeout=timeout)
        return self.process.returncode, printed.decode()

    def left(self) -> list[int]:
        """Return the ids of the processes that are still there."""
        marked, sessions = set(), {}
        for path in Path("/proc").glob("[0-9]*/environ"):
            pid = int(path.parent.name)
            try:
                sessions[pid] = os.getsid(pid)
                if self.mark.encode() in path.read_bytes():
                    marked.add(pid)
            except OSError:
                continue  # it has just ended, or is not ours
        # The store writes its title over its environment; it is known by its tether's session.
        self._sessions |= {sessions[pid] for pid in marked}
        return [pid for pid, session in sessions.items() if session in self._sessions]


@pytest.fixture
def demos(tmp_path: Path) -> Iterator[list[Demo]]:
    """Demos of a test; whatever is left of them when it ends is killed."""
    started: list[Demo] = []
    yield started
    for demo in started:
        for pid in demo.left():
            os.kill(pid, signal.SIGKILL)
        demo.process.wait(10.0)


def test_it_stops_by_itself_and_prints_the_final_state(tmp_path: Path, demos: list[Demo]) -> None:
    demo = Demo(tmp_path, "--for", "3", "--json", "--weeks", "2")
    demos.append(demo)
    demo.wait_for("loading")
    # Broker, store and worker, each with its tether, and the demo itself.
    eventually(lambda: len(demo.left()) == 7, 10.0, what="all are running")
    status, printed = demo.finish(90.0)
    assert status == 0, demo.said()
    assert demo.left() == []

    said = demo.said()
    assert "Traceback" not in said
    assert re.search(r"^Kafka +127\.0\.0\.1:\d+$", said, re.MULTILINE)
    assert re.search(r"^Redis +redis://127\.0\.0\.1:\d+/0 ", said, re.MULTILINE)
    assert re.search(r"^metrics +http://127\.0\.0\.1:\d+/metrics ", said, re.MULTILINE)
    loaded = re.search(r"^([\d,]+) events loaded", said, re.MULTILINE)
    assert loaded

    *before, last = printed.splitlines()
    assert before == []
    final = json.loads(last)
    assert list(final) == ["as_of", "brands", "alerts", "records", "dead_letters"]
    assert final["alerts"] == []
    assert final["dead_letters"] == {}
    assert final["records"].keys() == {"applied", "duplicate", "dead_letter", "rerouted"}
    assert sum(final["records"].values()) > int(loaded[1].replace(",", ""))
    assert final["records"]["dead_letter"] == final["records"]["rerouted"] == 0

    brands = final["brands"]
    assert brands.keys() == {"evergreen", "lantern", "monolith"}
    schema = json.loads((REPOSITORY / "schemas/snapshot.v1.json").read_text())
    for fields in brands.values():
        jsonschema.validate(fields, schema)
    assert final["as_of"] == max(fields["as_of"] for fields in brands.values())
    assert float(brands["evergreen"]["goodwill"]) > float(brands["lantern"]["goodwill"]) > 0
    assert brands["monolith"]["goodwill"] == "0"
    opened = {brand: int(fields["tickets_opened_28d"]) for brand, fields in brands.items()}
    assert opened["evergreen"] == 0 < opened["lantern"] < opened["monolith"]


@pytest.mark.parametrize(("by", "options"), [(signal.SIGINT, ["--json"]), (signal.SIGTERM, [])])
def test_a_signal_ends_it_quietly(
    tmp_path: Path, demos: list[Demo], by: signal.Signals, options: list[str]
) -> None:
    demo = Demo(tmp_path, "--weeks", "1", *options)
    demos.append(demo)
    demo.wait_for("live now")
    assert len(demo.left()) == 7
    demo.process.send_signal(by)
    status, printed = demo.finish(20.0)
    assert status == 0
    assert demo.said().splitlines()[-1] == "stopped"
    if options:
        assert json.loads(printed)["brands"].keys() == {"evergreen", "lantern", "monolith"}
    else:
        assert printed == ""
    assert "Traceback" not in demo.said()
    assert demo.left() == []


def test_nothing_is_left_of_one_that_is_killed(tmp_path: Path, demos: list[Demo]) -> None:
    demo = Demo(tmp_path, "--weeks", "1")
    demos.append(demo)
    demo.wait_for("loading")
    eventually(lambda: len(demo.left()) == 7, 10.0, what="all are running")
    demo.process.kill()
    demo.process.wait(10.0)
    eventually(lambda: not demo.left(), 10.0, what="everything has ended")
