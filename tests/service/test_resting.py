"""Who tells that a lane rests: the shell, the doctor, readiness and figures; and a person who ends it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from starlette.applications import Starlette

from service.doctor.databases import look_at_database
from service.metrics import QueueFigures
from service.settings import Settings, load_settings
from service.web import build_app, server_of
from store import audit
from store.lanes import Standing, ensure, save, standings
from tests.service.hall import OPENS, Hall, resident
from tests.service.test_commands import Run, genklang

__all__ = ["genklang"]
RESTS = Standing("sms", 5, 2, OPENS - timedelta(minutes=5), OPENS + timedelta(minutes=1), "twilio_20003")
PAUSES = Standing("telegram", 0, 0, OPENS, OPENS + timedelta(seconds=30), "throttled")


def lay_to_rest(hall: Hall, *lanes: Standing) -> None:
    hall.do(lambda connection: ensure(connection, ["email", "sms", "telegram"]))
    for lane in lanes:
        hall.do(lambda connection, lane=lane: save(connection, lane))


def test_the_shell_lists_lanes_and_ends_a_rest(small_hall: Hall, genklang: Run) -> None:
    lay_to_rest(small_hall, RESTS)
    small_hall.invite(resident(1), resident(2), sent=False)
    listed = genklang("lanes")
    assert listed.code == 0
    assert "twilio_20003" in listed.out
    assert "no limit" in listed.out
    told = {line["lane"]: line for line in json.loads(genklang("lanes", "--json").out)}
    assert (told["sms"]["bulk"], told["sms"]["due"], told["sms"]["per_second"]) == (2, 2, 1000)
    assert told["sms"]["resting_since"] == "2027-03-01T08:55:00+00:00"
    assert told["email"]["per_second"] is None
    refused = genklang("lanes", "resume", "pigeons")
    assert refused.code == 2
    assert "sms" in refused.err
    assert genklang("lanes", "resume", "sms").code == 0
    assert small_hall.do(standings)[1] == Standing("sms")
    assert small_hall.do(audit.verify).is_whole
    assert "twilio_20003" not in genklang("lanes").out


def test_the_doctor_tells_what_to_mend_and_lets_a_wish_be(small_hall: Hall) -> None:
    lay_to_rest(small_hall, RESTS, PAUSES)
    settings = load_settings(Settings)
    found = {finding.subject: finding for finding in look_at_database(settings, OPENS)}
    assert found["lane sms"].state == "wrong"
    assert "twilio_20003" in found["lane sms"].what
    assert "genklang lanes resume sms" in found["lane sms"].remedy
    assert found["lane telegram"].state == "note"
    assert "lane email" not in found


async def test_a_lane_at_rest_is_told_of_and_does_not_make_the_service_unready(small_hall: Hall) -> None:
    import httpx2 as httpx

    lay_to_rest(small_hall, RESTS)
    await small_hall.service.ticker.tick()
    app = build_app(small_hall.service, [], {})
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "resting": {"sms": "twilio_20003"}})


def test_figures_say_for_how_long_and_why() -> None:
    registry, figures = CollectorRegistry(), QueueFigures(["sms", "email"])
    registry.register(figures)
    figures.say([], [RESTS, Standing("email")], OPENS)
    told = generate_latest(registry).decode()
    assert 'genklang_lane_resting_seconds{lane="sms",reason="twilio_20003"} 300.0' in told
    assert 'genklang_lane_resting_seconds{lane="email"' not in told


def test_the_containers_grant_more_time_than_a_process_takes_to_end() -> None:
    import yaml

    composed = yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text())
    settings = load_settings(Settings, secret_key="x" * 32)
    drain, requests = settings.drain_seconds, server_of(Starlette(), settings).config.timeout_graceful_shutdown or 0
    for name in ("service", "worker"):
        service = composed["services"][name]
        assert int(service["stop_grace_period"].removesuffix("s")) > drain + requests
        assert service["environment"]["GENKLANG_DRAIN_SECONDS"] is None  # the default, unless somebody sets it
