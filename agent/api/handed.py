"""What the application hands to its routes by name."""

from pathlib import Path
from typing import TypeAlias

from litestar.di import NamedDependency

from agent.services import Services

RegisterServices: TypeAlias = NamedDependency[Services]
IncomingFolder: TypeAlias = NamedDependency[Path]
