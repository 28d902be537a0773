"""What is kept: language, theme, history, files; and all of it by keyboard."""

import pathlib
import tempfile

from .visitor import need


def check_switching(visitor):
    page = visitor.page
    visitor.go("chat")
    picker = page.locator(".model-picker select")
    first = picker.input_value()
    models = picker.locator("option").evaluate_all("all => all.map(each => each.value)")
    if len(models) > 1:
        picker.select_option(models[-1])
        page.wait_for_timeout(800)
        page.keyboard.press("Alt+n")
        visitor.set("maximumTokens", 20)
        visitor.write("Hello")
        visitor.answered()
        need(visitor.last("/api/generate")["model"] == models[-1], "another model was asked")
        picker.select_option(first)
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
    page.locator(".toggle input").uncheck(force=True)
    shown = page.locator(".message-body").all_text_contents()
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
            again = page.locator(".message-body").all_text_contents()
            need(again == shown, f"{ending}: {shown} became {again}")
            said.append(f"{ending} {path.stat().st_size} bytes")
        broken = pathlib.Path(folder) / "broken.json"
        broken.write_text('{"format": "minigpt-conversations", "conversations": [{"nodes": 3}]}')
        page.set_input_files("input[type=file]", broken)
        page.wait_for_selector(".notice.is-bad")
    page.locator(".toggle input").check(force=True)
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
    visitor.act("regenerate")
    page.wait_for_timeout(100)
    visitor.answered()
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
