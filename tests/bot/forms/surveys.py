"""Surveys for tests: written as Markdown tables, read and compiled as a municipality's workbook would be; and bare XForms."""

from datetime import UTC, datetime

from bot.forms import Form
from bot.xlsform import read_xlsform

NOW = datetime(2026, 5, 31, 14, 30, tzinfo=UTC)
HEAD = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:jr="http://openrosa.org/javarosa" xmlns:odk="http://www.opendatakit.org/xforms"><h:head><h:title>T</h:title><model>"""


def compiled(table: str) -> Form:
    """The form of a Markdown survey."""
    return Form.load(read_xlsform(table.encode(), "survey.md").xform)


def xform(nodes="<a/>", model="", body='<input ref="/data/a"><label>A</label></input>'):
    """An XForm with these nodes, binds and controls."""
    return f'{HEAD}<instance><data id="t">{nodes}</data></instance>{model}</model></h:head><h:body>{body}</h:body></h:html>'
