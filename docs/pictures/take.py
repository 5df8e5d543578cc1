"""Takes the pictures of the README from a played campaign: run `make pictures`. Needs a Chromium on the machine."""

from __future__ import annotations

import shutil
import sys
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from service.demo.director import Director
from service.demo.stage import Ports, Stage

HERE = Path(__file__).parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--force-color-profile=srgb"]


def take(
    browser: Browser, url: str, name: str, *, height: int = 1000, scheme: str = "light", width: int = 1280
) -> None:
    """One picture of the top of a page."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height})  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url)
    page.wait_for_timeout(1000)
    page.screenshot(path=HERE / f"{name}.png")
    context.close()


def main() -> None:
    """Play half a campaign, take the live pages, play on, take the public page."""
    chromium = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    if chromium is None:
        sys.exit("no Chromium was found; on Debian: apt install chromium fonts-noto-core")
    folder = Path("var/pictures").resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    stage = Stage(folder, Ports.free(), f"sqlite:///{folder / 'genklang.db'}")
    director = Director(stage, seed=7, residents=600)
    director.prepare()
    with stage.sandbox(pace_seconds=0), stage.service(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        campaign = f"{stage.service_url}/console/campaigns/{director.definition.id}"
        public = f"{stage.service_url}/dialogue/{director.definition.id}"
        director.advance_to(director.definition.opens_at + timedelta(days=3, hours=6))
        take(browser, f"{campaign}?lang=en", "campaign", height=1500)
        take(browser, f"{stage.sandbox_url}/sandbox/phone", "phone")
        director.play_through()
        take(browser, f"{public}?lang=sv", "public", height=1500)
        browser.close()


main()
