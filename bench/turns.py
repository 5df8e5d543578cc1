"""Full turns a second through the SMS webhook: signature, dedupe, engine, answers, reply, one commit each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median
from urllib.parse import urlencode

from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from bench.databases import folder, opened
from bench.figures import Figure
from bench.invited import said_by, welcome
from bench.loads import call, post, server
from bench.servers import PATH
from bench.walks import walks
from store.schema import answer, inbound_seen, message

CONNECTIONS = 64
RESIDENTS_EACH = 11
TURNS_EACH = 10
WARMING_EACH = TURNS_EACH  # a server's first turns fill its memory: they are taken, and not measured
ROUNDS = 3
PUBLIC = "http://genklang.example"
TOKEN = "a token of the benchmark"
SECRET = "a secret of the benchmarks, which is none"
ENVIRONMENT = {
    "GENKLANG_SECRET_KEY": SECRET,
    "GENKLANG_PUBLIC_URL": PUBLIC,
    "GENKLANG_CONTROLLER": "Vallby kommun",
    "GENKLANG_SMS_ACCOUNT_SID": "AC" + "0" * 32,
    "GENKLANG_SMS_AUTH_TOKEN": TOKEN,
    "GENKLANG_SMS_MESSAGING_SERVICE_SID": "MG" + "0" * 32,
    "GENKLANG_LOG_LEVEL": "error",
}


def figures() -> Iterator[Figure]:
    calls = _calls()
    rates: dict[str, list[float]] = {"ours": [], "row": [], "orm": []}
    for _ in range(ROUNDS):
        for kind, found in rates.items():
            found.append(_rate(kind, calls))
    ours, row, orm = (median(rates[kind]) for kind in ("ours", "row", "orm"))
    unit = "turns/s"
    yield Figure("turns_vs_insert", ours, unit, "rows/s, Starlette and a commit each", row, least=0.8, is_rate=True)
    yield Figure("turns_vs_orm", ours, unit, "rows/s, FastAPI and a SQLModel session", orm, least=5, is_rate=True)


def _number(resident: int) -> str:
    return f"+4670174{resident:04d}"


def _calls() -> list[list[bytes]]:
    """What each connection sends: its residents' messages, signed as Twilio signs them, each resident's in order."""
    validator = RequestValidator(TOKEN)
    calls: list[list[bytes]] = [[] for _ in range(CONNECTIONS)]
    texts = [said_by(walk)[:TURNS_EACH] for walk in walks(CONNECTIONS * RESIDENTS_EACH) if len(walk) >= TURNS_EACH]
    for resident in range(CONNECTIONS * RESIDENTS_EACH):
        for place, text in enumerate(texts[resident % len(texts)]):
            parameters = {
                "MessageSid": f"SM{resident:016x}{place:016x}", "From": _number(resident), "To": "+46701740000",
                "AccountSid": ENVIRONMENT["GENKLANG_SMS_ACCOUNT_SID"], "Body": text, "NumMedia": "0", "NumSegments": "1",
            }  # fmt: skip
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Twilio-Signature": validator.compute_signature(PUBLIC + PATH, parameters),
            }
            calls[resident % CONNECTIONS].append(post(PATH, urlencode(parameters).encode(), headers))
    return calls


def _rate(kind: str, calls: list[list[bytes]]) -> float:
    warming, measured = [each[:WARMING_EACH] for each in calls], [each[WARMING_EACH:] for each in calls]
    with folder() as made:
        url = f"sqlite:///{made / 'bench.db'}"
        if kind == "ours":
            with opened(url) as database, database.begin() as connection:
                now = datetime.now(UTC)
                welcome(connection, SECRET, [_number(n) for n in range(CONNECTIONS * RESIDENTS_EACH)], now)
        with server(kind, url, environment=ENVIRONMENT) as port:
            call(port, warming)
            took = call(port, measured)
        if kind == "ours":
            _check(url, sum(map(len, calls)))
    return sum(map(len, measured)) / took


def _check(url: str, count: int) -> None:
    """Every turn must have been taken, kept and answered, or nothing was measured."""
    with opened(url) as database, database.connect() as connection:
        counts = {
            t.name: connection.execute(select(func.count()).select_from(t)).scalar_one()
            for t in (inbound_seen, answer, message)
        }
    residents = CONNECTIONS * RESIDENTS_EACH
    assert counts["inbound_seen"] == count, counts
    assert counts["answer"] == count - residents, counts  # each one's first message only says that they take part
    assert counts["message"] >= count, counts
