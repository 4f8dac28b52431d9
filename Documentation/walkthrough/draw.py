"""Pictures of the walkthrough that no command of phantom makes, with Python's own library alone.

    draw.py schedule OUT.svg            signal and noise of the cosine schedule
    draw.py levels IMAGE.png OUT.png    a grey image at six times of the noising process, enlarged
    draw.py mask IMAGE.png OUT.png      a mask of that image's size: its middle right
    draw.py row OUT.png A.png B.png...  grey images side by side, enlarged
    draw.py small IMAGE.png OUT.png     means over blocks of 2x2 pixels
"""

import math
import random
import struct
import sys
import zlib


def read(path):
    """Height, width and rows of a PNG of 8-bit grey, without interlacing."""
    data, place, packed = open(path, "rb").read(), 8, b""
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place:place + 8])
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", data[place + 8:place + 21])
            if (depth, colour, interlace) != (8, 0, 0):
                sys.exit(f"{path}: expected 8 bits, grey, not interlaced")
        if kind == b"IDAT":
            packed += data[place + 8:place + 8 + length]
        place += 12 + length
    raw, rows, above = zlib.decompress(packed), [], [0] * width
    for y in range(height):
        kind, line = raw[y * (width + 1)], list(raw[y * (width + 1) + 1:(y + 1) * (width + 1)])
        for x in range(width):
            left, up = line[x - 1] if x else 0, above[x]
            corner = above[x - 1] if x else 0
            guess = min((left, up, corner), key=lambda v: abs(left + up - corner - v))
            line[x] = (line[x] + [0, left, up, (left + up) // 2, guess][kind]) % 256
        rows.append(line)
        above = line
    return rows


def write(path, rows):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    body = b"".join(b"\0" + bytes(row) for row in rows)
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(body, 9))
                   + chunk(b"IEND", b""))


def beside(images, side=128, gap=4):
    """Images of any size, each enlarged to about `side` pixels, in one row on white."""
    tall = []
    for rows in images:
        factor = max(1, side // len(rows))
        tall.append([[value for value in row for _ in range(factor)] for row in rows for _ in range(factor)])
    height = max(len(rows) for rows in tall)
    result = []
    for y in range(height):
        line = []
        for number, rows in enumerate(tall):
            line += ([255] * gap if number else []) + (rows[y] if y < len(rows) else [255] * len(rows[0]))
        result.append(line)
    return result


def alpha(t, s=0.008):
    """The share of the image's power that is left at time t (Nichol and Dhariwal 2021, equation 17)."""
    return math.cos((t + s) / (1 + s) * math.pi / 2) ** 2 / math.cos(s / (1 + s) * math.pi / 2) ** 2


def schedule(path):
    def line(colour, value):
        points = " ".join(f"{60 + 4.8 * i:.1f},{20 + 200 * (1 - value(i / 100)):.1f}" for i in range(101))
        return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'

    text = "\n".join([
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 560 270" font-family="sans-serif" font-size="13">',
        '<title>Signal and noise over time</title><rect width="560" height="270" fill="white"/>',
        '<path d="M60 20V220H540" fill="none" stroke="black"/>',
        line("#1f5fbf", lambda t: math.sqrt(alpha(t))), line("#c23b22", lambda t: math.sqrt(max(0, 1 - alpha(t)))),
        '<text x="70" y="40" fill="#1f5fbf">signal</text><text x="480" y="40" fill="#c23b22">noise</text>',
        '<text x="48" y="225" text-anchor="end">0</text><text x="48" y="25" text-anchor="end">1</text>',
        '<text x="60" y="238" text-anchor="middle">0</text><text x="540" y="238" text-anchor="middle">1</text>',
        '<text x="300" y="258" text-anchor="middle">time</text></svg>', ""])
    open(path, "w").write(text)


def levels(image, path):
    rows, draws, shown = read(image), random.Random(0), []
    noise = [[draws.gauss(0, 1) for _ in row] for row in rows]
    for t in (0, 0.2, 0.4, 0.6, 0.8, 1):
        signal, spread = math.sqrt(max(0, alpha(t))), math.sqrt(max(0, 1 - alpha(t)))
        shown.append([
            [min(255, max(0, round(127.5 + 127.5 * (signal * (v / 127.5 - 1) + spread * z)))) for v, z in zip(*pair)]
            for pair in zip(rows, noise)])
    write(path, beside(shown))


def mask(image, path):
    side = len(read(image))
    inside = range(side // 4, 3 * side // 4)
    write(path, [[255 if y in inside and x in range(side // 2, 7 * side // 8) else 0 for x in range(side)]
                 for y in range(side)])


def small(image, path):
    rows = read(image)
    write(path, [[sum(rows[y + a][x + b] for a in (0, 1) for b in (0, 1)) // 4 for x in range(0, len(rows[0]), 2)]
                 for y in range(0, len(rows), 2)])


what, arguments = sys.argv[1], sys.argv[2:]
if what == "row":
    write(arguments[0], beside([read(path) for path in arguments[1:]]))
else:
    {"schedule": schedule, "levels": levels, "mask": mask, "small": small}[what](*arguments)
