"""The views of the page, one after the other: what one does in each, and what must come of it."""
import json
import signal

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select


def made(page):
    """Waits for the newest job, which must succeed."""
    page.until(lambda: "All as ZIP" in page.text() or page.all("#main .bad"))
    assert not page.all("#main .bad"), page.text()


def make(page, kills):
    Select(page.one("select[name=bit_depth]")).select_by_value("16")
    # By the keyboard alone.
    page.write("steps", 150).send_keys(Keys.ENTER)
    page.said("preview")
    page.look("making")
    if kills:
        page.service.end(signal.SIGKILL)
        page.said("lost", "banner")
        page.service.start()
    made(page)
    canvas = page.until(lambda: page.all("article .film canvas"))[0]
    page.until(lambda: len(page.all("article .film canvas")) == 4)
    # A window of grey levels: narrower by dragging, all again by a key.
    whole = page.pixels(canvas)
    ActionChains(page.driver).drag_and_drop_by_offset(canvas, -60, 20).perform()
    assert "window 0 to 65535" not in page.one("article .window").text
    assert max(page.pixels(canvas)) == 255 and page.pixels(canvas) != whole
    canvas.send_keys(Keys.HOME)
    assert page.pixels(canvas) == whole
    page.look("made")


def many(page):
    """More jobs at a time than a browser has connections, none of which may keep the page from the others."""
    page.driver.refresh()
    page.write("steps", 500)
    page.write("count", 1)
    for count in range(1, 9):
        page.submit()
        page.until(lambda: len(page.all("#main article")) >= min(8, count))
    page.until(lambda: all("step" in one.text or "queued" in one.text for one in page.all("#main article")))
    assert page.text().count("Cancel") == 8
    # Not by the mouse: what is cancelled grows smaller under it.
    page.driver.execute_script("document.querySelectorAll('article > .row > button').forEach((one) => one.click())")
    page.until(lambda: all("cancelled" in one.text for one in page.all("#main article")))


def gallery(page):
    page.open("gallery")
    page.one(".images img[src]")
    page.until(lambda: len(page.all(".images img")) >= 60)
    for _ in range(40):
        page.driver.execute_script("scrollTo(0, document.body.scrollHeight)")
        page.driver.execute_async_script("setTimeout(arguments[0], 300)")
        if not page.one("#main > .stack > button").is_displayed():
            break
    page.driver.execute_script("scrollTo(0, document.body.scrollHeight)")
    assert len(page.all(".images img")) >= 128
    # The first ones are let go of where the list is long enough, and come back.
    first, last = page.all(".images img")[0], page.all(".images img")[-1]
    page.until(lambda: last.get_attribute("src"))
    if page.name.startswith("400"):
        page.until(lambda: not first.get_attribute("src"))
    page.driver.execute_script("scrollTo(0, 0)")
    page.until(lambda: first.get_attribute("src"))
    Select(page.one("select[name=kind]")).select_by_value("inpainting")
    page.until(lambda: 0 < len(page.all(".images img")) < 60)
    Select(page.one("select[name=kind]")).select_by_value("generation")
    page.until(lambda: len(page.all(".images img")) >= 60)
    page.look("gallery")
    record = page.service.newest("generation")
    page.one(".images button").click()
    page.said("sampler", "dialog")
    page.look("image")
    name = f"{record['model']}-{record['seed']}"
    for label, suffix in (("PNG", ""), ("DICOM", ".dcm"), ("Recipe", ".json")):
        page.press(label, "dialog")
        assert page.downloaded(name + (suffix or ".png")) == page.service.ask(record["url"] + suffix), label
    page.press("Verify", "dialog")
    page.said("Verified. The recipe makes this very image.", "dialog")
    page.look("verified")
    page.press("Again with another seed", "dialog")
    page.said("Make images")
    assert page.one("input[name=count]").get_attribute("value") == "1"
    assert page.one("input[name=seed]").get_attribute("value") != record["seed"]
    page.open("gallery")
    page.one(".images button").click()
    page.press("Enlarge it", "dialog")
    page.said(f"{name}.png: {record['width']} \u00d7 {record['height']}")


def grid(page):
    page.open("gallery")
    page.one("a[href='#grid']").click()
    page.one("select[name=rows]")
    page.write("steps", 2)
    page.write("seed", 7)
    page.submit()
    page.said("16 of 16 images")
    rows = [one.text for one in page.all("table.grid th[scope=row]")]
    assert rows == ["PA normal", "PA abnormal", "AP normal", "AP abnormal"], rows
    assert page.all("table.grid th[scope=col]")[1].text.split() == ["seed", "7"]
    page.until(lambda: len(page.all("table.grid img")) == 16)
    width = "return arguments[0].naturalWidth"
    page.until(lambda: all(page.driver.execute_script(width, one) for one in page.all("table.grid img")))
    page.look("grid")
    page.all("table.grid button")[5].click()
    page.said('"seed": "8"', "dialog")
    assert "study: PA abnormal" in page.text("dialog")
    page.press("Close", "dialog")
    page.write("steps", 1000)
    page.submit()
    page.press("Cancel the rest")
    page.until(lambda: page.text().count("cancelled") == 16)
    # Two attributes under one seed.
    Select(page.one("select[name=model]")).select_by_value("two")
    page.write("steps", 2)
    page.submit()
    page.said("4 of 4 images")
    assert [one.text for one in page.all("table.grid th")] == ["view \\ finding", "normal", "abnormal", "PA", "AP"]
    page.all("table.grid button")[1].click()
    page.said("view: PA, finding: abnormal", "dialog")


def defaults(page):
    """Each model's own sampling is in the form, in what is sent and in what is told, and not that of the model before."""
    page.open("make")
    def told():
        fields = [page.one(f"[name={name}]").get_attribute("value") for name in ("sampler", "steps", "guidance")]
        body = page.driver.execute_script("return document.querySelector('details pre').textContent").split(" -d '")[1]
        sent = json.loads(body.rstrip("'"))
        assert fields == [str(sent[name]) for name in ("sampler", "steps", "guidance")], (fields, sent)
        return sent["model"], *fields
    Select(page.one("select[name=model]")).select_by_value("two")
    assert told() == ("two", "heun", "7", "1.5"), told()
    page.write("steps", 9)
    page.open("models")
    page.one(".models article")
    assert "heun, 7 steps, guidance 1.5" in page.driver.execute_script("return document.body.textContent")
    page.open("make")
    assert told() == ("two", "heun", "9", "1.5"), told()
    Select(page.one("select[name=model]")).select_by_value("one")
    assert told() == ("one", "dpmsolver++", "25", "1"), told()


def models_and_queue(page):
    page.open("queue")
    page.said("Nothing runs")
    page.open("models")
    page.one(".models article")
    text = page.text()
    assert [one.text for one in page.all(".models h3")] == ["one", "two"]
    told = (
        "Trained on", "Licence", "partly as real ones do", "none was found to be a copy", "Kernel distance",
        "0.0123 (0.0101 to 0.0152)", "not computed", "120 held-out patients", "2026-05-04", "flavour")
    for words in told:
        assert words in text, (words, text)
    page.look("models")
