"""The page without a mouse."""
from selenium.webdriver.common.keys import Keys

from page_restoration import count
from page_views import made


def by_keyboard_alone(page):
    """From the gallery to an image that is filled, by keys."""
    page.open("models")
    page.one(".models article")
    page.tab_to("e.hash === '#gallery'")
    page.keys(Keys.ENTER)
    page.one(".images button img")
    page.tab_to("e.matches('.images button')")
    page.keys(Keys.ENTER)
    page.said("sampler", "dialog")
    page.tab_to("e.textContent === 'Fill a part of it'")
    page.keys(Keys.ENTER)
    page.one("canvas.paint")
    page.tab_to("e.matches('canvas.paint')")
    page.keys("]]", " ")
    page.chord(Keys.SHIFT, Keys.ARROW_RIGHT, 5)
    assert count(page) > 20
    page.tab_to("e.name === 'steps'")
    page.chord(Keys.CONTROL, "a")
    page.keys("3")
    page.tab_to("e.matches('form button.main')")
    page.keys(Keys.ENTER)
    made(page)
    page.tab_to("e.matches('.compare input')")
    page.keys(Keys.HOME)
    assert page.one(".compare input").get_attribute("value") == "0"
    page.look("keyboard")
