"""The page in a headless Chromium: what every round of it needs."""
import base64
import glob
import os
import time

import axe_selenium_python
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

AXE = open(glob.glob(os.path.dirname(axe_selenium_python.__file__) + "/**/axe.min.js", recursive=True)[0]).read()
# Runs before the page: what its policy refuses is remembered.
WATCH = """window.refused = [];
addEventListener("securitypolicyviolation", (e) => refused.push(e.violatedDirective + " " + e.blockedURI));"""
# Base64 -> a file of a name.
FILE = "const file = new File([Uint8Array.from(atob(arguments[0]), (c) => c.charCodeAt(0))], arguments[1]);"


class Browser:
    """A browser of one width and one scheme of colours."""

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
        self.downloads = service.folder + "/downloads"
        self.driver.execute_cdp_cmd(
            "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": self.downloads})
        self.service, self.name, self.screenshots = service, f"{width}-{scheme}", screenshots

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.until(lambda: self.all(selector))[0]

    def until(self, condition):
        return WebDriverWait(self.driver, 60).until(lambda _: condition())

    def text(self, name="main"):
        return self.driver.find_element(By.ID, name).text

    def said(self, words, name="main"):
        """Waits for words in the page, or in the part of an id."""
        try:
            self.until(lambda: words in self.text(name))
        except Exception:
            raise AssertionError(f"expected {words!r}, got {self.text(name)!r}") from None

    def open(self, view):
        self.driver.get(f"{self.service.address}/#{view}")

    def write(self, name, value):
        field = self.one(f"#main input[name={name}]")
        field.clear()
        field.send_keys(str(value))
        return field

    def press(self, label, within="#main"):
        self.until(lambda: [one for one in self.all(within + " button") if one.text == label])[0].click()

    def submit(self):
        self.one("#main form button.main").click()

    def keys(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def chord(self, modifier, key, times=1):
        chain = ActionChains(self.driver).key_down(modifier)
        for _ in range(times):
            chain.send_keys(key)
        chain.key_up(modifier).perform()

    def tab_to(self, condition):
        """Goes by the keyboard to the first element of which JavaScript's `condition` holds."""
        for _ in range(150):
            if self.driver.execute_script(f"const e = document.activeElement; return Boolean({condition})"):
                return
            self.keys(Keys.TAB)
        raise AssertionError(f"no Tab leads to {condition}")

    def drop(self, selector, path):
        with open(path, "rb") as file:
            content = base64.b64encode(file.read()).decode()
        self.driver.execute_script(
            FILE + "const dataTransfer = new DataTransfer(); dataTransfer.items.add(file);"
            "arguments[2].dispatchEvent(new DragEvent('drop', {dataTransfer, bubbles: true, cancelable: true}))",
            content, os.path.basename(path), self.one(selector))

    def picture(self, path, then="picture"):
        """What the page reads in a file, after what `then` makes of it: width, height, channels, bits and samples."""
        with open(path, "rb") as file:
            content = base64.b64encode(file.read()).decode()
        return self.driver.execute_async_script(
            FILE + """const done = arguments[arguments.length - 1];
            (async () => {
              const [{ read }, resize] = await Promise.all([import("/page/picture.js"), import("/page/resize.js")]);
              const picture = await read(new Uint8Array(await file.arrayBuffer()));
              const { samples, ...rest } = """ + then + """;
              done({ ...rest, samples: [...samples] });
            })().catch((error) => done({ error: String(error) }));""", content, os.path.basename(path))

    def pixels(self, canvas):
        """Red of every pixel of a canvas."""
        return self.driver.execute_script(
            "const { width, height } = arguments[0], copy = new OffscreenCanvas(width, height).getContext('2d');"
            "copy.drawImage(arguments[0], 0, 0);"
            "return [...copy.getImageData(0, 0, width, height).data].filter((_, i) => i % 4 === 0)", canvas)

    def downloaded(self, name):
        path = f"{self.downloads}/{name}"
        self.until(lambda: os.path.exists(path))
        with open(path, "rb") as file:
            content = file.read()
        os.remove(path)
        return content

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

    def give_token(self, token, view="make", wrong=None):
        self.open(view)
        if wrong:
            self.one("dialog input").send_keys(wrong)
            self.one("dialog button").click()
            self.said("not a known one", "dialog")
            self.look("token")
        self.one("dialog input").send_keys(token + Keys.ENTER)
        self.until(lambda: not self.all("dialog[open]"))
