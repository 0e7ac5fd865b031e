"""Settings from the environment, ``influence.toml`` and files of secrets; frozen once read.

Environment variables start with ``INFLUENCE_`` and use ``__`` for nesting
(``INFLUENCE_KAFKA__PARTITIONS``); they win over ``influence.toml`` in the working directory, or the
file that ``INFLUENCE_CONFIG`` names. :func:`load` turns everything wrong in them into one
:class:`~pipeline.errors.Usage` line that names the variable and how to mend it, and never repeats a
value, because it may be a secret.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from pipeline.errors import Usage

PREFIX = "INFLUENCE_"
CONFIG_VARIABLE = f"{PREFIX}CONFIG"
"""Names the settings file; without it ``influence.toml`` in the working directory, if there."""

TEST_PREFIX = f"{PREFIX}TEST_"
"""Variables that start so belong to test runs and are not settings."""

DEFAULT_FILE = "influence.toml"

DEFAULT_AUTHOR_HASH_KEY = "collective-influence"
"""Publicly known, so it hides nobody: good for trying out only. Changing the key makes every author
a new one, so choose your own before the first event."""

Port = Annotated[int, Field(ge=0, le=65535)]
_ROUNDING = 1e-9
_LOOPBACK = ("127.", "localhost", "[::1]", "::1")


def _secret_from_file(values: Any, name: str) -> Any:
    """Put the content of ``<name>_file``, less its last line break, in the place of ``<name>``."""
    if not isinstance(values, dict) or not values.get(f"{name}_file"):
        return values
    if values.get(name) is not None:
        raise ValueError(f"{name}_file excludes {name}: set one of them")
    path = Path(str(values[f"{name}_file"]))
    try:
        secret = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise ValueError(f"{name}_file cannot be read: {reason}") from error
    if not secret:
        raise ValueError(f"{name}_file is empty")
    return {**values, name: secret}


class _Group(BaseModel):
    """Base of the nested groups: frozen, closed, and silent about the values of bad input."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class KafkaSettings(_Group):
    """How to reach Kafka and how the worker consumes; intervals are in seconds, sizes in bytes.

    ``topic_prefix`` stands before every topic name. ``partitions`` is the number that every source
    topic has, and the changelogs with them; it cannot change once there is state.
    ``group_instance_id`` makes the worker a static member, for quick restarts.
    ``idempotent_producer`` can be switched off for brokers that do not know it.
    """

    bootstrap_servers: Annotated[str, Field(min_length=1)] = "127.0.0.1:9092"
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    sasl_password_file: Path | None = None
    ssl_cafile: FilePath | None = None
    ssl_certfile: FilePath | None = None
    ssl_keyfile: FilePath | None = None
    topic_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,128}$")] = ""
    partitions: Annotated[int, Field(ge=1, le=10_000)] = 8
    replication_factor: Annotated[int, Field(ge=1, le=100)] = 1
    group: Annotated[str, Field(min_length=1)] = "collective-influence"
    group_instance_id: str | None = None
    idempotent_producer: bool = True
    session_timeout_seconds: PositiveFloat = 30.0
    heartbeat_interval_seconds: PositiveFloat = 3.0
    rebalance_timeout_seconds: PositiveFloat = 30.0
    commit_interval_seconds: PositiveFloat = 2.8
    max_poll_records: PositiveInt = 20_000

    @property
    def group_id(self) -> str:
        """The consumer group's name with the prefix, which changelogs have as well."""
        return f"{self.topic_prefix}{self.group}"

    @model_validator(mode="before")
    @classmethod
    def _read_secrets(cls, values: Any) -> Any:
        return _secret_from_file(values, "sasl_password")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.heartbeat_interval_seconds >= self.session_timeout_seconds:
            raise ValueError("heartbeat_interval_seconds must be below session_timeout_seconds")
        if self.security_protocol.startswith("SASL"):
            for name in ("sasl_mechanism", "sasl_username", "sasl_password"):
                if getattr(self, name) is None:
                    raise ValueError(f"{name} is needed with {self.security_protocol}")
        if (self.ssl_certfile is None) != (self.ssl_keyfile is None):
            raise ValueError("ssl_certfile goes together with ssl_keyfile: set both or none")
        return self


class RedisSettings(_Group):
    """How to reach Redis, and how often everything is published anew.

    ``prefix`` stands before every key. Every ``republish_seconds`` all brands are evaluated and
    written again, changed or not. The password never belongs in ``url``.
    """

    url: str = "redis://127.0.0.1:6379/0"
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    tls_cafile: FilePath | None = None
    prefix: Annotated[str, Field(min_length=1)] = "influence:v1:"
    republish_seconds: PositiveFloat = 30.0

    @field_validator("url")
    @classmethod
    def _url_without_secrets(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise ValueError("is not a URL; want redis://HOST:PORT/DATABASE") from error
        if parts.scheme not in ("redis", "rediss", "unix"):
            raise ValueError("must start with redis://, rediss:// (TLS) or unix://")
        if "@" in parts.netloc or "password=" in parts.query:
            raise ValueError(
                "must not hold user or password; set INFLUENCE_REDIS__USERNAME and "
                "INFLUENCE_REDIS__PASSWORD instead"
            )
        return url

    @model_validator(mode="before")
    @classmethod
    def _read_secrets(cls, values: Any) -> Any:
        return _secret_from_file(values, "password")


class MetricsSettings(_Group):
    """Where ``/metrics`` and the health endpoints listen; port 0 takes a free one."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Port = 9108


class AlertSettings(_Group):
    """How alerts are decided.

    An hour is decided when all partitions have told of it, or have told nothing new for
    ``patience_seconds``.
    """

    patience_seconds: PositiveFloat = 60.0


class ClockSettings(_Group):
    """Which time it is: for trials and tests on old data; a clock can never run ahead.

    The wall clock ``behind_seconds`` ago, or a clock that stands still at ``fixed_at``.
    """

    behind_seconds: NonNegativeFloat = 0.0
    fixed_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.behind_seconds and self.fixed_at is not None:
            raise ValueError("fixed_at excludes behind_seconds")
        return self


class SentimentSettings(_Group):
    """How texts are scored that bring neither sentiment nor rating.

    ``model`` is a folder with a transformer (extra ``onnx``); without it a lexicon does it.
    ``memory`` is how many results are kept, so that shared texts are scored once.
    """

    model: Path | None = None
    memory: PositiveInt = 16_384


class IndexSettings(_Group):
    """What the influence index holds for important; the standard judgements are the definition's.

    ``goodwill``, ``consistency`` and ``activation`` are exponents, which add up to 1;
    ``half_activation`` is the activation that counts half of what is possible. ``name`` is needed
    with other values than the standard ones: it ends ``influence_index_basis``, so that indexes
    made with different judgements are not taken for one another.
    """

    goodwill: PositiveFloat = 0.5
    consistency: PositiveFloat = 0.25
    activation: PositiveFloat = 0.25
    half_activation: PositiveFloat = 0.05
    name: Annotated[str, Field(pattern=r"^[a-z]*$", max_length=32)] = ""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if abs(self.goodwill + self.consistency + self.activation - 1) > _ROUNDING:
            raise ValueError("goodwill, consistency and activation must add up to 1")
        standard = IndexSettings.model_construct(name=self.name)
        if not self.name and self != standard:
            raise ValueError("name must be set, in small letters, with other than standard values")
        if self.name in ("goodwill", "consistency", "activation"):
            raise ValueError("name must not be that of a part of the index")
        return self


class LogSettings(_Group):
    """What is logged, and as text for people (``console``) or one JSON object a line (``json``)."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["console", "json"] = "console"

    @field_validator("level", mode="before")
    @classmethod
    def _upper(cls, level: Any) -> Any:
        return level.upper() if isinstance(level, str) else level


class Settings(BaseSettings):
    """Everything that can be set.

    ``flush_seconds`` lies between two flushes of state. ``brands_file`` is the brand book;
    without it at most ``brand_cap`` brands are admitted. ``author_hash_key`` hides the authors.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    kafka: KafkaSettings = KafkaSettings()
    redis: RedisSettings = RedisSettings()
    metrics: MetricsSettings = MetricsSettings()
    alerts: AlertSettings = AlertSettings()
    clock: ClockSettings = ClockSettings()
    sentiment: SentimentSettings = SentimentSettings()
    index: IndexSettings = IndexSettings()
    log: LogSettings = LogSettings()
    flush_seconds: PositiveFloat = 1.0
    brands_file: FilePath | None = None
    brand_cap: PositiveInt = 10_000
    author_hash_key: Annotated[SecretStr, Field(min_length=1)] = SecretStr(DEFAULT_AUTHOR_HASH_KEY)
    author_hash_key_file: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_secrets(cls, values: Any) -> Any:
        return _secret_from_file(values, "author_hash_key")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic passes it by name
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments first, then the environment, then the settings file."""
        file = TomlConfigSettingsSource(settings_cls, os.environ.get(CONFIG_VARIABLE, DEFAULT_FILE))
        return init_settings, env_settings, file

    def warnings(self) -> list[str]:
        """Return what is dangerous in production, a line each; none while all servers are local."""
        servers = [server.strip() for server in self.kafka.bootstrap_servers.split(",")]
        if all(server.startswith(_LOOPBACK) for server in servers):
            return []
        if self.author_hash_key.get_secret_value() != DEFAULT_AUTHOR_HASH_KEY:
            return []
        return [
            "authors are hashed with the publicly known default key; set "
            "INFLUENCE_AUTHOR_HASH_KEY_FILE before the first event"
        ]


def load() -> Settings:
    """Read the settings of this process.

    Raises:
        Usage: One line about the first thing that is wrong, and how to mend it.
    """
    _refuse_unknown(os.environ)
    named = os.environ.get(CONFIG_VARIABLE)
    if named and not Path(named).is_file():
        raise Usage(f"{CONFIG_VARIABLE}: there is no file {named}", "name a readable TOML file")
    file = named or DEFAULT_FILE
    try:
        return Settings()
    except ValidationError as error:
        raise _usage(error.errors(include_input=False, include_url=False)[0], file) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Usage(f"{file} is not TOML: {error}", "correct the syntax") from None
    except OSError as error:
        raise Usage(f"cannot read {file}: {error.strerror}", "check its permissions") from None
    except ValueError as error:
        # pydantic-settings: a group given as one variable that is not a JSON object.
        raise Usage(
            " ".join(str(error).split()), f"set single variables such as {PREFIX}KAFKA__PARTITIONS"
        ) from None


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    """Refuse misspelt variables, which would otherwise silently leave a default in force."""
    for name in environ:
        if not name.startswith(PREFIX) or name == CONFIG_VARIABLE or name.startswith(TEST_PREFIX):
            continue
        field = name.removeprefix(PREFIX).partition("__")[0].lower()
        if field not in Settings.model_fields:
            known = ", ".join(f"{PREFIX}{known.upper()}" for known in Settings.model_fields)
            raise Usage(f"{name} is not a setting", f"unset it, or use one of {known}")


def _usage(error: ErrorDetails, file: str) -> Usage:
    """Say one validation error in the words of whoever set the variable."""
    location = [str(part) for part in error["loc"]]
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "value_error":
        # A check of a whole group is not located; such messages start with the field's name.
        first, _, rest = message.partition(" ")
        if first in _fields(location):
            location, message = [*location, first], rest
    variable = PREFIX + "__".join(location).upper()
    if error["type"] == "extra_forbidden":
        return Usage(f"{variable} is not a setting", f"unset it, or take it out of {file}")
    return Usage(f"{variable}: {message}", f"correct it, or {'.'.join(location)} in {file}")


def _fields(location: list[str]) -> set[str]:
    """Return the names of the fields of the group at a location."""
    groups: Mapping[str, Any] = {"": Settings} | {
        name: field.annotation for name, field in Settings.model_fields.items()
    }
    return set(getattr(groups.get(".".join(location)), "model_fields", ()))
