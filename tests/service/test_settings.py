"""Settings: what cannot be used is said with its variable and what to write instead, and the page of them is up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.problems import InputRefused
from channels.email.settings import EmailSettings
from channels.sms.settings import SmsSettings
from service.commands.settings_page import page
from service.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GENKLANG_SECRET_KEY", raising=False)


def test_a_secret_key_is_asked_for_with_a_way_to_make_one() -> None:
    with pytest.raises(InputRefused) as refused:
        load_settings(Settings)
    (problem,) = refused.value.problems
    assert "GENKLANG_SECRET_KEY" in problem.what
    assert "token_urlsafe" in problem.remedy


def test_every_mistake_is_told_at_once_and_no_secret_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENKLANG_SECRET_KEY", "hunter2")
    monkeypatch.setenv("GENKLANG_PORT", "eighty")
    monkeypatch.setenv("GENKLANG_LOG_LEVEL", "loud")
    with pytest.raises(InputRefused) as refused:
        load_settings(Settings)
    told = str(refused.value)
    assert all(name in told for name in ("GENKLANG_SECRET_KEY", "GENKLANG_PORT", "GENKLANG_LOG_LEVEL"))
    assert "hunter2" not in told


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENKLANG_SECRET_KEY", "x" * 32)
    monkeypatch.setenv("GENKLANG_PORT", "")
    assert load_settings(Settings).port == 8000


def test_an_empty_variable_of_a_channel_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "SECURITY", "DOOR_PORT", "RATE_PER_SECOND"):
        monkeypatch.setenv(f"GENKLANG_EMAIL_{name}", "")
    chosen = load_settings(EmailSettings)
    assert (chosen.port, chosen.security, chosen.door_port, chosen.rate_per_second) == (587, "starttls", None, 0.0)


def test_a_file_in_the_working_directory_speaks_for_channels_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        f"GENKLANG_SECRET_KEY={'x' * 32}\nGENKLANG_PORT=8100\nGENKLANG_SMS_SENDER=Kommunen\nGENKLANG_EMAIL_PORT=2525\n"
    )
    assert load_settings(Settings).port == 8100
    assert load_settings(SmsSettings).sender == "Kommunen"
    assert load_settings(EmailSettings).port == 2525


def test_letters_that_were_read_can_be_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENKLANG_EMAIL_IMAP_DONE_FOLDER", "-")
    assert load_settings(EmailSettings).imap_done_folder == ""


def test_a_database_that_we_do_not_speak_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENKLANG_SECRET_KEY", "x" * 32)
    monkeypatch.setenv("GENKLANG_DATABASE_URL", "mysql://somewhere")
    with pytest.raises(InputRefused, match="sqlite:///"):
        load_settings(Settings)


def test_every_setting_says_what_it_means() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_the_settings_page_is_written_from_this_code() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == page(), "run: make docs"
