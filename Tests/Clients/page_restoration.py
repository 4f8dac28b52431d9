"""Fill and Enlarge: files as they are read, masks as they are painted, and answers beside what was given."""
import io

from PIL import Image, ImageChops
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from page_views import made

STEPS = 10
# Which pixels of the picture that is painted are tinted: its grey ones have equal colours.
MASK = """
document.activeElement.blur();
const { width, height } = arguments[0];
const copy = new OffscreenCanvas(width, height).getContext("2d");
copy.drawImage(arguments[0], 0, 0);
const { data } = copy.getImageData(0, 0, width, height);
return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i] !== data[4 * i + 1]);"""


def readings(page, folder):
    """Files are read as the service reads them, and enlarged as Pillow does."""
    png, dicom = page.picture(folder + "/image.png"), page.picture(folder + "/image.dcm")
    assert png == dicom and png["bits"] == 16, (png, dicom)
    with Image.open(folder + "/image.png") as image:
        assert png["samples"] == [value & 0xFFFF for value in image.get_flattened_data()]
        small = Image.frombytes("L", image.size, bytes((value & 0xFFFF) >> 8 for value in image.get_flattened_data()))
        small.save(folder + "/eight.png")
        colours = Image.merge("RGB", [small, small.transpose(Image.Transpose.ROTATE_90), ImageChops.invert(small)])
        for picture in (colours, colours.quantize(16)):
            picture.save(folder + "/colours.png")
            read = page.picture(folder + "/colours.png")
            expected = [value for pixel in picture.convert("RGB").get_flattened_data() for value in pixel]
            assert read["channels"] == 3 and read["samples"] == expected, picture.mode
    larger = page.picture(folder + "/eight.png", "resize.bicubic(picture, 4)")
    expected = list(small.resize((small.width * 4, small.height * 4), Image.Resampling.BICUBIC).get_flattened_data())
    assert max(abs(a - b) for a, b in zip(larger["samples"], expected, strict=True)) <= 1
    squares = page.picture(folder + "/eight.png", "resize.nearest(picture, 2)")
    expected = small.resize((small.width * 2, small.height * 2), Image.Resampling.NEAREST)
    assert squares["samples"] == list(expected.get_flattened_data())


def count(page):
    """Pixels that are painted."""
    words = page.one("#main form .stack > span.soft[role=status]").text
    return 0 if words.startswith("Nothing") else int(words.split()[0])


def paint(page):
    canvas = page.one("canvas.paint")
    assert count(page) == 0
    stroke = ActionChains(page.driver).move_to_element_with_offset(canvas, -20, -20)
    stroke.click_and_hold().move_by_offset(60, 40).release().perform()
    stroke = count(page)
    assert stroke > 20
    canvas.send_keys(Keys.ARROW_DOWN * 8 + " ")
    dabbed = count(page)
    assert dabbed > stroke
    page.chord(Keys.SHIFT, Keys.ARROW_LEFT, 3)
    assert count(page) > dabbed
    page.chord(Keys.CONTROL, "z", 3)
    assert count(page) == dabbed
    page.press("Undo")
    assert count(page) == stroke
    page.press("Redo")
    assert count(page) == dabbed
    page.press("Invert")
    assert count(page) == 64 * 64 - dabbed
    page.press("Undo")
    width = canvas.size["width"]
    page.press("Zoom in")
    assert canvas.size["width"] == 2 * width
    page.press("Zoom out")
    page.one("input[name=erase]").click()
    canvas.send_keys(" ")
    assert 0 < count(page) < dabbed
    page.press("Undo")
    page.one("input[name=erase]").click()


def fill(page, folder):
    page.open("fill")
    page.drop(".drop", folder + "/inverted.dcm")
    page.said("64 \u00d7 64, grey, 16 bits")
    paint(page)
    page.look("paint")
    mask = page.driver.execute_script(MASK, page.one("canvas.paint"))
    page.write("steps", STEPS)
    page.submit()
    made(page)
    page.said("Where nothing was painted")
    page.one(".deviation canvas")
    page.until(lambda: len(page.all(".compare")) == 2)
    # What was not painted is what the file shows, as the page reads it: to the bit. So the answers do not differ there.
    given = page.picture(folder + "/inverted.dcm")["samples"]
    image = Image.open(io.BytesIO(page.service.ask(page.service.newest("inpainting")["url"])))
    different = [i for i, value in enumerate(image.get_flattened_data()) if value & 0xFFFF != given[i]]
    assert different and all(mask[i] for i in different), len(different)
    deviation = page.pixels(page.one(".deviation canvas"))
    assert max(deviation) == 255 and all(mask[i] for i, value in enumerate(deviation) if value)
    slider = page.one(".compare input[type=range]")
    slider.send_keys(Keys.HOME)
    assert page.all(".compare .layer")[1].value_of_css_property("clip-path") .rstrip("%)").endswith(("0", "0px"))
    slider.send_keys(Keys.END)
    assert "100%" in page.all(".compare .layer")[1].value_of_css_property("clip-path")
    page.look("fill")


def enlarge(page, image):
    page.open("enlarge")
    page.one("input[type=file]").send_keys(image)
    Select(page.one("select[name=scale]")).select_by_value("2")
    page.one(".film canvas")
    page.write("steps", STEPS)
    page.submit()
    made(page)
    page.said("Made 2 times smaller again")
    under = page.one(".compare .layer")
    squares = page.pixels(under)
    width = int(under.get_attribute("width"))
    assert squares[0] == squares[1] == squares[width]
    Select(page.one("select[name=before]")).select_by_visible_text("bicubic")
    assert page.pixels(under) != squares
    page.look("enlarge")
