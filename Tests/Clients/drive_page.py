"""The web page in a headless Chromium: all kinds of job, painting by pointer and by keys, a token, a kill and a restart,
narrow and wide, light and dark; nothing on the console, nothing that the policy refuses, nothing serious by axe-core.

    apt-get install chromium chromium-driver
    python drive_page.py PHANTOM MODEL SCREENSHOTS

PHANTOM is the program, MODEL a model folder; what the page looks like is left in the folder SCREENSHOTS.
"""
import glob
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import axe_selenium_python
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

TOKEN = "drive-page"
AXE = open(glob.glob(os.path.dirname(axe_selenium_python.__file__) + "/**/axe.min.js", recursive=True)[0]).read()
# Runs before the page: what its policy refuses is remembered.
WATCH = "window.refused = []; addEventListener('securitypolicyviolation', (e) => refused.push(e.violatedDirective + ' ' + e.blockedURI))"


class Service:
    """`phantom serve` on a free port with a store of its own."""

    def __init__(self, program, model, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.program, self.folder = program, folder
        digest = hashlib.sha256(TOKEN.encode()).hexdigest()
        configuration = {
            "port": self.port, "database": "sqlite:jobs.sqlite", "models": [{"path": os.path.abspath(model)}],
            "auth": {"tokens_sha256": [digest]}}
        with open(folder + "/config.json", "w") as file:
            json.dump(configuration, file)
        self.address = f"http://127.0.0.1:{self.port}"

    def start(self):
        log = open(self.folder + "/log", "a")
        self.process = subprocess.Popen(
            [self.program, "serve", "--config", self.folder + "/config.json"], stdout=log, stderr=log)
        for _ in range(600):
            try:
                return urllib.request.urlopen(self.address + "/readyz").close()
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the service does not get ready")

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait()

    def bytes(self, path):
        request = urllib.request.Request(self.address + path, headers={"Authorization": f"Bearer {TOKEN}"})
        return urllib.request.urlopen(request).read()


class Page:
    """The page in a browser of one width and one scheme of colours."""

    def __init__(self, service, width, scheme, screenshots):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
            options.add_argument(option)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
        size = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        self.service, self.name, self.screenshots = service, f"{width}-{scheme}", screenshots

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.until(lambda: self.all(selector))[0]

    def until(self, condition):
        return WebDriverWait(self.driver, 240).until(lambda _: condition())

    def text(self):
        return self.driver.find_element(By.ID, "main").text

    def open(self, view):
        self.driver.get(f"{self.service.address}/#{view}")

    def made(self):
        """Waits for the newest job, which must succeed."""
        self.until(lambda: "All as ZIP" in self.text() or self.all("#main .bad"))
        assert not self.all("#main .bad"), self.text()

    def look(self, view):
        """A picture of the view, and what is wrong with it."""
        time.sleep(0.5)
        self.driver.save_screenshot(f"{self.screenshots}/{view}-{self.name}.png")
        assert self.driver.execute_script("return document.documentElement.scrollWidth <= innerWidth"), view
        assert self.driver.execute_script("return refused") == [], view
        self.driver.execute_script(AXE)
        found = self.driver.execute_async_script("axe.run().then((r) => arguments[arguments.length - 1](r.violations))")
        found = [(one["impact"], one["id"], one["nodes"][0]["html"]) for one in found]
        assert not [one for one in found if one[0] in ("serious", "critical")], (view, found)

    def check_console(self):
        """Nothing but what the browser itself says of refused and lost requests."""
        for entry in self.driver.get_log("browser"):
            assert "Failed to load resource" in entry["message"] or entry["level"] == "DEBUG", entry

    # The views

    def give_token(self):
        self.open("make")
        self.one("dialog input").send_keys("wrong")
        self.one("dialog button").click()
        self.until(lambda: "not a known one" in self.driver.find_element(By.ID, "dialog").text)
        self.look("token")
        self.one("dialog input").send_keys(TOKEN + Keys.ENTER)

    def make(self, kills):
        steps = self.one("#main input[name=steps]")
        steps.clear()
        # By the keyboard alone.
        steps.send_keys(("200" if kills else "20") + Keys.ENTER)
        self.until(lambda: "preview" in self.text())
        self.look("making")
        if kills:
            self.service.end(signal.SIGKILL)
            self.until(lambda: "lost" in self.driver.find_element(By.ID, "banner").text)
            self.service.start()
        self.made()
        self.until(lambda: all(self.driver.execute_script(
            "return [...document.querySelectorAll('article img')].map((i) => i.naturalWidth > 0)")))
        self.look("made")

    def fill(self, image):
        self.open("fill")
        self.one("input[type=file]").send_keys(image)
        canvas = self.one("canvas.paint")
        ActionChains(self.driver).move_to_element_with_offset(canvas, -20, -20).click_and_hold().move_by_offset(
            60, 40).release().perform()
        canvas.send_keys(Keys.ARROW_DOWN * 12 + " ")
        ActionChains(self.driver).key_down(Keys.CONTROL).send_keys("z").key_up(Keys.CONTROL).perform()
        self.one("#main form button.main").click()
        self.made()
        self.one(".stage")
        self.look("fill")

    def enlarge(self, image):
        self.open("enlarge")
        self.one("input[type=file]").send_keys(image)
        Select(self.one("select[name=scale]")).select_by_value("2")
        self.one(".film canvas")
        self.one("#main form button.main").click()
        self.made()
        self.one(".stage")
        self.look("enlarge")

    def others(self):
        self.open("gallery")
        self.one(".images button").click()
        self.until(lambda: "sampler" in self.driver.find_element(By.ID, "dialog").text)
        self.look("gallery")
        for view, what in (("queue", "table"), ("models", ".models article")):
            self.open(view)
            self.one(what)
            self.look(view)


def main(program, model, screenshots):
    os.makedirs(screenshots, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        service = Service(os.path.abspath(program), model, folder)
        service.start()
        try:
            for width, scheme in ((1400, "light"), (400, "dark"), (1400, "dark"), (400, "light")):
                page = Page(service, width, scheme, screenshots)
                try:
                    page.give_token()
                    page.make(kills=scheme == "light")
                    newest = json.loads(service.bytes("/v1/images?kind=generation&limit=1"))["items"][0]
                    with open(folder + "/image.png", "wb") as file:
                        file.write(service.bytes(newest["url"]))
                    page.fill(folder + "/image.png")
                    page.enlarge(folder + "/image.png")
                    page.others()
                    page.check_console()
                finally:
                    page.driver.quit()
                print(page.name, "is well")
        finally:
            service.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
