"""A DICOM file with all that makes reading one hard: implicit representations, inverted grey, twelve bits, a window."""
import struct

SIDE = 64


def _element(group, number, value):
    value += b"\0" * (len(value) % 2)
    return struct.pack("<HHI", group, number, len(value)) + value


def _explicit(group, number, kind, value):
    value += b"\0" * (len(value) % 2)
    return struct.pack("<HH2sH", group, number, kind, len(value)) + value


def inverted(level):
    """The bytes; `level` gives the 12 stored bits at (x, y)."""
    meta = _explicit(2, 0x10, b"UI", b"1.2.840.10008.1.2")
    meta = _explicit(2, 0, b"UL", struct.pack("<I", len(meta))) + meta
    number = lambda value: struct.pack("<H", value)
    # A sequence of one item, of both of which the length is not told.
    sequence = struct.pack("<HHIHHI", 0x40, 0x275, 0xFFFFFFFF, 0xFFFE, 0xE000, 0xFFFFFFFF) + _element(0x40, 7, b"CHEST")
    sequence += struct.pack("<HHIHHI", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
    data = _element(8, 0x60, b"DX") + _element(0x28, 2, number(1)) + _element(0x28, 4, b"MONOCHROME1")
    data += _element(0x28, 0x10, number(SIDE)) + _element(0x28, 0x11, number(SIDE))
    data += _element(0x28, 0x100, number(16)) + _element(0x28, 0x101, number(12))
    data += _element(0x28, 0x102, number(11)) + _element(0x28, 0x103, number(0)) + _element(0x28, 0x1050, b"3000")
    data += _element(0x28, 0x1051, b"5000.5") + _element(0x28, 0x1052, b"-100") + _element(0x28, 0x1053, b"2")
    data += sequence
    pixels = b"".join(number(level(x, y)) for y in range(SIDE) for x in range(SIDE))
    return bytes(128) + b"DICM" + meta + data + _element(0x7FE0, 0x10, pixels)
