"""What users meet beside success: tokens that may not, a full queue or disk, a job that fails, no models."""
import hashlib
import json
import os
import signal
import subprocess
import urllib.error

from page_browser import Browser
from page_service import TOKEN, Service

# Answers in the place of the service, by method and path: {"POST /v1/...": [status, document]}.
INSTEAD = """
const real = window.fetch;
window.fetch = (path, options = {}) => {
  const found = arguments[0][`${options.method ?? "GET"} ${path}`];
  if (!found) return real(path, options);
  const headers = { "Content-Type": "application/problem+json", "X-Request-Id": "request-of-the-test" };
  return Promise.resolve(new Response(JSON.stringify(found[1]), { status: found[0], headers }));
};"""

# Makes the images that are asked for so large that their first step takes seconds.
LARGE = """
const real = window.fetch;
window.fetch = (path, options = {}) => {
  const larger = () => JSON.stringify({ ...JSON.parse(options.body), width: 640, height: 640 });
  return real(path, path === "/v1/generations" ? { ...options, body: larger() } : options);
};"""


class Watched(Service):
    def job(self, attempt):
        """Whether the newest job of `maker` runs for that time."""
        newest = json.loads(self.ask("/v1/jobs?limit=1", token="maker"))["items"][0]
        return newest["status"] == "running" and newest["attempt"] == attempt


def token(name, *scopes):
    return {"name": name, "sha256": hashlib.sha256(name.encode()).hexdigest(), "scopes": list(scopes)}


def states(program, model, folder, screenshots):
    tokens = [
        token("reader", "read"), token("maker", "read", "submit"), token("other", "read", "submit"),
        token("admin", "read", "submit", "admin")]
    service = Watched(program, model, folder, auth={"tokens": tokens}, queue_limit=1, workers=1, max_batch=1)
    service.start()
    try:
        for width, scheme in ((1400, "light"), (400, "dark")):
            pages = {name: Browser(service, width, scheme, screenshots) for name in ("reader", "maker", "admin")}
            try:
                for name, page in pages.items():
                    page.give_token(name)
                may_not(pages["reader"])
                full_queue(pages["maker"], pages["reader"], pages["admin"])
                failed(pages["maker"])
                full_disk(pages["maker"])
                no_model(pages["maker"], model)
                another_token(pages["maker"], tokens)
                for page in pages.values():
                    page.check_console()
            finally:
                for page in pages.values():
                    page.driver.quit()
            print(f"{width}-{scheme}", "tells what goes wrong")
    finally:
        service.end()


def full_store(program, model, folder, screenshots):
    """The same on a disk that is really full: the page says so, keeps what was asked for, and goes on when there is room."""
    disk = folder + "/disk"
    os.mkdir(disk)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk]).returncode:
        return print("passed over: a disk of its own needs root")
    try:
        service = Service(program, model, folder, database=f"sqlite:{disk}/jobs.sqlite")
        service.start()
        page = Browser(service, 1400, "light", screenshots)
        try:
            page.give_token(TOKEN)
            page.said("Make images")
            with open(disk + "/filler", "wb", buffering=0) as filler:
                try:
                    while True:
                        filler.write(bytes(4096))
                except OSError:
                    pass
            page.write("steps", 2)
            page.submit()
            page.said("full")
            page.said("Request ")
            page.look("full-store")
            os.remove(disk + "/filler")
            # The service looks for room every few seconds.
            page.until(lambda: is_ready(service))
            page.submit()
            page.until(lambda: json.loads(service.ask("/v1/images?limit=1"))["items"])
            page.check_console()
        finally:
            page.driver.quit()
            service.end()
    finally:
        subprocess.run(["umount", disk], check=True)
    print("a store that is full is told, and found to have room again")


def is_ready(service):
    try:
        return service.ask("/readyz")
    except urllib.error.HTTPError:
        return False


def may_not(page):
    page.said("Make images")
    page.submit()
    page.said("submit")
    page.said("Request ")
    page.look("may-not")


def full_queue(maker, reader, admin):
    maker.write("steps", 1000)
    maker.submit()
    maker.said("step ")
    maker.submit()
    maker.said("queued, place 1")
    maker.submit()
    maker.said("The queue is full.")
    maker.said("Try again in ")
    maker.look("full-queue")
    # A token sees its own jobs alone; who may see all sees for whom each is.
    reader.open("queue")
    reader.said("Nothing runs")
    admin.open("queue")
    admin.until(lambda: len(admin.all("tbody tr")) == 2)
    assert "maker" in admin.text() and "running" in admin.text()
    admin.look("queue")
    admin.all("tbody tr")[1].find_element("css selector", "button").click()
    admin.until(lambda: len(admin.all("tbody tr")) == 1)
    maker.said("cancelled")
    maker.press("Cancel")
    admin.said("Nothing runs")


def failed(page):
    """A job that gets nowhere before its process is killed, again and again, is given up: the page says why."""
    page.driver.execute_script(LARGE)
    page.write("steps", 1)
    page.write("count", 1)
    page.submit()
    for attempt in range(1, 4):
        page.until(lambda: page.service.job(attempt))
        page.service.end(signal.SIGKILL)
        page.said("lost", "banner")
        page.service.start()
    page.said("it is not tried again")
    page.said(", request ")
    page.until(lambda: page.driver.find_element("id", "banner").text == "")
    page.look("failed")


def full_disk(page):
    page.open("models")
    page.open("make")
    page.said("Make images")
    full = {"title": "The store is full", "status": 507, "detail": "Nothing more can be stored; what is there is kept."}
    page.driver.execute_script(INSTEAD, {"POST /v1/generations": [507, full]})
    page.submit()
    page.said("The store is full.")
    page.said("Request request-of-the-test")
    page.look("full-disk")


def no_model(page, model):
    """A service that has no models yet, dropped them or began without any: the page says so, and goes on with one."""
    service = page.service
    present = service.configuration
    service.configure(present | {"models": []})
    service.ask("/v1/models/reload", {}, token="admin")
    no_model_is_told(page)
    page.look("no-model")
    service.end()
    service.start()
    page.driver.refresh()
    no_model_is_told(page)
    service.configure(present)
    service.ask("/v1/models/reload", {}, token="admin")
    page.open("models")
    page.said(os.path.basename(os.path.normpath(model)))
    page.open("make")
    page.said("Make images")


def no_model_is_told(page):
    for view in ("fill", "enlarge", "grid", "models", "make"):
        page.driver.execute_script("location.hash = arguments[0]", "#" + view)
        page.until(lambda: page.driver.title.lower().startswith(view))
        page.said("No model is loaded")


def another_token(page, tokens):
    """A token that is taken back is asked for again, once."""
    service = page.service
    service.end()
    service.configure(service.configuration | {"auth": {"tokens": [one for one in tokens if one["name"] != "maker"]}})
    service.start()
    page.driver.refresh()
    page.said("not a known one", "dialog")
    page.one("dialog input").send_keys("other")
    page.one("dialog button").click()
    page.said("Make images")
    assert page.driver.execute_script("return sessionStorage.getItem('phantom-token')") == "other"
    service.end()
    service.configure(service.configuration | {"auth": {"tokens": tokens}})
    service.start()
