#!/usr/bin/env python3
"""Opens a training's report in a real browser and checks that it keeps to itself.

    python check-report.py runs/NAME/report.html [folder for screenshots]

Needs `pip install playwright` and a Chromium. Fails if the page asks any host for anything, writes
to the console, runs a script, or is wider than a phone; takes a picture in light and in dark, and one
as wide as a phone.
"""

import pathlib
import shutil
import sys

from playwright.sync_api import sync_playwright

VIEWS = [("light", 1000), ("dark", 1000), ("dark", 390)]


def check(page_path, pictures):
    problems = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for scheme, width in VIEWS:
            page = browser.new_page(
                color_scheme=scheme, viewport={"width": width, "height": 900}
            )
            page.on("console", lambda message: problems.append(f"console: {message.text}"))
            page.on("pageerror", lambda error: problems.append(f"error: {error}"))
            page.on("dialog", lambda dialog: problems.append(f"dialog: {dialog.message}"))
            page.on(
                "request",
                lambda request: request.url.startswith(("file:", "data:"))
                or problems.append(f"request: {request.url}"),
            )
            page.goto(page_path.as_uri())
            page.wait_for_load_state("networkidle")
            if page.locator("script").count():
                problems.append("there is a script")
            if page.locator("svg.chart").count() != 3:
                problems.append("there are not three charts")
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                problems.append(f"the page is wider than {width} pixels")
            name = f"report-{scheme}-{width}.png"
            page.screenshot(path=pictures / name, full_page=True)
            page.close()
        browser.close()
    return sorted(set(problems))


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    pictures = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else ".")
    problems = check(pathlib.Path(sys.argv[1]).resolve(), pictures)
    for problem in problems:
        print(problem)
    if problems:
        sys.exit(1)
    print(f"No request, no message, no script in {len(VIEWS)} views; pictures in {pictures}.")


if __name__ == "__main__":
    main()
