"""Settings: defaults, sources, secrets, and one line about what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.errors import Usage
from pipeline.metrics.influence_index import STANDARD, Judgements
from pipeline.settings import DEFAULT_AUTHOR_HASH_KEY, Settings, load
from pipeline.wiring import judgements_of


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_defaults_reach_local_servers() -> None:
    loaded = load()
    assert loaded.kafka.bootstrap_servers == "127.0.0.1:9092"
    assert loaded.kafka.partitions == 8
    assert loaded.redis.prefix == "influence:v1:"
    assert loaded.author_hash_key.get_secret_value() == DEFAULT_AUTHOR_HASH_KEY


def test_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "influence.toml").write_text("flush_seconds = 2.5\n[kafka]\npartitions = 3\n")
    monkeypatch.setenv("INFLUENCE_KAFKA__PARTITIONS", "5")
    loaded = load()
    assert loaded.kafka.partitions == 5
    assert loaded.flush_seconds == 2.5


def test_the_file_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "other.toml"
    file.write_text("brand_cap = 7\n")
    monkeypatch.setenv("INFLUENCE_CONFIG", str(file))
    assert load().brand_cap == 7


def test_other_judgements_of_the_index_have_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judgements_of(load()) == STANDARD
    for name, value in {"GOODWILL": "0.4", "CONSISTENCY": "0.35", "NAME": "retail"}.items():
        monkeypatch.setenv(f"INFLUENCE_INDEX__{name}", value)
    assert judgements_of(load()) == Judgements(0.4, 0.35, 0.25, 0.05, "retail")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        load().kafka.partitions = 4


def test_secrets_come_from_files_and_are_masked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text("sesame street\n")
    monkeypatch.setenv("INFLUENCE_AUTHOR_HASH_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("INFLUENCE_REDIS__PASSWORD", "open sesame")
    loaded = load()
    assert loaded.author_hash_key.get_secret_value() == "sesame street"
    for dump in (repr(loaded), str(loaded.model_dump()), loaded.model_dump_json()):
        assert "sesame" not in dump.replace(str(tmp_path), "")


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("INFLUENCE_KAFKA__PARTITIONS", "many", "INFLUENCE_KAFKA__PARTITIONS"),
        ("INFLUENCE_KAFKA__PARTS", "3", "INFLUENCE_KAFKA__PARTS is not a setting"),
        ("INFLUENCE_FLUSH_SECOND", "3", "INFLUENCE_FLUSH_SECOND is not a setting"),
        ("INFLUENCE_FLUSH_SECONDS", "0", "INFLUENCE_FLUSH_SECONDS"),
        ("INFLUENCE_CLOCK__BEHIND_SECONDS", "-1", "INFLUENCE_CLOCK__BEHIND_SECONDS"),
        ("INFLUENCE_CLOCK__FIXED_AT", "2026-01-01T00:00:00", "INFLUENCE_CLOCK__FIXED_AT"),
        ("INFLUENCE_KAFKA", "nonsense", "INFLUENCE_KAFKA__PARTITIONS"),
        ("INFLUENCE_KAFKA__SECURITY_PROTOCOL", "SASL_SSL", "INFLUENCE_KAFKA__SASL_MECHANISM"),
        ("INFLUENCE_KAFKA__SSL_CAFILE", "/does/not/exist", "INFLUENCE_KAFKA__SSL_CAFILE"),
        ("INFLUENCE_REDIS__URL", "http://x", "INFLUENCE_REDIS__URL"),
        ("INFLUENCE_REDIS__PASSWORD_FILE", "/does/not/exist", "INFLUENCE_REDIS__PASSWORD_FILE"),
        ("INFLUENCE_INDEX__GOODWILL", "0.4", "must add up to 1"),
        ("INFLUENCE_INDEX__HALF_ACTIVATION", "0.1", "INFLUENCE_INDEX__NAME: must be set"),
        ("INFLUENCE_INDEX__NAME", "goodwill", "INFLUENCE_INDEX__NAME"),
        ("INFLUENCE_CONFIG", "/does/not/exist", "INFLUENCE_CONFIG"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_the_variable(
    variable: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(Usage) as caught:
        load()
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.mend


def test_a_broken_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "influence.toml").write_text("[kafka\n")
    with pytest.raises(Usage, match=r"influence\.toml is not TOML"):
        load()


def test_a_password_in_the_url_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("INFLUENCE_REDIS__URL", "redis://me:sesame@127.0.0.1:1/0")
    with pytest.raises(Usage) as caught:
        load()
    assert "sesame" not in str(caught.value)


def test_a_secret_is_given_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "password").write_text("x")
    monkeypatch.setenv("INFLUENCE_REDIS__PASSWORD", "y")
    monkeypatch.setenv("INFLUENCE_REDIS__PASSWORD_FILE", str(tmp_path / "password"))
    with pytest.raises(Usage, match="excludes"):
        load()


@pytest.mark.parametrize(
    ("servers", "key", "warned"),
    [
        ("127.0.0.1:1,localhost:2", DEFAULT_AUTHOR_HASH_KEY, False),
        ("kafka.example:9092", DEFAULT_AUTHOR_HASH_KEY, True),
        ("localhost:1,kafka.example:9092", DEFAULT_AUTHOR_HASH_KEY, True),
        ("kafka.example:9092", "my own", False),
    ],
)
def test_the_known_key_is_warned_of_where_servers_are_elsewhere(
    servers: str, key: str, warned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFLUENCE_KAFKA__BOOTSTRAP_SERVERS", servers)
    monkeypatch.setenv("INFLUENCE_AUTHOR_HASH_KEY", key)
    assert bool(load().warnings()) is warned


def test_variables_of_test_runs_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFLUENCE_TEST_ANYTHING", "1")
    assert isinstance(load(), Settings)
