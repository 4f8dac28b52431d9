"""Reads written/*.png, which Phantom's encoder made (WrittenFilesTests.swift), with Pillow and an XML parser.

    python check_written.py

Pixels, texts and XMP must be what the test put in; 16-bit colour, which Pillow cuts to 8, goes through the decoder of
make_digests.py.
"""
import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
from PIL import Image

from make_digests import decode

RECIPE = {"seed": "18446744073709551615", "condition": {"Befund": "Ödem <&> 肺 🫁"}}
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
SOURCE = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"


def check(path, channels, bits):
    i = np.arange(13 * 11 * channels, dtype=np.int64)
    expected = ((7919 * i * i + 31 * i) % (1 << bits)).reshape(11, 13, channels)
    with Image.open(path) as image:
        image.load()
        modes = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
        if bits == 8:
            assert image.mode == modes[channels], image.mode
            assert np.array_equal(np.asarray(image).reshape(expected.shape), expected)
        elif channels == 1:
            assert image.mode == "I;16", image.mode
            assert np.array_equal(np.asarray(image), expected[:, :, 0])
        texts = image.text
    own, depth = decode(path.read_bytes())
    assert depth == bits and np.array_equal(own, expected)
    assert json.loads(texts["phantom:recipe"]) == RECIPE
    assert texts["Description"] == "Synthetisch ]]> 肺水腫\r\n"
    assert texts["Software"] == "Phantom <test> & \x01"
    packet = texts["XML:com.adobe.xmp"]
    assert packet.startswith('<?xpacket begin="\ufeff"') and packet.endswith('<?xpacket end="r"?>')
    root = ElementTree.fromstring(packet)
    assert root.tag == "{adobe:ns:meta/}xmpmeta"
    description = root.find(f"{RDF}RDF/{RDF}Description")
    assert description.find(SOURCE).text == "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    assert description.find("{http://ns.adobe.com/xap/1.0/}CreatorTool").text == "Phantom <test> & \ufffd"
    title = description.find("{http://purl.org/dc/elements/1.1/}description")
    assert title.find(f"{RDF}Alt/{RDF}li").text == "Synthetisch ]]> 肺水腫\r\n"


for channels in 1, 2, 3, 4:
    for bits in 8, 16:
        check(Path(__file__).parent / "written" / f"channels{channels}-bits{bits}.png", channels, bits)
print("all right")
