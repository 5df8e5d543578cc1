"""Live numbers over server-sent events."""

from console.live import changes, event


async def collect(regions: list[str]) -> list[bytes]:
    waiting = list(regions)

    async def render() -> str:
        return waiting.pop(0)

    async def is_over() -> bool:
        return not waiting

    return [part async for part in changes(render, is_over, every_seconds=0.001)]


def test_each_line_of_a_region_stands_on_a_data_line_of_its_own():
    assert event("figures", "<p>1</p>\n<p>2</p>") == b"event: figures\ndata: <p>1</p>\ndata: <p>2</p>\n\n"


async def test_a_region_is_sent_at_once_and_again_only_when_it_changed():
    sent = await collect(["<p>1</p>", "<p>1</p>", "<p>2</p>"])
    assert [part for part in sent if part.startswith(b"event")] == [
        event("figures", "<p>1</p>"),
        event("figures", "<p>2</p>"),
    ]


async def test_a_quiet_line_is_kept_open():
    assert b": no change\n\n" in await collect(["<p>1</p>", "<p>1</p>"])


async def test_a_stream_ends_after_its_longest_time():
    async def render() -> str:
        return "<p>1</p>"

    async def is_over() -> bool:
        return False

    sent = [part async for part in changes(render, is_over, every_seconds=0.01, longest_seconds=0.02)]
    assert 2 <= len(sent) <= 3  # whoever is busy rendering sends more seldom
