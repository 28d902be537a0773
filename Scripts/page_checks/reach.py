"""For whom and where it works: widths, screen readers, languages, no network."""

import json
import pathlib
import re

from .visitor import VIEWS, need

PAGE = pathlib.Path(__file__).resolve().parent.parent.parent / "Sources/MiniGPTServer/Page"


def check_access(visitor):
    from axe_playwright_python.sync_playwright import Axe
    page = visitor.page
    visitor.expects_errors = True  # axe itself warns about frames
    worst = []
    count = 0
    for theme in ("light", "dark"):
        page.evaluate("async theme => (await import('/page/theme.js')).setTheme(theme)", theme)
        for view in VIEWS:
            visitor.go(view)
            page.wait_for_timeout(400)
            found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}).response
            count += len(found["passes"])
            worst += [f"{theme} {view} {each['id']}: {each['nodes'][0]['html'][:140]} {each['nodes'][0].get('failureSummary', '')[:200]}"
                      for each in found["violations"] if each["impact"] in ("serious", "critical")]
    visitor.go("chat")
    page.get_by_role("button", name="Help and keys").click()
    found = Axe().run(page).response
    worst += [f"help {each['id']}" for each in found["violations"] if each["impact"] in ("serious", "critical")]
    page.keyboard.press("Escape")
    page.evaluate("async () => (await import('/page/theme.js')).setTheme('system')")
    visitor.expects_errors = False
    need(not worst, "\n      ".join(worst[:12]))
    return f"{len(VIEWS)} views and the help, light and dark: {count} rules passed, none serious or critical failed"


def check_widths(visitor):
    page = visitor.page
    wide = []
    for width in (360, 390, 768, 1024, 1440, 2200):
        page.set_viewport_size({"width": width, "height": 800})
        for view in VIEWS:
            visitor.go(view)
            page.wait_for_timeout(60)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth || [...document.querySelectorAll('.page')].some(each => each.scrollWidth > each.clientWidth)"):
                wide.append(f"{view} at {width}")
    page.set_viewport_size({"width": 390, "height": 844})
    visitor.go("chat")
    for name in ("Conversations", "Parameters"):
        page.get_by_role("button", name=name).click()
        page.wait_for_selector(".panel.is-open")
        page.keyboard.press("Escape")
        page.wait_for_selector(".panel.is-open", state="detached")
    page.set_viewport_size({"width": 1440, "height": 900})
    need(not wide, f"wider than the window: {wide}")
    return f"{len(VIEWS)} views at 6 widths; drawers on a phone"


def check_sources(visitor):
    used, wrong, long = set(), [], []
    for path in sorted(PAGE.glob("*.js")):
        text = path.read_text()
        if re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://(?!www\.w3\.org)", text):
            wrong.append(path.name)
        if not path.name.startswith("strings-") and text.count("\n") > 300:
            long.append(path.name)
        used |= set(re.findall(r"\bt\('([\w.]+)'", text))
    index = (PAGE / "index.html").read_text()
    need(not re.search(r"<style|style=|<script>| on\w+=", index), "index.html has inline code")
    need(not wrong and not long, f"{wrong} {long}")
    tables = visitor.page.evaluate("""async () => [
      Object.entries((await import('/page/strings-english.js')).english), Object.entries((await import('/page/strings-french.js')).french)]""")
    english, french = dict(tables[0]), dict(tables[1])
    need(english.keys() == french.keys(), f"tables differ: {english.keys() ^ french.keys()}")
    need(used <= english.keys(), f"missing: {used - english.keys()}")
    holes = lambda text: sorted(set(re.findall(r"\{\w+\}", json.dumps(text))))
    odd = [key for key in english if holes(english[key]) != holes(french[key])]
    need(not odd, f"different holes: {odd}")
    return f"{len(english)} sentences in two languages; no HTML from data, nothing inline"


def check_quiet(visitor):
    need(not visitor.troubles, "; ".join(visitor.troubles[:6]))
    need(not visitor.strangers, f"asked elsewhere: {visitor.strangers[:3]}")
    return f"no console error; {len(visitor.requests)} requests with work, all to {visitor.address}"
