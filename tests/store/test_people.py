"""Residents come in by import, and leave for good when they say so."""

from __future__ import annotations

from sqlalchemy import func, select

from store.database import Database
from store.departures import erase_person, opt_people_in, opt_people_out
from store.people import add_person, bind_address, group_names, holders
from store.schema import answer, contact, opt_out, participation, person, person_group
from tests.store.town import DAY, MORNING, VAULT, answer_turn, invite, participation_of, person_id, resident, settle_in


def addresses(connection, number):
    query = select(contact.c.channel, contact.c.address_sealed).where(
        contact.c.person_id == person_id(connection, number)
    )
    return {row.channel: VAULT.open(row.address_sealed) for row in connection.execute(query.order_by(contact.c.rank))}


def test_an_import_tells_new_people_from_known_ones(database: Database):
    with database.begin() as connection:
        settle_in(connection, resident(1), resident(2))
        report = settle_in(connection, resident(2, area="SJ02"), resident(3), resident(4))
    assert (report.created, report.updated, report.contacts) == (2, 1, 3)


def test_an_import_larger_than_one_portion_is_kept_whole(database: Database):
    with database.begin() as connection:
        report = settle_in(connection, *(resident(n, groups=("elever",)) for n in range(2500)))
        assert report.created == 2500
        assert connection.execute(select(func.count()).select_from(person_group)).scalar_one() == 2500


def test_an_address_cannot_be_read_in_the_database(database: Database):
    with database.begin() as connection:
        settle_in(connection, resident(1, contacts={"email": "anna@example.org"}))
        row = connection.execute(select(contact)).one()
        assert b"anna" not in row.address_sealed
        assert addresses(connection, 1) == {"email": "anna@example.org"}


def test_a_known_person_is_updated(database: Database):
    with database.begin() as connection:
        settle_in(connection, resident(1, language="sv", groups=("park", "elever")))
        settle_in(
            connection, resident(1, language="ar", birth_year=None, groups=("park",), contacts={"sms": "+46709999999"})
        )
        row = connection.execute(select(person)).one()
        assert (row.language, row.birth_year) == ("ar", None)
        assert addresses(connection, 1) == {"sms": "+46709999999"}
        assert group_names(connection) == ["park"]


def test_an_import_does_not_undo_an_opt_out(database: Database):
    with database.begin() as connection:
        settle_in(connection, resident(1))
        opt_people_out(connection, [person_id(connection, 1)], origin="sms", now=MORNING)
        settle_in(connection, resident(1, language="en"))
        assert connection.execute(select(person.c.opted_out_at)).scalar() == MORNING


def test_a_dead_address_stays_dead_until_it_changes(database: Database):
    with database.begin() as connection:
        settle_in(connection, resident(1))
        connection.execute(contact.update().values(gone_at=MORNING, gone_reason="unknown_number"))
        settle_in(connection, resident(1))
        assert connection.execute(select(contact.c.gone_reason)).scalar() == "unknown_number"
        settle_in(connection, resident(1, contacts={"sms": "+46701111111"}))
        assert connection.execute(select(contact.c.gone_at, contact.c.gone_reason)).one() == (None, "")


def test_a_chat_becomes_known_by_its_first_message(database: Database):
    with database.begin() as connection:
        settle_in(connection, resident(1))
        first = bind_address(connection, person_id(connection, 1), "telegram", "4711", VAULT)
        assert bind_address(connection, person_id(connection, 1), "telegram", "4712", VAULT) == first
        assert addresses(connection, 1) == {"sms": "+46700000001", "telegram": "4712"}


def test_everybody_who_shares_an_address_is_found_by_it(database: Database):
    with database.begin() as connection:
        shared = {"sms": "+46701234567"}
        settle_in(connection, resident(1, contacts=shared), resident(2, contacts=shared, language="so"), resident(3))
        found = holders(connection, "sms", VAULT.fingerprint("sms", "+46701234567"))
        assert [(holder.person_id, holder.language) for holder in found] == [
            (person_id(connection, 1), "sv"),
            (person_id(connection, 2), "so"),
        ]


def test_a_stranger_who_writes_becomes_known(database: Database):
    with database.begin() as connection:
        stranger = add_person(connection, language="so", source="inbound", lawful_basis="consent", now=MORNING)
        chat = bind_address(connection, stranger, "telegram", "4711", VAULT)
        [holder] = holders(connection, "telegram", VAULT.fingerprint("telegram", "4711"))
        assert (holder.person_id, holder.contact_id) == (stranger, chat)


def test_opting_out_closes_open_participations_and_is_noted_once(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1), resident(2))
        answer_turn(connection, 2, bench="yes", status="finished")
        both = [person_id(connection, 1), person_id(connection, 2)]
        assert opt_people_out(connection, both, origin="unsubscribe", now=MORNING, campaign_id="park") == 2
        assert opt_people_out(connection, both, origin="unsubscribe", now=MORNING + DAY) == 0
        statuses = connection.execute(select(participation.c.status).order_by(participation.c.id)).scalars().all()
        notes = connection.execute(select(opt_out.c.channel, opt_out.c.campaign_id, opt_out.c.origin)).all()
    assert statuses == ["opted_out", "finished"]
    assert notes == [("*", "park", "unsubscribe")] * 2


def test_who_comes_back_is_in_again_and_the_note_of_leaving_stays(database: Database):
    with database.begin() as connection:
        settle_in(connection, resident(1), resident(2))
        first, second = person_id(connection, 1), person_id(connection, 2)
        opt_people_out(connection, [first], origin="sms", now=MORNING)
        assert opt_people_in(connection, [first, second]) == 1
        assert connection.execute(select(person.c.opted_out_at)).scalars().all() == [None, None]
        assert connection.execute(select(opt_out.c.person_id)).scalars().all() == [first]


def test_who_comes_back_stands_where_they_stood(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1), resident(2))
        answer_turn(connection, 2, bench="yes")
        both = [person_id(connection, 1), person_id(connection, 2)]
        opt_people_out(connection, both, origin="sms", now=MORNING)
        opt_people_in(connection, both)
        assert [participation_of(connection, number).status for number in (1, 2)] == ["invited", "started"]


def test_who_comes_back_to_a_channel_can_be_reached_there_again(database: Database):
    with database.begin() as connection:
        settle_in(connection, resident(1))
        opt_people_out(connection, [person_id(connection, 1)], origin="sms", now=MORNING, channel="sms")
        opt_people_in(connection, [person_id(connection, 1)])
        assert connection.execute(select(contact.c.gone_at)).scalar() is None


def test_erasure_leaves_nothing_to_be_known_by(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1, groups=("park",), sex="f"), resident(2))
        answer_turn(connection, 1, bench="yes")
        answer_turn(connection, 2, bench="no")
        owner = person_id(connection, 1)
        erase_person(connection, owner, MORNING)
        row = connection.execute(select(person).where(person.c.id == owner)).one()
        assert (row.ref, row.area_code, row.birth_year, row.sex, row.erased_at) == (None, None, None, "", MORNING)
        assert connection.execute(select(contact.c.person_id)).scalars().all() == [person_id(connection, 2)]
        assert connection.execute(select(answer.c.value)).scalars().all() == ["no"]
        assert connection.execute(select(func.count()).select_from(person_group)).scalar_one() == 0
        left = connection.execute(select(participation).where(participation.c.person_id == owner)).one()
        assert (left.status, left.dialogue) == ("erased", None)
        assert participation_of(connection, 2).status == "started"


def test_the_key_of_a_deleted_address_is_never_given_to_another(database: Database):
    """What was sent to it stays, and would name somebody else."""
    with database.begin() as connection:
        settle_in(connection, resident(1))
        newest = connection.execute(select(func.max(contact.c.id))).scalar_one()
        erase_person(connection, person_id(connection, 1), MORNING)
        assert connection.execute(select(func.count()).select_from(contact)).scalar_one() == 0
        settle_in(connection, resident(2))
        assert connection.execute(select(func.min(contact.c.id))).scalar_one() > newest
