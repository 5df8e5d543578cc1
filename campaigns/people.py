"""Reading a register of residents from CSV. Who may be kept is decided here; keeping them is the store's work."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.problems import Problem
from campaigns.sheets import Complaints, read_rows

# GDPR article 6.1; legitimate interests are not open to public authorities.
LAWFUL_BASES = ("public_task", "consent", "legal_obligation", "contract", "vital_interests")
SEXES = {"": "", "f": "f", "m": "m", "k": "f", "kvinna": "f", "man": "m", "female": "f", "male": "m"}
CONTACT_AGE = 13
_YES_NO = {"yes": True, "ja": True, "true": True, "1": True, "no": False, "nej": False, "false": False, "0": False}
_REQUIRED = ("ref", "language", "protected", "source", "lawful_basis")
_OPTIONAL = ("area", "birth_year", "sex", "groups")
_NEVER = "take it out: citizenship, ethnicity and personal identity numbers are never asked for nor stored"
_FORBIDDEN = dict.fromkeys(
    ("personnummer", "personal_identity_number", "ssn", "citizenship", "medborgarskap", "ethnicity", "etnicitet",
     "nationality", "nationalitet", "country_of_birth", "födelseland"),
    _NEVER,
)  # fmt: skip
_IDENTITY_NUMBER = re.compile(r"(?:19|20)?\d{2}(?:0\d|1[0-2])(?:[0-2]\d|3[01]|[6-8]\d|9[01])[-+]?\d{4}")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One resident as imported. `contacts` are normalised addresses by channel, the preferred first."""

    ref: str
    area: str
    language: str
    birth_year: int | None
    sex: str
    groups: tuple[str, ...]
    source: str
    lawful_basis: str
    contacts: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Imported:
    """What may be kept. People with protected data, and those who may be under 13, are only counted.

    `protected_refs` lets those who were known before they were protected be shielded.
    """

    rows: tuple[PersonRow, ...]
    warnings: tuple[Problem, ...] = ()
    protected_count: int = 0
    too_young_count: int = 0
    protected_refs: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class _Rules:
    normalise: Mapping[str, Callable[[str], str]]
    refusal: type[Exception]
    areas: Collection[str]
    languages: Mapping[str, str]
    today: date


def read_people(
    data: bytes | str,
    filename: str,
    *,
    normalise: Mapping[str, Callable[[str], str]],
    areas: Collection[str],
    languages: Collection[str],
    today: date,
    refusal: type[Exception] = ValueError,
) -> Imported:
    """Read residents; raises InputRefused with every mistake, none of which repeats an address.

    `normalise` holds for each channel the function that turns an address into its one form or raises `refusal`, whose
    text is the remedy. A row with `protected` = yes is counted and otherwise not looked at.
    """
    complaints = Complaints(filename)
    rules = _Rules(normalise, refusal, areas, {code.lower(): code for code in languages}, today)
    rows: list[PersonRow] = []
    seen: dict[str, int] = {}
    protected: list[str] = []
    too_young = 0
    optional = (*_OPTIONAL, *normalise)
    for number, cells in read_rows(data, complaints, required=_REQUIRED, optional=optional, reasons=_FORBIDDEN):
        is_protected = _YES_NO.get(cells["protected"].lower())
        if is_protected:
            protected.append(cells["ref"])
            continue
        if is_protected is None:
            complaints.error(number, "protected", "It is not said whether the person is protected.", "write yes or no")
            continue
        year = _birth_year(cells.get("birth_year", ""), number, today, complaints)
        if year is not None and today.year - year <= CONTACT_AGE:
            too_young += 1
            continue
        row = _read_person(number, cells, year, rules, complaints)
        if row.ref and (first := seen.setdefault(row.ref, number)) != number:
            what = f"The ref stands in row {first} already."
            complaints.error(number, "ref", what, "give each person one row and a ref of their own")
        rows.append(row)
    complaints.refuse_if_wrong()
    _warn(complaints, len(protected), too_young)
    refs = tuple(ref for ref in protected if ref)
    return Imported(tuple(rows), tuple(complaints.warnings), len(protected), too_young, refs)


def _read_person(
    number: int, cells: dict[str, str], year: int | None, rules: _Rules, complaints: Complaints
) -> PersonRow:
    for column in ("ref", "source"):
        if not cells[column]:
            complaints.error(number, column, f"The {column} is empty.", f"write a {column}")
    if _IDENTITY_NUMBER.fullmatch(cells["ref"]):
        remedy = "use another key: personal identity numbers are never stored"
        complaints.error(number, "ref", "The ref looks like a personal identity number.", remedy)
    language = rules.languages.get(cells["language"].lower().replace("_", "-"), "")
    if not language:
        remedy = f"write one of: {', '.join(rules.languages.values())}"
        complaints.error(number, "language", "The language is not one that is spoken here.", remedy)
    area = cells.get("area", "")
    if area and area not in rules.areas:
        complaints.error(
            number, "area", f"No area has the code “{area[:40]}”.", "import the areas first, or mend the code"
        )
    sex = SEXES.get(cells.get("sex", "").lower())
    if sex is None:
        complaints.error(number, "sex", "The sex is neither f, m nor empty.", "write f, m or nothing")
    basis = cells["lawful_basis"].lower()
    if basis not in LAWFUL_BASES:
        remedy = f"write one of: {', '.join(LAWFUL_BASES)}"
        complaints.error(number, "lawful_basis", "The lawful basis is not one of the law's.", remedy)
    groups = tuple(dict.fromkeys(part.strip() for part in re.split(r"[;|]", cells.get("groups", "")) if part.strip()))
    contacts = _contacts(number, cells, rules, complaints)
    return PersonRow(cells["ref"], area, language, year, sex or "", groups, cells["source"], basis, contacts)


def _contacts(number: int, cells: dict[str, str], rules: _Rules, complaints: Complaints) -> dict[str, str]:
    contacts = {}
    for channel, address in cells.items():
        if not address or channel not in rules.normalise:
            continue
        try:
            contacts[channel] = rules.normalise[channel](address)
        except rules.refusal as error:
            remedy = str(error)
            if not remedy or address in remedy:
                remedy = f"write a valid {channel} address or leave the cell empty"
            complaints.error(number, channel, f"This is no {channel} address.", remedy)
    if not contacts and not any(cells.get(channel) for channel in rules.normalise):
        complaints.warning("The person has no contact and will not be reached.", "add a contact", number)
    return contacts


def _birth_year(value: str, number: int, today: date, complaints: Complaints) -> int | None:
    if not value:
        return None
    if re.fullmatch(r"[0-9]{4}", value) and today.year - 125 <= int(value) <= today.year:
        return int(value)
    remedy = f"write four digits, at most {today.year}, or nothing"
    complaints.error(number, "birth_year", "The birth year cannot be right.", remedy)
    return None


def _warn(complaints: Complaints, protected: int, too_young: int) -> None:
    if protected:
        what = f"{protected} with protected personal data were refused; nothing about them is stored."
        complaints.warning(what, "leave them out of the file, and reach them in other ways")
    if too_young:
        what = f"{too_young} who may be under {CONTACT_AGE} were left out; nothing about them is stored."
        complaints.warning(what, "invite children through class codes instead")
