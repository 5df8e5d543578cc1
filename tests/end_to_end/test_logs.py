"""A whole story with things that go wrong, logged at its most talkative: every line is JSON, and none holds an address, a token or an answer."""

from __future__ import annotations

import json
import re
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select, update

from service.links import Links
from store.schema import message, participation, survey_version
from tests.end_to_end.processes import OPENS, number_of, site, until
from tests.service.hall import SECRET, Hall

pytestmark = pytest.mark.slow
ANSWER = "Gatlyktan utanför skolan är trasig"


async def test_no_address_token_or_answer_reaches_the_log(sqlite_url: str, tmp_path: Path) -> None:
    talkative = {"GENKLANG_LOG_LEVEL": "debug", "GENKLANG_LOG_FORMAT": "json", "GENKLANG_METRICS": "true"}
    async with site(sqlite_url, tmp_path, **talkative) as here:
        here.invite(6)
        here.provider.inbound_url = f"{here.url}/sms/inbound"
        here.provider.faults.refuse.add(number_of(0))
        here.provider.faults.undelivered[number_of(1)] = 30005
        service = await here.start("serve")
        here.clock.set(OPENS)
        await until(lambda: "queued" not in here.statuses() and sum(here.statuses().values()) == 6)
        await here.provider.settle()
        for words in ("ja", ANSWER, "1", ANSWER, "2", ANSWER, "MINA", "STOPP"):
            await here.provider.say(number_of(3), words)
        await here.provider.say("+46709999999", ANSWER)  # a stranger
        with here.database.connect() as connection:
            ids = list(connection.execute(select(participation.c.id).order_by(participation.c.id)).scalars())
        token = Links(SECRET.encode(), here.url).token(ids[3])
        async with aiohttp.ClientSession() as client:
            for path in (f"/d/{token}", f"/d/{token}x", "/metrics", f"/u/{token}"):
                await (await client.get(here.url + path)).release()
            await (await client.post(f"{here.url}/sms/inbound", data={"From": number_of(4), "Body": ANSWER})).release()
            await (await client.post(f"{here.url}/d/{token}", data={"words": ANSWER})).release()
        with here.database.begin() as connection:  # a survey that breaks, and a row that cannot be rendered
            connection.execute(update(survey_version).values(xform=f"<broken>{ANSWER}</broken>"))
            first = connection.execute(select(message.c.id).order_by(message.c.id)).scalar()
            changes = {"status": "queued", "content": {"said": ANSWER}, "due_at": OPENS}
            connection.execute(update(message).where(message.c.id == first).values(**changes))
        await here.end(service)
        service = await here.start("serve")
        with pytest.raises(Exception):  # noqa: B017, PT011 - the stand-in says that nobody took it in
            await here.provider.say(number_of(5), ANSWER)
        await here.end(service)
        log = here.log()
    broken = [line for line in log.splitlines() if not line.startswith("{")]
    assert broken == []
    lines = [json.loads(line) for line in log.splitlines()]
    assert any(line["event"] == "not sent" for line in lines)
    assert any("Traceback" in line.get("error", "") for line in lines)  # what broke is told, with its place
    assert ANSWER not in log
    assert "Gatlyktan" not in log
    assert not re.search(r"\+46|467017|9999999", log)
    assert token not in log
    assert token[:12] not in log
    assert SECRET not in log
    assert here.settings["GENKLANG_SMS_AUTH_TOKEN"] not in log


__all__ = ["Hall"]
