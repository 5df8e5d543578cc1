"""The sandbox's own command line. Does nothing itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sandbox.standins import ACCOUNT_SID, AUTH_TOKEN, TELEGRAM_TOKEN, Addresses, stand_ins

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="A municipality that does not exist, to try Genklang on."
)


@app.command()
def municipality(
    out: Annotated[Path, typer.Option(help="Folder to write the files to.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same municipality.")] = 7,
    residents: Annotated[int, typer.Option(min=3, max=9000, help="How many residents.")] = 600,
) -> None:
    """Write areas, population and residents of the municipality of Sjövik."""
    from sandbox.municipality import write_municipality

    world = write_municipality(out, seed=seed, residents=residents)
    typer.echo(f"{world.name}: {len(world.residents)} residents written to {out}")


def _host_and_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise typer.BadParameter("write a host and a port, such as 127.0.0.1:8025")
    return host, int(port)


def _file(help_text: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(help=help_text, exists=True, dir_okay=False)
    return option


@app.command()
def serve(
    world: Annotated[Path, _file("The world.json that `municipality` wrote.")],
    clock: Annotated[Path, _file("The shared clock: 8 bytes, one little-endian float64, set by others.")],
    port: Annotated[int, typer.Option(help="HTTP: Telegram, Twilio, control and phone page.")] = 9100,
    smtp_port: Annotated[int, typer.Option(help="SMTP: where the service sends its e-mail.")] = 9125,
    service_url: Annotated[str, typer.Option(help="Where the service is.")] = "http://127.0.0.1:8000",
    mail_door: Annotated[str, typer.Option(help="Where the service takes in e-mail.")] = "127.0.0.1:8025",
    phrases: Annotated[Path | None, _file("The residents' phrase book; without it they only receive.")] = None,
    pace: Annotated[float, typer.Option(min=0, help="Seconds between messages of one talk; 0: in one instant.")] = 20.0,
    grid: Annotated[float, typer.Option(min=0, help="First reactions fall on multiples of so many seconds.")] = 60.0,
    telegram_token: Annotated[
        str, typer.Option(envvar="SANDBOX_TELEGRAM_TOKEN", help="The bot's token.")
    ] = TELEGRAM_TOKEN,
    twilio_sid: Annotated[str, typer.Option(envvar="SANDBOX_TWILIO_SID", help="The Twilio account.")] = ACCOUNT_SID,
    twilio_token: Annotated[str, typer.Option(envvar="SANDBOX_TWILIO_TOKEN", help="Its auth token.")] = AUTH_TOKEN,
) -> None:
    """Serve the stand-ins, the residents and the phone page until interrupted."""
    import uvicorn

    from sandbox.clock import SharedClock
    from sandbox.control import load_phrases
    from sandbox.lives import Tempo
    from sandbox.town import town
    from sandbox.world import World

    people = World.load(world)
    addresses = Addresses(service_url, _host_and_port(mail_door), smtp_port, telegram_token, twilio_sid, twilio_token)
    with SharedClock(clock) as now:
        tempo = Tempo(pace, grid, people.timezone)
        book = load_phrases(phrases) if phrases else None
        everything = town(people, stand_ins(people, addresses, now), now, tempo=tempo, phrases=book)
        typer.echo(f"{people.name} listens: the phone page is at http://127.0.0.1:{port}/sandbox/phone")
        uvicorn.run(
            everything, host="127.0.0.1", port=port, log_level="warning", access_log=False, timeout_keep_alive=75
        )


if __name__ == "__main__":
    app(prog_name="python -m sandbox")
