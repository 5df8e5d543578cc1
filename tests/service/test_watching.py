"""What machines see of the service, through its own addresses on sockets: figures, traces, whether it lives and whether it can work."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvicorn
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text, update

from sandbox.twilio import TwilioStandIn
from service import health, tracing
from service.settings import Settings, load_settings
from service.web import build_app
from store.campaigns import close_campaign
from store.outbox import expire
from store.schema import message
from tests.channels.serving import address_of, free_listener, serving, started
from tests.service.hall import DAY, OPENS, Hall, SharedClock, environment, number_of, resident, until

DOCS = Path(__file__).parents[2] / "docs" / "how-to-run.md"
Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


class Post(Hall):
    """A hall on a socket of its own, with Twilio behind it."""

    provider: TwilioStandIn
    url: str

    async def get(self, path: str, base: str = "") -> tuple[int, Any]:
        async with aiohttp.ClientSession() as client, client.get((base or self.url) + path) as response:
            body = await response.read()
            is_json = response.content_type == "application/json"
            return response.status, await response.json() if is_json else body.decode()

    async def is_answered(self, path: str, status: int) -> Any:
        """Ask until an answer has the status; gives what it told."""
        async with asyncio.timeout(60):
            while (answer := await self.get(path))[0] != status:  # noqa: ASYNC110 - over the wire
                await asyncio.sleep(0.02)
        return answer[1]

    async def set_clock(self, moment: datetime) -> None:
        """Let it be then, also for those who lease: what they began at another time has been done before ours."""
        self.clock.set(moment)
        await self.service.database.write(lambda connection: None)

    async def figures_at_rest(self) -> Figures:
        """The figures once the batches that were on the wire have been settled; a provider may report before it has answered."""
        async with asyncio.timeout(60):
            while batches(told := await self.figures(), "lease") != batches(told, "settle"):  # noqa: ASYNC110 - over the wire
                await asyncio.sleep(0.02)
        return told

    async def figures(self, base: str = "") -> Figures:
        status, told = await self.get("/metrics", base)
        assert status == 200
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(told)
            for sample in family.samples
        }


def one(figures: Figures, name: str, **labels: str) -> float:
    """The sum of a figure over the labels that are not named."""
    found = [value for (key, held), value in figures.items() if key == name and labels.items() <= dict(held).items()]
    assert found, f"no figure {name} {labels}"
    return sum(found)


def batches(figures: Figures, step: str) -> float:
    """How many batches have come through a step."""
    return one(figures, "genklang_batch_seconds_count", step=step)


@asynccontextmanager
async def opened(url: str, folder: Path, patch: pytest.MonkeyPatch, **changes: str) -> AsyncIterator[Post]:
    """A whole service, running, on sockets; its clock moves when the test moves it."""
    clock = SharedClock(folder / "clock", start=OPENS)
    ours, theirs = free_listener(), free_listener()
    provider = TwilioStandIn(now=lambda: clock.now().timestamp(), inbound_url=f"{address_of(ours)}/sms/inbound")
    more = {"GENKLANG_PUBLIC_URL": address_of(ours), "GENKLANG_SMS_API_BASE": address_of(theirs)}
    settings = environment(url, folder / "clock", **more, GENKLANG_TELEGRAM_MODE="webhook", **changes)
    for name, value in settings.items():
        patch.setenv(name, value)
    post = Post.open(folder, load_settings(Settings))
    post.provider, post.url = provider, address_of(ours)
    server = uvicorn.Server(uvicorn.Config(build_app(post.service), log_config=None, access_log=False, lifespan="off"))
    async with (
        serving(provider.routes(), theirs),
        provider.running(),
        post.service.running(),
        started(server, ours),
    ):
        try:
            yield post
        finally:
            await provider.settle()


async def test_every_way_a_message_can_go_is_counted_where_it_is_committed(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(database_url, tmp_path, monkeypatch, GENKLANG_METRICS="true") as post:
        post.provider.faults.refuse.add(number_of(0))
        post.provider.faults.undelivered[number_of(1)] = 30005
        post.invite(*(resident(n) for n in range(6)), sent=False)
        await until(lambda: sum(post.statuses(message.c.status != "queued").values()) == 6)
        await post.provider.settle()
        await until(lambda: post.statuses() == {"delivered": 4, "failed": 2})
        await post.provider.say(number_of(3), "ja")
        await until(lambda: post.statuses(message.c.purpose == "reply") == {"delivered": 1})
        told = await post.figures_at_rest()
    bulk = {"lane": "sms", "channel": "sms", "purpose": "invitation"}
    assert one(told, "genklang_messages_total", **bulk, outcome="leased") == 6
    assert one(told, "genklang_messages_total", **bulk, outcome="sent") >= 4  # a report may come first
    assert one(told, "genklang_messages_total", **bulk, outcome="delivered") == 4
    assert one(told, "genklang_messages_total", **bulk, outcome="failed") == 2
    assert one(told, "genklang_messages_total", purpose="reply", outcome="leased") == 1
    assert one(told, "genklang_send_failures_total", lane="sms", failure="Refused") == 1
    assert one(told, "genklang_inbound_total", channel="sms", kind="said") == 1
    assert one(told, "genklang_reports_total", channel="sms", status="delivered") >= 4
    assert one(told, "genklang_turn_seconds_count", channel="sms") == 1
    assert one(told, "genklang_batch_seconds_count", lane="sms", step="send") >= 2
    assert one(told, "genklang_due_to_sent_seconds_count", lane="sms") == 6
    assert one(told, "genklang_commit_works_sum") >= one(told, "genklang_commit_works_count") > 0
    assert one(told, "genklang_ticks_total") > 0
    assert one(told, "genklang_ticked_at_seconds") == OPENS.timestamp()
    assert one(told, "genklang_lane_rate_per_second", lane="sms") == 1000
    assert one(told, "genklang_lane_in_flight", lane="sms") == 0


async def test_what_waits_and_for_how_long_is_asked_of_the_database(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "LEAST_AGE_SECONDS", 0)
    monkeypatch.setattr(health, "SHARE", 0)
    async with opened(database_url, tmp_path, monkeypatch, GENKLANG_METRICS="true") as post:
        await post.set_clock(OPENS + timedelta(hours=13))  # night: mass messages wait
        post.invite(*(resident(n) for n in range(5)), sent=False)
        later = OPENS + 2 * DAY
        [first, *_] = post.rows(message)
        post.do(lambda c: c.execute(update(message).where(message.c.id == first.id).values(due_at=later)))
        told = await post.figures()
        assert one(told, "genklang_queue_messages", lane="sms", kind="bulk") == 5
        assert one(told, "genklang_queue_due_messages", lane="sms", kind="bulk") == 4
        assert one(told, "genklang_queue_oldest_due_seconds", lane="sms", kind="bulk") == 13 * 3600
        assert one(told, "genklang_queue_messages", lane="sms", kind="reply") == 0
        assert one(told, "genklang_queue_oldest_due_seconds", lane="telegram") == 0
        # Cancelled in a set, and expired by the clock.
        await post.service.database.write(lambda c: close_campaign(c, "park", post.clock.now()))
        assert one(await post.figures(), "genklang_messages_total", outcome="cancelled", purpose="invitation") == 5


async def test_what_is_undone_is_not_counted(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(database_url, tmp_path, monkeypatch, GENKLANG_METRICS="true") as post:
        await post.set_clock(OPENS + timedelta(hours=13))
        post.invite(resident(1), resident(2), sent=False)
        over = OPENS + 30 * DAY

        def fails(connection: Any) -> None:
            assert expire(connection, over) == 2
            raise KeyError("the work is undone")

        outcomes = await asyncio.gather(
            post.service.database.write(fails), post.service.database.write(lambda c: None), return_exceptions=True
        )
        assert isinstance(outcomes[0], KeyError)
        assert not [key for key in await post.figures() if ("outcome", "expired") in key[1]]
        await post.service.database.write(lambda c: expire(c, over))
        assert one(await post.figures(), "genklang_messages_total", outcome="expired") == 2


async def test_calls_that_are_not_admitted_are_counted_by_reason(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(sqlite_url, tmp_path, monkeypatch, GENKLANG_METRICS="true") as post:
        async with aiohttp.ClientSession() as client:
            for path, body in (
                ("/sms/inbound", b"From=1"),
                ("/telegram/webhook", b"{}"),
                ("/sms/status", b"x" * 70000),
            ):
                await (await client.post(post.url + path, data=body)).release()
            await (await client.post(post.url + "/nowhere", data=b"")).release()
        told = await post.figures()
    assert one(told, "genklang_webhook_refusals_total", channel="sms", reason="signature") == 1
    assert one(told, "genklang_webhook_refusals_total", channel="telegram", reason="signature") == 1
    assert one(told, "genklang_webhook_refusals_total", channel="sms", reason="size") == 1
    assert one(told, "genklang_webhook_refusals_total") == 3


async def test_figures_never_name_a_person_and_their_labels_are_bounded(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(sqlite_url, tmp_path, monkeypatch, GENKLANG_METRICS="true") as post:
        post.invite(*(resident(n) for n in range(20)), sent=False)
        await until(lambda: set(post.statuses()) <= {"sent", "delivered"})
        for n in range(20):
            await post.provider.say(number_of(n), "ja")
        first = set(await post.figures())
        await until(lambda: set(post.statuses()) == {"delivered"})
        _, page = await post.get("/metrics")
        again = {key for key in await post.figures() if key[0].startswith("genklang_")}
    assert "+46" not in page
    assert "r1" not in re.findall(r'"([^"]*)"', page)
    assert len(again) < 400
    assert {name for name, _ in first} <= {name for name, _ in again} | {name for name, _ in first}
    allowed = {"lane", "channel", "purpose", "outcome", "step", "kind", "failure", "status", "reason", "le"}
    assert {label for _, labels in again for label, _ in labels} <= allowed


async def test_figures_are_off_unless_asked_for_and_can_stand_apart(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(sqlite_url, tmp_path, monkeypatch) as post:
        assert (await post.get("/metrics"))[0] == 404
        assert post.service.lookout.metrics is None
    async with opened(sqlite_url, tmp_path, monkeypatch, GENKLANG_METRICS="true", GENKLANG_METRICS_PORT="0") as post:
        apart = f"http://127.0.0.1:{post.service.lookout.port}"
        assert (await post.get("/metrics"))[0] == 404
        assert one(await post.figures(apart), "genklang_lane_in_flight", lane="sms") == 0
        assert (await post.get("/healthz", apart))[1]["status"] == "ok"
        assert await post.get("/readyz", apart) == (200, {"status": "ready"})


def test_every_figure_is_told_in_the_documentation(small_hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENKLANG_METRICS", "true")
    service = type(small_hall.service)(load_settings(Settings))
    service.ticker.ticked_at = OPENS
    assert service.lookout.metrics is not None
    service.lookout._scrape._queues.say([], [], OPENS)
    names = {family.name for family in service.lookout.metrics.registry.collect()}
    service.database.close()
    told = set(re.findall(r"`(genklang_\w+?)(?:_total)?`", DOCS.read_text(encoding="utf-8")))
    assert {name for name in names if name.startswith("genklang_")} == told


# --- alive and ready


async def test_a_writer_that_is_stuck_is_not_alive(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(sqlite_url, tmp_path, monkeypatch) as post:
        assert (await post.get("/healthz"))[0] == 200
        monkeypatch.setattr(health, "STUCK_SECONDS", 0.05)
        monkeypatch.setattr(health, "STUCK_STATEMENTS", 0)
        gate = threading.Event()
        stuck = asyncio.create_task(post.service.database.write(lambda _: gate.wait(60)))
        try:
            told = await post.is_answered("/healthz", 503)
        finally:
            gate.set()
        await stuck
        assert told["status"] == "stuck"
        await post.is_answered("/healthz", 200)


async def test_a_process_is_ready_when_its_tables_are_there_and_it_is_not_leaving(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(database_url, tmp_path, monkeypatch) as post:
        assert await post.get("/readyz") == (200, {"status": "ready"})
        post.service.lookout.is_stopping = lambda: True
        assert await post.get("/readyz") == (503, {"status": "draining"})
        post.service.lookout.is_stopping = lambda: False
        post.do(lambda c: c.execute(text("UPDATE alembic_version SET version_num = 'gone'")))
        assert (await post.get("/readyz"))[0] == 503
        post.do(lambda c: c.execute(text("DELETE FROM alembic_version")))
        assert await post.get("/readyz") == (503, {"status": "waiting"})


# --- traces


def tree(spans: list[ReadableSpan], root: ReadableSpan) -> set[str]:
    assert root.context is not None
    return {span.name for span in spans if span.parent is not None and span.parent.span_id == root.context.span_id}


async def test_a_turn_and_a_batch_are_told_as_traces_without_anybody_in_them(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected = InMemorySpanExporter()
    monkeypatch.setattr(tracing, "exporting", lambda: SimpleSpanProcessor(collected))
    async with opened(database_url, tmp_path, monkeypatch, GENKLANG_TRACES="true") as post:
        post.invite(resident(1), sent=False)
        await until(lambda: set(post.statuses()) == {"delivered"})
        await post.provider.say(number_of(1), "ja")
        await until(lambda: set(post.statuses()) == {"delivered"})
        await asyncio.sleep(0.2)  # lanes look again and find nothing
    spans = list(collected.get_finished_spans())
    [turn] = [span for span in spans if span.name == "inbound"]
    assert tree(spans, turn) == {"verify", "queue wait", "turn", "commit"}
    batches = [span for span in spans if span.name == "batch"]
    assert [span.attributes["genklang.messages"] for span in batches] == [1, 1]
    assert all(tree(spans, batch) == {"lease", "render", "send", "settle"} for batch in batches)
    assert len({span.context.trace_id for span in [turn, *batches]}) == 3
    steps = sorted(
        (s for s in spans if s.parent and s.parent.span_id == turn.context.span_id), key=lambda s: s.start_time
    )
    assert [span.name for span in steps] == ["verify", "queue wait", "turn", "commit"]
    assert turn.start_time <= steps[0].start_time <= steps[-1].end_time <= turn.end_time
    told = " ".join(span.to_json() for span in spans)
    assert "+46" not in told
    assert number_of(1)[1:] not in told


async def test_the_present_trace_is_named_in_the_log() -> None:
    traces = tracing.Traces(SimpleSpanProcessor(InMemorySpanExporter()))
    assert tracing.trace_ids(None, "info", {}) == {}
    with traces.batch("sms") as span:
        named = tracing.trace_ids(None, "info", {})
        assert named["trace_id"] == f"{span.get_span_context().trace_id:032x}"
        with traces.step("send"):
            inner = tracing.trace_ids(None, "info", {})
    assert inner["trace_id"] == named["trace_id"]
    assert inner["span_id"] != named["span_id"]
    await traces.close()
