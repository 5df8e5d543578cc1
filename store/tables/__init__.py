"""The tables. Queries live in the modules beside this room and see the tables through `schema`."""

from store.tables.audit import AuditEntry
from store.tables.campaigns import Campaign, Decision, Milestone, SurveyVersion, Wave
from store.tables.charges import Bill, Charge
from store.tables.columns import Instant
from store.tables.conversations import Answer, InboundSeen, Participation, Request, Speaker
from store.tables.messages import Lane, Message, MessageTransition
from store.tables.residents import Area, Contact, OptOut, Person, PersonGroup, Place, Population

__all__ = [
    "Answer",
    "Area",
    "AuditEntry",
    "Bill",
    "Campaign",
    "Charge",
    "Contact",
    "Decision",
    "InboundSeen",
    "Instant",
    "Lane",
    "Message",
    "MessageTransition",
    "Milestone",
    "OptOut",
    "Participation",
    "Person",
    "PersonGroup",
    "Place",
    "Population",
    "Request",
    "Speaker",
    "SurveyVersion",
    "Wave",
]
