"""The report of `phantom evaluate` with all its parts in a headless Chromium: narrow and wide, light, dark and on
paper; nothing that it asks for from elsewhere, nothing on the console, nothing serious by axe-core; report.json by its
schema.

    apt-get install chromium chromium-driver
    python drive_report.py PHANTOM FIXTURES SCREENSHOTS

PHANTOM is the program, FIXTURES the folder Tests/Fixtures; what the pages look like is left in the folder SCREENSHOTS.
The images are of nobody: those that a small network was taught by heart, and drawn ones.
"""
import base64
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import time

import jsonschema
from PIL import Image, ImageDraw

from page_browser import Browser

SIZES = ((1400, "light"), (400, "dark"), (1400, "dark"), (400, "light"))
SCHEMA = os.path.join(os.path.dirname(__file__), "../../Documentation/report.schema.json")
PAPER = 718  # pixels of a sheet of A4 between its margins
LOW, HIGH = ("|".join(f"{number:02}" for number in range(first, first + 10)) for first in (0, 10))


def drawn(folder, count, mode, column, values):
    """Pictures of ellipses, four of each patient, with labels in a column."""
    os.makedirs(folder)
    rows = [f"filename,{column},patient"]
    for number in range(count):
        draws, base = random.Random(number), 236 if mode == "RGB" else 40
        image = Image.new(mode, (32, 32), (base, base - 6, base) if mode == "RGB" else base)
        for _ in range(9):
            x, y = draws.randrange(-4, 32), draws.randrange(-4, 32)
            w, h = draws.randrange(4, 18), draws.randrange(4, 18)
            level = draws.randrange(20, 236)
            ink = (120 + level // 3, 40 + level // 2, 160 + level // 4) if mode == "RGB" else level
            ImageDraw.Draw(image).ellipse((x, y, x + w, y + h), fill=ink)
        image.save(f"{folder}/{number:03}.png")
        rows.append(f"{number:03}.png,{number % values:02},p{number // 4}")
    with open(folder + "/labels.csv", "w") as table:
        table.write("\n".join(rows) + "\n")


def trained(program, arguments, output):
    """Puts outcomes of a downstream experiment where the program keeps them: to train 150 classifiers takes an hour.

    The program is ended as soon as it has said what the experiment is.
    """
    process, plan = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL), output + "/downstream/plan.json"
    while not os.path.exists(plan):
        assert process.poll() is None, "ended before the experiment"
        time.sleep(0.1)
    process.kill()
    process.wait()
    with open(plan) as file:
        facts = json.load(file)["plan"]
    draws = random.Random(5)
    for classifier in facts["classifiers"]:
        for share in facts["shares"]:
            for arm in facts["arms"]:
                for seed in range(facts["seeds"]):
                    rows = []
                    for number in range(80):
                        low = min(max(draws.gauss(0.7 if number % 20 < 10 else 0.3, 0.3), 0.01), 0.99)
                        rows += [low, 1 - low]
                    name = f"{output}/downstream/{classifier}-{share}-{arm}-{seed}.safetensors"
                    head = json.dumps({"probabilities": {"dtype": "F32", "shape": [80, 2], "data_offsets": [0, 640]}})
                    with open(name, "wb") as file:
                        file.write(struct.pack("<Q", len(head)) + head.encode() + struct.pack("<160f", *rows))


def reports(program, fixtures, folder):
    """One of a model with every part, one of two folders of coloured pictures."""
    model = fixtures + "/copies/copying_model"
    drawn(folder + "/real", 80, "L", "picture", 20)
    drawn(folder + "/stained", 60, "RGB", "label", 3)
    subprocess.run(
        [program, "augment", "--model", model, "--per-condition", "12", "--steps", "8", "--seed", "7",
         "--no-reject-copies", "--output", folder + "/train"], check=True, stdout=subprocess.DEVNULL)
    for name in ("real", "train"):
        with open(f"{folder}/{name}.json", "w") as file:
            json.dump({"kind": "folder", "path": f"{folder}/{name}", "attributes": ["picture"], "validation": 0}, file)
    full, colour = folder + "/full", folder + "/colour"
    arguments = [
        "evaluate", "--real", folder + "/real.json", "--train", folder + "/train.json", "--model", model, "--count", "60",
        "--steps", "8", "--copies", "--audit", "1", "--modality", "chest", "--downstream", f"--class=low={LOW}",
        f"--class=high={HIGH}", "--output", full]
    trained(program, arguments, full)
    subprocess.run([program, *arguments], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(
        [program, "evaluate", "--real", folder + "/stained", "--synthetic", folder + "/stained", "--modality",
         "histology", "--output", colour], check=True, stdout=subprocess.DEVNULL)
    return full, colour


def check_json(report):
    with open(SCHEMA) as schema, open(report + "/report.json") as file:
        document = json.load(file)
        jsonschema.Draft202012Validator(json.load(schema)).validate(document)
    assert "NaN" not in json.dumps(document) and os.path.getsize(report + "/report.html") < 5_000_000
    return document


def asked(page):
    """What the page has asked for beside itself, but for what stands in it."""
    names = page.driver.execute_script("return performance.getEntriesByType('resource').map((one) => one.name)")
    return [name for name in names if not name.startswith("data:")]


def assert_nothing_hidden(page, name):
    """No table has to be scrolled sideways."""
    wide = page.driver.execute_script(
        "return [...document.querySelectorAll('.scroll')].filter((e) => e.scrollWidth > e.clientWidth)"
        ".map((e) => [e.scrollWidth, e.clientWidth, e.textContent.trim().slice(0, 60)])")
    assert not wide, (name, wide)


def on_paper(page, name):
    """Prints the page, and sees that no table is cut off at the edge of the sheet."""
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    page.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": PAPER, "height": 1000, "deviceScaleFactor": 1, "mobile": False})
    assert_nothing_hidden(page, name)
    pdf = page.driver.execute_cdp_cmd(
        "Page.printToPDF", {"printBackground": True, "paperWidth": 8.27, "paperHeight": 11.69})
    with open(f"{page.screenshots}/{name}.pdf", "wb") as file:
        file.write(base64.b64decode(pdf["data"]))


def whole(page, name):
    """A picture of the page from top to bottom, with no table scrolled."""
    page.driver.execute_script("document.querySelectorAll('.scroll').forEach((e) => { e.scrollLeft = 0; })")
    shot = page.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "format": "png"})
    with open(f"{page.screenshots}/{name}-{page.name}.png", "wb") as file:
        file.write(base64.b64decode(shot["data"]))


class Files:
    """What a `Browser` wants to know of a service, of pages that are files."""

    def __init__(self, folder):
        self.folder, self.address = folder, "file://" + folder


def main(program, fixtures, screenshots):
    program, fixtures, screenshots = (os.path.abspath(path) for path in (program, fixtures, screenshots))
    os.makedirs(screenshots, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        made = reports(program, fixtures, folder)
        parts = check_json(made[0])
        assert {"downstream", "audit", "labels", "domain", "model"} <= parts.keys(), parts.keys()
        assert parts["verdict"]["somebody"]["answer"] == "yes", parts["verdict"]
        captions = [block.get("caption", "") for part in check_json(made[1])["sections"] for block in part["blocks"]]
        assert any(caption.startswith("Means by condition") for caption in captions), captions
        for width, scheme in SIZES:
            page = Browser(Files(folder), width, scheme, screenshots)
            try:
                for report in made:
                    name = "report-" + os.path.basename(report)
                    page.driver.get(f"file://{report}/report.html")
                    page.look(name)
                    whole(page, name)
                    if width > 1000:
                        assert_nothing_hidden(page, name)
                    assert asked(page) == [], asked(page)
                    if (width, scheme) == SIZES[-1]:
                        on_paper(page, name)
                page.check_console()
            finally:
                page.driver.quit()
            print(f"the report at {page.name} is well")


if __name__ == "__main__":
    main(*sys.argv[1:])
