"""Conversations: write, stop, regenerate, continue, edit, branch, set parameters."""

from .visitor import need


def check_chat(visitor):
    visitor.open()
    visitor.page.get_by_label("Chat", exact=True).check(force=True)
    visitor.set("maximumTokens", 20)
    visitor.write("Hello!")
    visitor.answered()
    need(visitor.last("/api/generate")["messages"][-1] == {"role": "user", "content": "Hello!"}, "a chat sends no messages")
    visitor.page.keyboard.press("Alt+n")
    visitor.page.get_by_label("Complete", exact=True).check(force=True)
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
    for _ in range(8):
        before = len(visitor.tokens())
        visitor.act("continue")
        visitor.page.wait_for_function(
            "count => document.querySelectorAll('.message.is-model:last-of-type .token').length > count", arg=before)
        visitor.page.keyboard.press("Escape")
        visitor.answered()
        facts = visitor.page.inner_text(".message.is-model:last-of-type .message-facts")
        if "end of text" not in facts:
            break  # A fast model may end its text before anybody can stop it.
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
    for _ in range(3):
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
