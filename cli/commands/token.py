"""`kopilka token new`: a bearer token for a program that may call the local API."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.configuration import DEFAULT_CONFIG, Config, Json
from cli.output import document, say

app = typer.Typer(help="Tokens of programs that may call the local API.", no_args_is_help=True)

TOKEN_BYTES = 32


class Role(StrEnum):
    """What a client may do: sell (`pos`), serve the cashier's page (`screen`), administer (`cli`)."""

    POS = "pos"
    SCREEN = "screen"
    CLI = "cli"


@app.callback()
def _token() -> None:
    """Tokens of programs that may call the local API."""


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The client's name: Latin letters, digits and _.-", metavar="NAME")],
    role: Annotated[Role, typer.Option(help="What the client may do.")] = Role.POS,
    config: Config = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Make a token, shown this once, and the lines for the configuration that let it in."""
    from secrets import token_urlsafe

    from pydantic import ValidationError

    from agent.keyring import token_hash
    from agent.settings import ClientSettings

    token = token_urlsafe(TOKEN_BYTES)
    try:
        client = ClientSettings(name=name, role=role.value, token_sha256=token_hash(token))
    except ValidationError as error:
        message = "a name has 1 to 32 Latin letters, digits and _.-, a letter or digit first"
        raise typer.BadParameter(message, param_hint="NAME") from error
    page = f"{_address(config)}/#token={token}" if role is Role.SCREEN else None
    if as_json:
        document({**client.model_dump(include={"name", "role", "token_sha256"}), "token": token, "page": page})
        return
    say(f"token (shown only now): {token}")
    if page is not None:
        say(f"the cashier's page:     {page}")
    say()
    say(f"# add to {config}, then: systemctl restart kopilka")
    say("[[clients]]")
    say(f'name = "{client.name}"')
    say(f'role = "{client.role}"')
    say(f'token_sha256 = "{client.token_sha256}"')


def _address(config: Path) -> str:
    """Where the page is or will be; the configuration may well not be finished yet."""
    from agent.errors import BadSettings
    from agent.instance import running
    from agent.settings import ApiSettings
    from cli.configuration import place_of, settings_of
    from cli.errors import CliError

    try:
        holder = running(place_of(config).data)
        api = settings_of(config).api
    except (BadSettings, CliError):
        holder, api = None, ApiSettings()
    host, port = (holder.host, holder.port) if holder and holder.port else (api.host, api.port)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
