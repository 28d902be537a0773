"""A browser page with a person's hands."""

import json

VIEWS = ["chat", "inside/tokens", "inside/next", "inside/attention", "inside/lens", "inside/space",
         "pipeline", "training/runs", "training/start", "training/time"]


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
        self.page.on("response", self.answered_with)

    def heard(self, message):
        if message.type in ("error", "warning") and not self.expects_errors:
            self.troubles.append(f"console: {message.text}")

    def answered_with(self, response):
        if response.status >= 400 and not self.expects_errors:
            self.troubles.append(f"{response.status} for {response.url} with {(response.request.post_data or '')[:200]}")

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
