"""The same send-out by django-post_office as it comes. `python -m bench.with_post_office PORT COUNT FOLDER` prints messages a second."""

from __future__ import annotations

import subprocess
import sys
import time
from importlib.util import find_spec

from bench.databases import folder

MESSAGES = 2_000
_TIMES = 33  # a letter of 6.3 kB, as ours is
_SENTENCE = "Vallby wants to hear what you think of the square. Ni hao, 你好, مرحبا.\n"  # longer lines would be encoded, and slower
SUBJECT = "{{ name }}, what do you think of the square?"
TEXT = "Hello {{ name }}!\n\n" + _SENTENCE * _TIMES + "\n\nAnswer here: {{ url }}\nStop: {{ stop }}\n"
HTML = (
    "<html><body><p>Hello {{ name }}!</p><p>"
    + _SENTENCE * _TIMES
    + "</p><p><a href='{{ url }}'>Answer</a></p></body></html>"
)


def is_installed() -> bool:
    """Whether the group `bench` of the dependencies is there."""
    return find_spec("post_office") is not None


def rate(port: int) -> float:
    """Messages a second from the call that queues them to the last one marked as sent, in a process of its own."""
    with folder() as made:
        command = [sys.executable, "-m", "bench.with_post_office", str(port), str(MESSAGES), str(made)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _set_up(port: int, place: str) -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{place}/office.db"}},
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        EMAIL_BACKEND="post_office.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates"},
            {"BACKEND": "post_office.template.backends.post_office.PostOfficeTemplates", "NAME": "post_office",
             "OPTIONS": {}, "DIRS": [], "APP_DIRS": True},
        ],
        POST_OFFICE={
            "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
        },
        USE_TZ=True,
    )  # fmt: skip
    django.setup()
    call_command("migrate", verbosity=0)


def _send(count: int) -> float:
    from post_office import mail
    from post_office.models import STATUS, Email, EmailTemplate

    EmailTemplate.objects.create(name="invitation", subject=SUBJECT, content=TEXT, html_content=HTML)
    begun = time.perf_counter()
    mail.send_many(
        [
            {
                "recipients": [f"resident{n}@post.example"],
                "sender": "dialog@vallby.example",
                "template": "invitation",
                "context": {
                    "name": f"Resident {n}",
                    "url": f"https://vallby.example/d/{n}",
                    "stop": f"https://vallby.example/u/{n}",
                },
                "headers": {"List-Unsubscribe": f"<https://vallby.example/u/{n}>"},
            }
            for n in range(count)
        ]
    )
    while Email.objects.filter(status=STATUS.queued).exists():
        mail.send_queued()
    took = time.perf_counter() - begun
    sent = Email.objects.filter(status=STATUS.sent).count()
    if sent != count:
        raise RuntimeError(f"{sent} of {count} were sent")
    return count / took


if __name__ == "__main__":
    port, count, place = sys.argv[1:]
    _set_up(int(port), place)
    sys.stdout.write(f"{_send(int(count))}\n")
