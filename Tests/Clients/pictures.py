"""Pictures for the rounds of the clients, with the standard library alone."""
import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def grey(width, height, level):
    """A PNG of 8-bit grey; `level` gives the brightness at (x, y)."""
    def chunk(kind, content):
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(b"\0" + bytes(level(x, y) for x in range(width)) for y in range(height))
    return (SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def size(png):
    """Width and height of a PNG."""
    assert png[:8] == SIGNATURE, f"no PNG: {png[:40]!r}"
    return struct.unpack(">II", png[16:24])


def middle_mask(side):
    """White where it is filled, in the middle; black where it is kept."""
    return grey(side, side, lambda x, y: 255 * (side // 4 <= x < 3 * side // 4 and side // 4 <= y < 3 * side // 4))
