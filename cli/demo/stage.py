"""The demo's stage: a folder, a scanner and a printer to plug in, and the register as a process of its own."""

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from secrets import token_urlsafe
from types import TracebackType
from typing import Self

import slips
from agent.errors import AgentError
from agent.instance import running
from agent.keyring import token_hash
from cli.bringing import Kind, bring
from cli.compose.register import Folder
from cli.configuration import OTHERS_NOTHING, Place
from cli.demo.errors import DemoFailed
from cli.errors import CliError
from drivers.virtual.printer.model import EPSON_80
from drivers.virtual.printer.picture import Typeface
from drivers.virtual.printer.server import VirtualPrinter
from drivers.virtual.printer.wires import TcpWire
from drivers.virtual.scanner import VirtualScanner
from drivers.worker import Worker

CONFIG_FILE = "register.toml"
LOG_FILE = "register.log"
DATA_FOLDER = "register"
REGISTER = "DEMO1"
STORE = "S1"
SCANNER = "counter"
PRINTER = "slip-printer"

READY_S = 20.0
LOOK_EVERY_S = 0.02
STOP_S = 8.0
DEVICE_STOP_S = 2.0

PACKAGES_ROOT = Path(__file__).resolve().parents[2]
"""The child starts there, so that it runs this very code whatever folder a person is in."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Bearer tokens of the demo's two clients."""

    pos: str
    screen: str


class Stage:
    """A context manager: leaving it stops the register and puts the devices away, whatever happened."""

    def __init__(self, folder: Path) -> None:
        """`folder` exists, is the demo's own, and stays."""
        self.folder = folder
        self.data = folder / DATA_FOLDER
        self.log = folder / LOG_FILE
        self.config = folder / CONFIG_FILE
        self.tokens = Tokens(token_urlsafe(24), token_urlsafe(24))
        self._things = ExitStack()
        self._register: subprocess.Popen[bytes] | None = None
        self.address = ""

    def __enter__(self) -> Self:
        """Plugs in the scanner, switches on the printer, writes the configuration. Raises `DemoFailed`."""
        try:
            with ExitStack() as until_whole:
                self.scanner = VirtualScanner()
                until_whole.callback(self.scanner.close)
                self.printer = VirtualPrinter("demo-printer", TcpWire(), EPSON_80)
                worker = Worker(self.printer)
                worker.start()
                until_whole.callback(worker.stop, DEVICE_STOP_S)
                self.config.write_text(_toml(self), encoding="utf-8")
                until_whole.callback(self._stop_register)
                self._things = until_whole.pop_all()
        except OSError as error:
            raise DemoFailed(f"this machine gives no pseudo-terminal, loopback port or file: {error}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._things.close()

    def start_register(self) -> None:
        """Starts `kopilka run` and waits until its API answers. Raises `DemoFailed`."""
        # Settings of the person's own register must not reach the demo's.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KOPILKA_")}
        with self.log.open("wb") as log:
            self._register = subprocess.Popen(  # noqa: S603 - our own interpreter and files
                [sys.executable, "-m", "cli.main", "run", "--config", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=PACKAGES_ROOT,
                env=environment,
            )
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            self.check_register()
            now = running(self.data)
            if now is not None and now.port:
                self.address = f"http://{now.host}:{now.port}"
                return
            time.sleep(LOOK_EVERY_S)
        raise DemoFailed(f"the register was not ready within {READY_S:.0f} s")

    def check_register(self) -> None:
        """Raises `DemoFailed` if the register's process has ended."""
        code = self._register.poll() if self._register is not None else None
        if code is not None:
            raise DemoFailed(f"the register ended by itself with {code}, after it said: {self._last_words()}")

    def bring(self, kind: Kind, file: Path) -> None:
        """What `kopilka import KIND FILE` does. Raises `DemoFailed` where anything of the file is refused."""
        self.check_register()
        place = Place(Folder(self.data), register=REGISTER, store=STORE)
        mask = os.umask(OTHERS_NOTHING)
        try:
            report = bring(place, self.config, kind=kind, name=file.name, data=file.read_bytes())
        except (CliError, AgentError) as error:
            raise DemoFailed(f"{file.name} could not be imported: {error}") from error
        finally:
            # An import hides what it writes; the demo's picture is for everybody.
            os.umask(mask)
        if report["refused"]:
            first = report["refused_rows"][0]
            raise DemoFailed(
                f"{report['refused']} rows of {file.name} were refused, row {first['row']}: {first['why']}"
            )

    def _last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return lines[-1] if lines else "nothing"

    def _stop_register(self) -> None:
        process = self._register
        if process is None:
            return
        try:
            process.terminate()
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            pass
        finally:
            # Also when somebody presses Ctrl-C a second time: no register is left behind.
            process.kill()
            process.wait()


def typeface() -> Typeface:
    """What the virtual printer's pictures are drawn with: the font that slips are shown in."""
    fonts = Path(str(resources.files(slips))) / "fonts"
    return Typeface(fonts / "FiraCode-Medium.ttf", fonts / "FiraCode-Bold.ttf")


def _toml(stage: Stage) -> str:
    """The register's configuration. A TOML string is written as JSON writes it."""
    return f"""\
data = {json.dumps(DATA_FOLDER)}

[register]
id = "{REGISTER}"
store = "{STORE}"
shop = "The Demo Shop"
locale = "en"

[api]
port = 0
requests_per_second = 10000

[[clients]]
name = "demo-pos"
role = "pos"
token_sha256 = "{token_hash(stage.tokens.pos)}"

[[clients]]
name = "demo-screen"
role = "screen"
token_sha256 = "{token_hash(stage.tokens.screen)}"

[privacy]
keep_names = true

[[cards]]
name = "card"
prefix = "29"
length = 13
check = "ean13"

[[scanners]]
name = "{SCANNER}"
port = {json.dumps(stage.scanner.path)}
# Between two visits of a customer lie days in the data and a hundredth of a second here.
repeat_ms = 0

[printer]
name = "{PRINTER}"
port = {json.dumps(stage.printer.address)}
profile = "epson-tm-t20"

[logs]
format = "text"
"""
