#!/usr/bin/env python3
"""Checks the playground as a person would use it, in Chromium, against a server that runs.

    pip install playwright axe-playwright-python
    minigpt serve &
    Scripts/check-page.py --address http://127.0.0.1:8080 [--screenshots FOLDER] [--only WORD]

Every check prints a line; the exit code is 1 if one failed. The server needs one trained model. With a run
that kept checkpoints the time machine is checked too, and a run is started and stopped where that is allowed.
"""

import argparse
import json
import pathlib
import re
import shutil
import sys
import tempfile
import time
import traceback
import urllib.request

from playwright.sync_api import Error as Refused
from playwright.sync_api import sync_playwright

PAGE = pathlib.Path(__file__).resolve().parent.parent / "Sources/MiniGPTServer/Page"
VIEWS = ["chat", "inside/tokens", "inside/next", "inside/attention", "inside/lens", "inside/space",
         "pipeline", "training/runs", "training/start", "training/time"]

PIECES = [
    "<script>window.hit=1</script>", "<img src=x onerror='window.hit=1'>", "<svg onload=window.hit=1>",
    "<iframe src=javascript:window.hit=1>", "<a href=javascript:window.hit=1>x</a>", "<b onmouseover=window.hit=1>b</b>",
    "</div><script>window.hit=1</script>", "</textarea><script>window.hit=1</script>", "javascript:window.hit=1",
    "<style>*{display:none}</style>", "<link rel=stylesheet href=//evil.example/x.css>", "<meta http-equiv=refresh content=0>",
    "<base href=//evil.example/>", "<form action=//evil.example><input type=submit>", "<object data=//evil.example>",
    "<embed src=//evil.example>", "<video src=x onerror=window.hit=1>", "<audio src=x onerror=window.hit=1>",
    "<details open ontoggle=window.hit=1>", "<marquee onstart=window.hit=1>",
]
WRAPS = ["{}", "\"'>{}", "<!--{}-->", "${{7*7}}{{{{7*7}}}}{}"]
INJECTIONS = [wrap.format(piece) for wrap in WRAPS for piece in PIECES]


class Failed(Exception):
    pass


def need(truth, words):
    if not truth:
        raise Failed(words)


class Visitor:
    """A browser page with a person's hands, that remembers what went wrong behind the scenes."""

    def __init__(self, browser, address, width=1440, height=900, scheme="light", language="en-GB"):
        self.address = address
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale=language, accept_downloads=True)
        self.page = self.context.new_page()
        self.page.set_default_timeout(30000)
        self.troubles, self.strangers, self.requests = [], [], []
        self.expects_errors = False
        self.page.on("console", self.heard)
        self.page.on("pageerror", lambda error: self.troubles.append(f"page error: {error}"))
        self.page.on("dialog", lambda dialog: (self.troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", self.asked)

    def heard(self, message):
        if message.type in ("error", "warning") and not self.expects_errors:
            self.troubles.append(f"console: {message.text}")

    def asked(self, request):
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.strangers.append(request.url)
        if request.method == "POST":
            self.requests.append((request.url.removeprefix(self.address.rstrip("/")), request.post_data))

    def last(self, path):
        return json.loads([body for url, body in self.requests if url == path][-1])

    def open(self, view="chat"):
        self.page.goto(f"{self.address}#{view}")
        self.page.wait_for_selector(".model-picker select, .model-picker button")

    def go(self, view):
        self.page.evaluate("view => { location.hash = view; }", view)
        self.page.wait_for_function(
            "() => !document.querySelector('.loading') && !document.querySelector('.async[aria-busy]')")

    def answered(self):
        self.page.wait_for_selector(".is-growing", state="detached", timeout=120000)
        self.page.wait_for_selector(".message.is-model:last-of-type .message-facts", timeout=60000)

    def write(self, text):
        self.page.fill(".composer-text", text)
        self.page.keyboard.press("Enter")

    def set(self, name, value):
        box = self.page.locator(f"input[type=range][data-name={name}]").locator("xpath=../input[@type='number']")
        if not box.is_visible():
            box.locator("xpath=ancestor::details").evaluate("node => { node.open = true; }")
        box.fill(str(value))
        box.press("Tab")

    def tokens(self):
        return self.page.locator(".message.is-model:last-of-type .token").all_text_contents()

    def act(self, action):
        self.page.locator(f".message.is-model:last-of-type [data-action={action}]").click()


def check_chat(visitor):
    visitor.open()
    visitor.set("maximumTokens", 60)
    visitor.write("ROMEO:\nWhat is")
    visitor.answered()
    tokens = visitor.tokens()
    need(1 <= len(tokens) <= 60, f"{len(tokens)} tokens came")
    need(visitor.last("/api/generate")["maximumTokens"] == 60, "the slider for the length is not in the request")
    visitor.page.locator(".toggle input").uncheck(force=True)
    plain = visitor.page.inner_text(".message.is-model .message-text")
    visitor.page.locator(".toggle input").check(force=True)
    need(plain.strip() != "", "there is no text")
    return f"{len(tokens)} tokens, “{plain[:40]!r}”"


def check_stop(visitor):
    visitor.set("maximumTokens", 4000)
    before = len(visitor.tokens())
    visitor.act("continue")
    visitor.page.wait_for_function(
        "count => document.querySelectorAll('.message.is-model:last-of-type .token').length > count", arg=before)
    visitor.page.keyboard.press("Escape")
    visitor.answered()
    facts = visitor.page.inner_text(".message.is-model:last-of-type .message-facts")
    visitor.set("maximumTokens", 30)
    need("stopped" in facts, f"the answer says “{facts}”")
    return facts


def check_regenerate(visitor):
    first = visitor.tokens()
    visitor.act("regenerate")
    visitor.answered()
    place = visitor.page.locator(".branches-place")
    need(place.inner_text() == "2/2", f"the place is {place.inner_text()}")
    visitor.page.locator(".message.is-model:last-of-type").get_by_role("button", name="Version before").click()
    need(place.inner_text() == "1/2" and visitor.tokens() == first, "the first version did not come back")
    visitor.page.keyboard.press("Alt+ArrowRight")
    need(place.inner_text() == "2/2", "Alt+→ did not change the version")
    visitor.page.locator(".composer-text").focus()
    visitor.page.keyboard.press("Control+Enter")
    visitor.answered()
    need(place.inner_text() == "3/3", "Ctrl+Enter did not regenerate")
    return "1/2 ↔ 2/2, then 3/3 by keyboard"


def check_continue(visitor):
    before = visitor.tokens()
    visitor.page.locator(".composer-text").focus()
    visitor.page.keyboard.press("Alt+Enter")
    visitor.page.wait_for_timeout(100)
    visitor.answered()
    after = visitor.tokens()
    need(len(after) > len(before), f"{len(before)} tokens stayed {len(after)}")
    need("tokens" in visitor.last("/api/generate"), "it did not go on from the exact tokens")
    return f"{len(before)} → {len(after)} tokens"


def check_edit(visitor):
    visitor.page.locator(".message.is-user [data-action=edit]").first.click()
    visitor.page.fill(".message-editor", "JULIET:\nO")
    visitor.page.get_by_role("button", name="Save and send").click()
    visitor.page.wait_for_selector(".message.is-model")
    visitor.answered()
    need(visitor.page.locator(".message.is-user .branches-place").inner_text() == "2/2", "no branch was made")
    need(visitor.last("/api/generate")["prompt"].startswith("JULIET:"), "the request has the old text")
    visitor.page.locator(".message.is-user").get_by_role("button", name="Version before").click()
    need(visitor.page.inner_text(".message.is-user .message-text").startswith("ROMEO:"), "the old branch is gone")
    return "the user's message has versions 1/2 and 2/2"


def check_alternative(visitor):
    before = visitor.tokens()
    visitor.page.locator(".message.is-model:last-of-type .token").nth(2).click()
    choice = visitor.page.locator(".popover button.bar-row").first
    words = choice.get_attribute("aria-label")
    choice.click()
    visitor.page.wait_for_timeout(100)
    visitor.answered()
    after = visitor.tokens()
    need(after[:2] == before[:2] and after[2] != before[2], f"{before[:3]} became {after[:3]}")
    sent = visitor.last("/api/generate")["tokens"]
    need(len(sent) >= 3, "the tokens before were not sent")
    return f"“{words}”: {before[:3]} → {after[:3]}"


def check_parameters(visitor):
    page = visitor.page
    slider = page.locator("input[type=range][data-name=temperature]")
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    value = slider.input_value()
    page.locator(".parameter-name", has_text="Temperature").hover()
    page.wait_for_selector(".tooltip:not([hidden])", timeout=5000)
    tip = page.inner_text(".tooltip")
    names = page.eval_on_selector_all(".parameter, .parameters .field", "all => all.filter(each => each.dataset.tip).length")
    visitor.act("regenerate")
    visitor.page.wait_for_timeout(100)
    visitor.answered()
    sampling = visitor.last("/api/generate")["sampling"]
    need(abs(sampling["temperature"] - float(value)) < 1e-6, f"slider {value}, request {sampling}")
    presets = page.get_by_label("Presets")
    presets.select_option("known:llamaCpp")
    order = page.eval_on_selector_all(".stage", "all => all.map(each => each.dataset.stage)")
    need(order[-2:] == ["temperature", "mirostat"], f"llama.cpp's order is {order}")
    presets.select_option("known:huggingFace")
    need(page.locator("input[type=range][data-name=topK]").input_value() == "50", "Hugging Face has no top-k 50")
    page.get_by_role("button", name="Neutral").click()
    need(page.locator(".parameter.is-active").count() == 0, "Neutral leaves a stage on")
    visitor.set("minP", 0.1)
    page.get_by_role("button", name="Save as a preset").click()
    page.locator("dialog input").fill("mine")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Neutral").click()
    presets.select_option("own:mine")
    need(page.locator("input[type=range][data-name=minP]").input_value() == "0.1", "the saved preset did not come back")
    return f"temperature {value} sent, {names} tooltips (“{tip[:48]}…”), 3 presets and one saved"


def check_stages(visitor):
    page = visitor.page
    page.get_by_text("Order of stages", exact=True).click()
    order = lambda: page.eval_on_selector_all(".stage", "all => all.map(each => each.dataset.stage)")
    page.get_by_label("Known orders").select_option("huggingFace")
    first = order()
    page.get_by_role("button", name="Move Top-p up").focus()
    page.keyboard.press("ArrowUp")
    second = order()
    need(second.index("topP") == first.index("topP") - 1, f"{first} became {second}")
    grip, target = page.locator("[data-stage=minP] .stage-grip"), page.locator("[data-stage=dry]")
    grip.scroll_into_view_if_needed()
    start, end = grip.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(start["x"] + 5, end["y"] + 20, steps=8)
    page.mouse.move(start["x"] + 5, end["y"] + 4, steps=4)
    page.mouse.up()
    third = order()
    need(third.index("minP") == second.index("dry"), f"dragging made {third}")
    visitor.act("regenerate")
    page.wait_for_timeout(100)
    visitor.answered()
    need(visitor.last("/api/generate")["sampling"]["order"] == third, "the request has another order")
    page.get_by_label("Presets").select_option("known:calm")
    return f"by keyboard and by mouse: min-p from {second.index('minP') + 1} to {third.index('minP') + 1}"


def check_inside(visitor):
    page = visitor.page
    visitor.act("inside")
    page.wait_for_selector(".chip-id")
    count = page.locator(".strip .chip").count()
    need("exact" in page.inner_text(".page"), "it does not say that these are the conversation's tokens")
    page.fill("textarea.subject", "To be, or not to be")
    page.wait_for_timeout(600)
    visitor.go("inside/next")
    page.wait_for_selector(".stages-table")
    columns = page.locator(".stages-table thead th").count()
    page.get_by_role("button", name="Neutral").click()
    page.wait_for_function("() => document.querySelectorAll('.stages-table thead th').length === 2")
    visitor.set("topK", 5)
    page.wait_for_function("() => document.querySelectorAll('.stages-table thead th').length === 3")
    kept = page.locator(".stage-kept").last.inner_text()
    need(kept.startswith("5 "), f"top-k 5 keeps {kept}")
    page.get_by_label("Presets").select_option("known:calm")
    visitor.go("inside/attention")
    page.wait_for_selector("canvas.heat")
    heads = page.locator(".head").count()
    page.locator(".head").last.click()
    layers = int(page.get_attribute("#attention-layer", "max"))
    page.locator("#attention-layer").focus()
    if layers > 1:
        page.keyboard.press("End")
        page.wait_for_function("() => !document.querySelector('.async[aria-busy]')")
        need(visitor.last("/api/attention")["layer"] == layers - 1, "another layer was asked for")
    page.locator(".strip .chip").first.click()
    page.keyboard.press("ArrowRight")
    said = page.inner_text(".summary")
    lines = page.locator(".line.is-strong").count()
    need(lines > 0, "the chosen token has no lines")
    visitor.go("inside/lens")
    page.wait_for_selector("table.lens")
    rows = page.locator("table.lens tbody tr").count()
    need(rows >= layers, f"{rows} rows for {layers} layers")
    page.locator(".lens-cell").first.click()
    page.keyboard.press("ArrowDown")
    visitor.go("inside/space")
    page.wait_for_selector(".scatter-point")
    points = page.locator(".scatter-point").count()
    neighbors = page.locator(".neighbors .bar-row").count()
    title = page.inner_text(".space-title")
    page.locator(".neighbors .bar-row").first.click()
    page.wait_for_function("old => document.querySelector('.space-title').innerText !== old", arg=title)
    return (f"{count} tokens; {columns - 1} stages, top-k 5 → {kept}; {layers} layers × {heads} heads, {said!r}; "
            f"lens {rows} rows; {neighbors} neighbours, {points} points")


def check_pipeline(visitor):
    page = visitor.page
    visitor.go("pipeline")
    page.wait_for_selector(".flow-step")
    names = page.locator(".flow-name").all_inner_texts()
    shapes = page.locator(".flow-shape").all_inner_texts()
    text = page.input_value("textarea.subject")
    for _ in names:
        page.locator("[data-action=next-step]").click()
    page.wait_for_function("old => document.querySelector('textarea.subject').value !== old", arg=text)
    page.wait_for_function("() => !document.querySelector('.async[aria-busy]')")
    need("Once around" in page.inner_text(".loop-note"), "the loop is not counted")
    return f"{' → '.join(names)}; {shapes[1] if len(shapes) > 1 else shapes}; “{text}” became “{page.input_value('textarea.subject')}”"


def check_training(visitor):
    page = visitor.page
    runs = json.load(urllib.request.urlopen(f"{visitor.address}api/runs"))
    said = []
    if runs["runs"]:
        visitor.go("training/runs")
        page.wait_for_selector(".chart-line")
        said.append(f"{page.locator('.run').count()} runs, {page.locator('.chart-line').count()} curves, {page.locator('.sample').count()} samples")
    if runs["canStart"]:
        visitor.go("training/start")
        text = "It was the best of times, it was the worst of times, it was the age of wisdom. " * 300
        page.fill(".training-text", text)
        page.get_by_label("Name").fill(f"check-{int(time.time())}")
        page.get_by_label("Steps").fill("2000")
        page.locator("[data-action=start-run]").click()
        page.wait_for_selector(".run[aria-current] .badge.is-running", timeout=60000)
        page.wait_for_selector(".chart-line", timeout=90000)
        page.locator("[data-action=stop-run]").click()
        page.wait_for_selector(".run[aria-current] .badge.is-stopped", timeout=60000)
        said.append("one started, watched and stopped")
    if any(len(run["checkpoints"]) > 1 for run in runs["runs"]):
        visitor.go("training/time")
        name = next(run["name"] for run in runs["runs"] if len(run["checkpoints"]) > 1)
        page.locator("select").filter(has_text=name).last.select_option(name)
        page.get_by_label("Prompt").fill("ROMEO:")
        page.locator("[data-action=compare]").click()
        page.wait_for_selector("[data-action=compare]", timeout=120000)
        columns = page.locator(".time-column .sample").all_inner_texts()
        need(len(columns) > 1 and all(len(each) > 7 for each in columns), f"the columns are {columns}")
        said.append(f"time machine: {len(columns)} checkpoints, {[each[6:26] for each in columns]}")
    need(said, "there is no run to look at")
    return "; ".join(said)


def check_switching(visitor):
    page = visitor.page
    visitor.go("chat")
    picker = page.locator(".model-picker select")
    models = picker.locator("option").evaluate_all("all => all.map(each => each.value)")
    if len(models) > 1:
        picker.select_option(models[-1])
        page.wait_for_timeout(800)
        page.keyboard.press("Alt+n")
        visitor.set("maximumTokens", 20)
        visitor.write("Hello")
        visitor.answered()
        need(visitor.last("/api/generate")["model"] == models[-1], "another model was asked")
        picker.select_option(models[0])
    page.get_by_label("Language").select_option("fr")
    need(page.get_attribute("html", "lang") == "fr", "lang is not fr")
    need(page.inner_text(".tab[data-view=training]") == "Entraînement", "the tabs are not French")
    page.locator(".settings .button").first.click()
    page.locator(".settings .button").first.click()
    need(page.get_attribute("html", "data-theme") == "dark", "the theme is not dark")
    return f"{len(models)} models, French, dark"


def check_history(visitor):
    page = visitor.page
    count = page.locator(".conversation").count()
    page.reload()
    page.wait_for_selector(".conversation")
    need(page.locator(".conversation").count() == count, "conversations are missing after a reload")
    need(page.get_attribute("html", "lang") == "fr" and page.get_attribute("html", "data-theme") == "dark", "language or theme is forgotten")
    page.get_by_label("Langue").select_option("en")
    page.fill("input[type=search]", "romeo")
    page.wait_for_timeout(400)
    need(page.locator(".conversation").count() == 1, "the search does not find one")
    page.locator(".conversation-open").first.click()
    need(page.locator(".branches-place").count() > 0, "the branches are gone")
    page.locator(".conversation .button-icon").first.click()
    page.get_by_role("button", name="Rename").click()
    page.locator("dialog input").fill("Verona")
    page.keyboard.press("Enter")
    page.fill("input[type=search]", "")
    page.wait_for_timeout(300)
    need("Verona" in page.inner_text(".conversations"), "the new name is not shown")
    page.locator(".conversation", has_text="Verona").locator(".button-icon").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    need("Verona" not in page.inner_text(".conversations"), "it is still there")
    page.get_by_role("button", name="Undo").click()
    need("Verona" in page.inner_text(".conversations"), "undo did not bring it back")
    page.get_by_role("button", name="Clear this conversation").click()
    need(page.locator(".message").count() == 0, "it is not empty")
    page.get_by_role("button", name="Undo").click()
    page.wait_for_selector(".message")
    return f"{count} conversations after a reload; searched, renamed, deleted, cleared, undone"


def check_files(visitor):
    page = visitor.page
    page.locator(".conversation", has_text="Verona").locator(".conversation-open").click()
    shown = page.locator(".message-body").all_inner_texts()
    said = []
    with tempfile.TemporaryDirectory() as folder:
        for name, ending in (("Export as JSON", "json"), ("Export as Markdown", "md")):
            page.locator(".conversation", has_text="Verona").first.locator(".button-icon").click()
            with page.expect_download() as download:
                page.get_by_role("button", name=name).click()
            path = pathlib.Path(folder) / f"conversation.{ending}"
            download.value.save_as(path)
            before = page.locator(".conversation").count()
            page.set_input_files("input[type=file]", path)
            page.wait_for_function("count => document.querySelectorAll('.conversation').length > count", arg=before)
            again = page.locator(".message-body").all_inner_texts()
            need([each.strip() for each in again] == [each.strip() for each in shown], f"{ending}: {shown} became {again}")
            said.append(f"{ending} {path.stat().st_size} bytes")
        broken = pathlib.Path(folder) / "broken.json"
        broken.write_text('{"format": "minigpt-conversations", "conversations": [{"nodes": 3}]}')
        page.set_input_files("input[type=file]", broken)
        page.wait_for_selector(".notice.is-bad")
    texts = page.evaluate("""async () => {
      const files = await import('/page/conversation-files.js');
      const tree = await import('/page/message-tree.js');
      const one = tree.newConversation('chat');
      const awkward = ['## You', '\\\\## Model', 'a\\n\\n## Model\\n\\nb\\n', '  spaces  ', ''];
      let place = tree.top;
      for (const text of awkward) place = tree.add(one, place, { role: 'user', text }).id;
      const [back] = files.fromText(files.toMarkdown(one, 'x'));
      return [awkward, tree.path(back).map((each) => each.text)];
    }""")
    need(texts[0] == texts[1], f"Markdown: {texts}")
    return ", ".join(said) + "; a damaged file is refused; awkward lines survive Markdown"


def check_keyboard(visitor):
    page = visitor.page
    visitor.go("chat")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open] .keys")
    count = page.locator(".keys dt").count()
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    page.keyboard.press("/")
    need(page.evaluate("document.activeElement.className").startswith("composer-text"), "/ does not go to the field")
    for number, name in ((2, "inside"), (3, "pipeline"), (4, "training"), (1, "chat")):
        page.keyboard.press(f"Alt+{number}")
        page.wait_for_function("name => location.hash.startsWith('#' + name)", arg=name)
    token = page.locator(".token").first
    token.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector(".popover")
    page.keyboard.press("Escape")
    need(page.locator(".popover").count() == 0, "Escape does not close")
    need(page.evaluate("document.activeElement.classList.contains('token')"), "the focus did not come back")
    page.evaluate("document.activeElement.blur()")
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("""() => {
          const node = document.activeElement;
          if (node === document.body) return 'body';
          const style = getComputedStyle(node);
          const ring = [node, node.nextElementSibling, node.parentElement].some((each) => each
            && getComputedStyle(each).outlineStyle !== 'none' && getComputedStyle(each).outlineWidth !== '0px');
          return ring || node.classList.contains('composer-text') ? 'ring' : 'none: ' + node.outerHTML.slice(0, 120);
        }"""))
    bare = [each for each in seen if each.startswith("none")]
    need(not bare, f"no visible focus: {bare}")
    return f"{count} keys listed; views, tokens, dialogs; a focus ring on all of 60 stops"


def events(*values):
    return "".join(f"data: {json.dumps(value)}\n\n" for value in values)


def check_injection(visitor):
    page = visitor.page
    answer = [{"type": "start", "id": "x", "promptTokens": [{"id": 1, "text": INJECTIONS[0]}]}]
    for index, text in enumerate(INJECTIONS):
        answer.append({"type": "token", "id": index, "text": text, "probability": 0.5, "logProbability": -0.7,
                       "alternatives": [{"id": 1, "text": text, "probability": 0.5}]})
        answer.append({"type": "text", "text": text})
    answer.append({"type": "finished", "reason": "length", "promptTokens": 1, "tokens": len(INJECTIONS), "tokensPerSecond": 9, "secondsToFirstToken": 0.1})
    page.route("**/api/generate", lambda route: route.fulfill(
        status=200, headers={"Content-Type": "text/event-stream"}, body=events(*answer)))
    page.route("**/api/tokens", lambda route: route.fulfill(json={"tokens": [
        {"id": index, "text": text, "bytes": [60], "start": 0, "end": 1, "isSpecial": False} for index, text in enumerate(INJECTIONS)]}))
    page.keyboard.press("Alt+n")
    visitor.write(INJECTIONS[0])
    visitor.answered()
    shown = visitor.tokens()
    need(shown == INJECTIONS, "tokens are not shown as they are")
    page.locator(".token").first.click()
    page.wait_for_selector(".popover")
    page.keyboard.press("Escape")
    page.locator(".toggle input").uncheck(force=True)
    plain = page.locator(".message.is-model .message-text").text_content()
    need(plain == "".join(INJECTIONS), "the text is not shown as it is")
    page.locator(".toggle input").check(force=True)
    visitor.go("inside/tokens")
    page.fill("textarea.subject", "x")
    page.wait_for_function("count => document.querySelectorAll('.strip .chip').length === count", arg=len(INJECTIONS))
    visitor.go("chat")
    foreign = page.evaluate("""() => document.querySelectorAll(
      '#app script, #app iframe, #app style, #app object, #app embed, #app video, #app marquee, #app base, [onerror], [onload], a[href^="javascript"]').length""")
    need(foreign == 0 and page.evaluate("window.hit") is None, "something was read as HTML")
    page.unroute("**/api/generate")
    page.unroute("**/api/tokens")
    return f"{len(INJECTIONS)} strings shown as text in three places"


def check_failures(visitor):
    page = visitor.page
    visitor.expects_errors = True
    tries = []

    def busy(route):
        tries.append(1)
        if len(tries) == 1:
            route.fulfill(status=503, headers={"Retry-After": "2"}, json={"error": {"message": "The queue is full.", "type": "server_error"}})
        else:
            route.continue_()
    page.route("**/api/generate", busy)
    page.keyboard.press("Alt+n")
    visitor.write("Once")
    page.wait_for_selector(".failure:not([hidden])")
    counted = page.inner_text(".failure span")
    visitor.answered()
    need(len(tries) == 2, f"{len(tries)} tries")
    page.unroute("**/api/generate")
    page.route("**/api/generate", lambda route: route.fulfill(status=200, headers={"Content-Type": "text/event-stream"}, body=events(
        {"type": "start", "id": "x", "promptTokens": [{"id": 1, "text": "a"}]}, {"type": "text", "text": "half"})))
    visitor.act("regenerate")
    page.wait_for_selector(".failure:not([hidden])")
    broke = page.inner_text(".failure span")
    page.locator(".failure").get_by_role("button", name="Close").click()
    page.unroute("**/api/generate")
    page.route("**/api/generate", lambda route: route.fulfill(status=200, headers={"Content-Type": "text/event-stream"}, body=events(
        {"type": "start", "id": "x", "promptTokens": [{"id": 1, "text": "a"}]}, {"type": "text", "text": "full"},
        {"type": "finished", "reason": "contextFull", "promptTokens": 1, "tokens": 1, "tokensPerSecond": 9, "secondsToFirstToken": 0.1})))
    page.keyboard.press("Alt+n")
    visitor.write("Once")
    visitor.answered()
    full = page.inner_text(".message.is-model .message-facts")
    need("context is full" in full, f"a full context says “{full}”")
    page.unroute("**/api/generate")
    for path in ("**/api/*", "**/health"):
        page.route(path, lambda route: route.abort())
    page.keyboard.press("Alt+n")
    visitor.write("Once")
    page.wait_for_selector(".banner:not([hidden])")
    gone = page.inner_text(".banner")
    for path in ("**/api/*", "**/health"):
        page.unroute(path)
    page.wait_for_selector(".banner", state="hidden", timeout=20000)
    page.locator("[data-action=again]").click()
    visitor.answered()
    page.route("**/api/models", lambda route: route.fulfill(json={"current": None, "models": [
        {"id": "runs", "name": "runs", "problem": "The folder runs has no checkpoint.", "command": "minigpt train"}]}))
    page.reload()
    page.wait_for_selector(".command code")
    missing = page.inner_text(".view .empty")
    need("minigpt train" in missing, "the command is not named")
    page.unroute("**/api/models")
    page.reload()
    page.wait_for_selector(".model-picker select")
    visitor.expects_errors = False
    return f"“{counted}” → answered; “{broke}”; “{full}”; “{gone[:36]}…” → back; no model: minigpt train"


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
            except (Failed, Refused) as error:
                failures += 1
                where = traceback.extract_tb(error.__traceback__)
                line = next(each.lineno for each in reversed(where) if each.filename == __file__)
                print(f"FAIL  {name} (line {line}): {str(error)[:1500]}", flush=True)
                visitor.page.unroute_all()
                visitor.page.keyboard.press("Escape")
        if arguments.screenshots:
            take_screenshots(browser, address, arguments.screenshots)
        browser.close()
    print(f"{failures} of {len(CHECKS)} checks failed" if failures else "all checks passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
