"""What must not happen, and what is said when something does."""

import json

from .visitor import need


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
