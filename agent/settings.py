"""The register's configuration: one TOML file, validated whole, overridable from the environment.

`KOPILKA_API__PORT=8788` overrides `[api] port`. docs/configuration.md lists every key.
"""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from agent.errors import BadSettings

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _with_scheme(port: str) -> str:
    """A network address without its scheme would be looked for among the serial ports."""
    if re.fullmatch(r"[A-Za-z0-9.-]*[A-Za-z0-9]:[0-9]{1,5}", port):
        message = f"write tcp://{port}: without a scheme it names a serial port"
        raise ValueError(message)
    return port


Port = Annotated[str, Field(min_length=1), AfterValidator(_with_scheme)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RegisterSettings(_Section):
    """Who this register is. `id` is written into every entry: it never changes during an epoch."""

    id: Name
    store: Name
    shop: str = Field(default="", max_length=64, description="The shop's name as slips show it")
    locale: Literal["ru", "en"] = "ru"


class ApiSettings(_Section):
    """The local API. Loopback only."""

    host: Literal["127.0.0.1", "::1"] = "127.0.0.1"
    port: int = Field(default=8787, ge=0, le=65535, description="0 takes any free port")
    allowed_origins: tuple[str, ...] = ()
    body_bytes_max: int = Field(default=1_048_576, ge=4_096, le=16_777_216)
    requests_per_second: int = Field(default=200, ge=1, le=100_000)


class ClientSettings(_Section):
    """A program that may call the API. Only the SHA-256 of its token stands here; `kopilka token new` makes one.

    Store IT raises `generation` after a reset of the POS that may make it use receipt keys again.
    """

    name: Name
    role: Literal["pos", "screen", "cli"] = "pos"
    token_sha256: Sha256
    generation: int = Field(default=1, ge=1)


class CheckoutSettings(_Section):
    """How long a quote and a scan stand. Minutes and seconds."""

    quote_minutes: int = Field(default=15, ge=1, le=240)
    scan_seconds: int = Field(default=600, ge=5, le=86_400)


class ClockSettings(_Section):
    """`not_before` says that it is at least that late: the way out when a register slept for more than 400 days."""

    not_before: AwareDatetime | None = None


class PrivacySettings(_Section):
    """Names on this register: off by default; only registers of the members' home store keep them, encrypted."""

    keep_names: bool = False


class CardRuleSettings(_Section):
    """How a card is recognised. The first rule that matches wins; nothing is guessed."""

    name: Name = "card"
    prefix: str = Field(default="", max_length=16)
    length: int = Field(ge=4, le=64)
    check: Literal["none", "ean13", "luhn"] = "none"
    symbologies: tuple[str, ...] = ()


class ScannerSettings(_Section):
    """A serial scanner. `port` is best given by its name under `/dev/serial/by-id`, which outlives a reboot."""

    name: Name
    port: Port
    baud: int = Field(default=9600, ge=300, le=4_000_000)
    data_bits: Literal[7, 8] = 8
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1
    terminators: tuple[Literal["CR", "LF", "CRLF", "TAB", "ETX"], ...] = ("CR", "LF", "CRLF")
    prefix: str = Field(default="", max_length=8)
    idle_gap_ms: int = Field(default=150, ge=120, le=2_000)
    frame_ms_max: int = Field(default=3_000, ge=200, le=30_000)
    length_max: int = Field(default=256, ge=16, le=8_192)
    repeat_ms: int = Field(default=500, ge=0, le=5_000)


class PrinterSettings(_Section):
    """The slip printer. `port` is a serial device or tcp://host:port; `profile` names its model."""

    name: Name = "slip-printer"
    port: Port
    profile: str = "generic-80"
    baud: int = Field(default=9600, ge=300, le=4_000_000)
    slip_minutes: int = Field(default=120, ge=1, le=10_080, description="An older slip expires instead of printing")


class LogSettings(_Section):
    """What is logged and how: `auto` is readable on a terminal and JSON elsewhere."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "text"] = "auto"


class Settings(BaseSettings):
    """Everything a register is told. `data` is the folder of its databases, keys and imports."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="KOPILKA_", env_nested_delimiter="__", env_ignore_empty=True
    )

    data: Path
    register_: RegisterSettings = Field(alias="register")
    api: ApiSettings = ApiSettings()
    clients: tuple[ClientSettings, ...] = ()
    checkout: CheckoutSettings = CheckoutSettings()
    clock: ClockSettings = ClockSettings()
    privacy: PrivacySettings = PrivacySettings()
    cards: tuple[CardRuleSettings, ...] = ()
    scanners: tuple[ScannerSettings, ...] = ()
    printer: PrinterSettings | None = None
    logs: LogSettings = LogSettings()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for what, names in (
            ("clients", [client.name for client in self.clients]),
            ("scanners", [scanner.name for scanner in self.scanners]),
        ):
            if len(set(names)) < len(names):
                message = f"{what}: two have the same name"
                raise ValueError(message)
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic-settings'
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file."""
        return env_settings, init_settings


def read_settings(file: Path) -> Settings:
    """The configuration in `file`. Raises `BadSettings` with every problem; paths are relative to the file's folder."""
    try:
        document: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSettings(str(file), (("", error.strerror or str(error)),)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(str(file), (("", f"not TOML: {error}"),)) from error
    try:
        settings = Settings(**document)
    except ValidationError as error:
        raise BadSettings(str(file), tuple(map(_problem, error.errors()))) from error
    return settings.model_copy(update={"data": (file.parent / settings.data).resolve()})


def _problem(error: Any) -> tuple[str, str]:  # noqa: ANN401 - pydantic's error mapping
    path = ".".join(str(part) for part in error["loc"])
    return path, error["msg"]
