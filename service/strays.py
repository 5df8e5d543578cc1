"""Messages from those who take part in nothing: told politely where they came to, at most once a day, never written to first, and forgotten after a week."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.contents import Content
from bot.languages import fallbacks
from bot.sendouts import farewell, nothing_open
from bot.understanding import is_opt_out
from bot.wordings import Briefing
from locales import codes, translation
from store.departures import opt_people_out
from store.people import Holder, add_person, bind_address, holders
from store.turns import Ledger, Reply, has_answered

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.lexicon import Lexicon
    from channels.api import Inbound
    from store.vault import Vault

ONCE_IN: Final = timedelta(days=1)
SOURCE: Final = "wrote to us"
LAWFUL_BASIS: Final = "public_task"  # answering whoever turns to the authority (Förvaltningslag 2017:900, 6 §)


def answer_stray(
    connection: Connection, inbound: Inbound, vault: Vault, lexicon: Lexicon, briefing: Briefing, now: datetime
) -> None:
    """Answer one who is part of no dialogue. Their address is kept to be answered at, not to be invited."""
    if inbound.kind not in ("said", "opened", "opted_out"):
        return
    holder = _holder(connection, inbound, vault, now)
    wants_out = inbound.kind == "opted_out" or is_opt_out(lexicon, inbound.said.text or "")
    if not wants_out and has_answered(connection, holder.contact_id, since=now - ONCE_IN):
        return
    t = translation(holder.language)
    if wants_out:
        opt_people_out(connection, [holder.person_id], origin=inbound.channel, now=now)
        if inbound.kind == "opted_out":
            return  # the provider has said goodbye already, and lets nothing through
        content = farewell(briefing=briefing, language=holder.language, t=t)
    else:
        content = nothing_open(briefing=briefing, language=holder.language, t=t)
    _reply(connection, inbound, holder, content, now)


def _holder(connection: Connection, inbound: Inbound, vault: Vault, now: datetime) -> Holder:
    """Whoever has this address: the first of them where a phone is shared, or a person made for it."""
    known = holders(connection, inbound.channel, vault.fingerprint(inbound.channel, inbound.address))
    if known:
        return known[0]
    language = next((code for code in fallbacks(inbound.language or "") if code in codes()), "sv")
    person_id = add_person(connection, language=language, source=SOURCE, lawful_basis=LAWFUL_BASIS, now=now)
    contact_id = bind_address(connection, person_id, inbound.channel, inbound.address, vault)
    return Holder(person_id, contact_id, language)


def _reply(connection: Connection, inbound: Inbound, holder: Holder, content: Content, now: datetime) -> None:
    reply = Reply(
        channel=inbound.channel,
        lane=inbound.lane,
        contact_id=holder.contact_id,
        language=content.language,
        content=content.to_data(),
        purpose="notice",
    )
    ledger = Ledger(connection)
    ledger.queue([reply], now, person_id=holder.person_id)
    ledger.write()
