#!/usr/bin/env python3
"""Checks the playground as a person would use it, in Chromium, against a server that runs.

    pip install playwright axe-playwright-python
    minigpt serve &
    Scripts/check-page.py --address http://127.0.0.1:8080 [--screenshots FOLDER] [--only WORD]

Every check prints a line; the exit code is 1 if one failed. The server needs one trained model. With a run
that kept checkpoints the time machine is checked too, and a run is started and stopped where that is allowed.
"""

import argparse
import pathlib
import shutil
import sys
import traceback

from page_checks.conversation import (
    check_alternative, check_chat, check_continue, check_edit, check_parameters, check_regenerate, check_stages, check_stop)
from page_checks.failing import check_failures, check_injection
from page_checks.keeping import check_files, check_history, check_keyboard, check_switching
from page_checks.looking import check_inside, check_pipeline, check_training
from page_checks.reach import check_access, check_quiet, check_sources, check_widths
from page_checks.visitor import VIEWS, Failed, Visitor
from playwright.sync_api import Error as Refused
from playwright.sync_api import sync_playwright

CHECKS = [
    ("chat and completion", check_chat), ("stop", check_stop), ("regenerate and versions", check_regenerate),
    ("continue", check_continue), ("edit and branch", check_edit), ("continue from another token", check_alternative),
    ("parameters and presets", check_parameters), ("order of stages", check_stages), ("inside", check_inside),
    ("pipeline", check_pipeline), ("training and time machine", check_training), ("model, language, theme", check_switching),
    ("history", check_history), ("export and import", check_files), ("keyboard", check_keyboard),
    ("model text is only text", check_injection), ("failures are said", check_failures), ("widths", check_widths),
    ("accessibility (axe)", check_access), ("sources", check_sources), ("quiet console, one host", check_quiet),
]


def take_screenshots(browser, address, folder):
    """Every view at phone and desktop width, light and dark."""
    folder.mkdir(parents=True, exist_ok=True)
    for size, width, height in (("desktop", 1440, 900), ("phone", 390, 844)):
        for scheme in ("light", "dark"):
            visitor = Visitor(browser, address, width, height, scheme)
            visitor.open()
            visitor.page.wait_for_timeout(600)
            visitor.page.screenshot(path=folder / f"{size}-{scheme}-welcome.png")
            visitor.page.evaluate("async () => (await import('/page/parameters.js')).change({ maximumTokens: 160, seed: '7' })")
            visitor.write("ROMEO:\n")
            visitor.page.wait_for_timeout(200)
            visitor.answered()
            visitor.page.screenshot(path=folder / f"{size}-{scheme}-chat.png")
            for view in VIEWS[1:]:
                visitor.go(view)
                visitor.page.wait_for_timeout(900)
                visitor.page.screenshot(path=folder / f"{size}-{scheme}-{view.replace('/', '-')}.png")
            visitor.context.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", default="http://127.0.0.1:8080")
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("google-chrome"))
    parser.add_argument("--screenshots", type=pathlib.Path)
    parser.add_argument("--only", help="only checks whose name has this word, after the first")
    arguments = parser.parse_args()
    address = arguments.address.rstrip("/") + "/"
    failures = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=["--no-sandbox"])
        visitor = Visitor(browser, address)
        for name, check in CHECKS:
            if arguments.only and arguments.only not in name and check is not check_chat:
                continue
            try:
                print(f"ok    {name}: {check(visitor)}", flush=True)
            except (Failed, Refused, KeyError, IndexError) as error:
                failures += 1
                where = traceback.extract_tb(error.__traceback__)
                line = next(f"{pathlib.Path(each.filename).name}:{each.lineno}" for each in reversed(where) if "page_checks" in each.filename)
                print(f"FAIL  {name} ({line}): {str(error)[:1500]}", flush=True)
                visitor.page.unroute_all()
                visitor.page.keyboard.press("Escape")
        if arguments.screenshots:
            take_screenshots(browser, address, arguments.screenshots)
        browser.close()
    print(f"{failures} of {len(CHECKS)} checks failed" if failures else "all checks passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
