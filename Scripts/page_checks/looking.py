"""Inside, Pipeline and Training."""

import json
import time
import urllib.request

from .visitor import need


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
        page.get_by_label("Steps").fill("20000")
        page.locator("[data-action=start-run]").click()
        page.wait_for_selector(".run[aria-current] .badge.is-running, .empty .button", timeout=60000)
        need(page.locator(".empty .button").count() == 0, " ".join(page.locator(".empty").all_inner_texts()))
        page.wait_for_selector(".chart-line", timeout=90000)
        page.locator("[data-action=stop-run]").click()
        page.wait_for_selector(".run[aria-current] .badge.is-stopped", timeout=20000)
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
