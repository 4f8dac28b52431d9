"""The web page in a headless Chromium: all kinds of job, painting by pointer and by keys, DICOM, sixteen bits, the
gallery and grids, tokens, a kill and a restart, what goes wrong; narrow and wide, light and dark; nothing on the
console, nothing that the policy refuses, nothing serious by axe-core.

    apt-get install chromium chromium-driver
    python drive_page.py PHANTOM MODEL SCREENSHOTS

PHANTOM is the program, MODEL a model folder; what the page looks like is left in the folder SCREENSHOTS.
"""
import os
import sys
import tempfile

import page_dicom
from page_browser import Browser
from page_keyboard import by_keyboard_alone
from page_restoration import enlarge, fill, readings
from page_service import EVALUATION, ONE_ATTRIBUTE, TOKEN, TWO_ATTRIBUTES, Service, copied
from page_states import full_store, states
from page_views import defaults, gallery, grid, make, many, models_and_queue

SIZES = ((1400, "light"), (400, "dark"), (1400, "dark"), (400, "light"))


def rounds(service, folder, screenshots):
    for width, scheme in SIZES:
        page = Browser(service, width, scheme, screenshots)
        try:
            page.give_token(TOKEN, wrong="wrong")
            make(page, kills=scheme == "light")
            newest = service.newest("generation")
            for suffix, name in (("", "image.png"), (".dcm", "image.dcm")):
                with open(f"{folder}/{name}", "wb") as file:
                    file.write(service.ask(newest["url"] + suffix))
            readings(page, folder)
            many(page)
            fill(page, folder)
            enlarge(page, folder + "/image.dcm")
            gallery(page)
            grid(page)
            defaults(page)
            models_and_queue(page)
            by_keyboard_alone(page)
            page.check_console()
        finally:
            page.driver.quit()
        print(page.name, "is well")


def main(program, model, screenshots):
    program, screenshots = os.path.abspath(program), os.path.abspath(screenshots)
    os.makedirs(screenshots, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/inverted.dcm", "wb") as file:
            file.write(page_dicom.inverted(lambda x, y: (61 * x + 7 * y) % 4096))
        one = copied(model, folder, attributes=ONE_ATTRIBUTE, evaluation=EVALUATION, flavour="sweet")
        two = copied(model, folder, attributes=TWO_ATTRIBUTES, sampling={"sampler": "heun", "steps": 7, "guidance": 1.5})
        models = [{"name": "one", "path": one}, {"name": "two", "path": two}]
        service = Service(program, model, folder, models=models)
        service.start()
        try:
            # More than a page of the gallery, and so many that some are far from the screen.
            for seed in range(2):
                service.ask("/v1/generations", {"model": "one", "count": 64, "steps": 1, "seed": str(seed)})
            rounds(service, folder, screenshots)
        finally:
            service.end()
    with tempfile.TemporaryDirectory() as folder:
        states(program, model, folder, screenshots)
    with tempfile.TemporaryDirectory() as folder:
        full_store(program, model, folder, screenshots)


if __name__ == "__main__":
    main(*sys.argv[1:])
