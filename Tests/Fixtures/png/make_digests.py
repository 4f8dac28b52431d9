"""Makes digests.tsv: what every PNG of PngSuite and libpng's test files decodes to, or that it must be refused.

    python make_digests.py FOLDER_WITH_pngsuite_AND_testpngs > digests.tsv

A decoder of its own, from the standard (ISO/IEC 15948) with zlib from Python's library alone, because Pillow cuts 16-bit
colour to 8. Where Pillow does not lose anything, its pixels are compared too and a difference ends the script.
A line: path, width, height, channels, bits, SHA-256 of the samples (row by row, 16 bits most significant byte first);
or: path, "refused", why.
"""
import hashlib
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]  # x, y, dx, dy


def need(condition, why):
    if not condition:
        raise ValueError(why)


def chunks(data):
    need(data[:8] == b"\x89PNG\r\n\x1a\n", "signature")
    at, found = 8, []
    while not found or found[-1][0] != b"IEND":
        need(len(data) - at >= 12, "truncated")
        length, name = struct.unpack(">I4s", data[at:at + 8])
        need(length <= len(data) - at - 12, f"length of {name}")
        body = data[at + 8:at + 8 + length]
        need(zlib.crc32(name + body) == struct.unpack(">I", data[at + 8 + length:at + 12 + length])[0], f"checksum of {name}")
        found.append((name, body))
        at += 12 + length
    return found


def unfilter(raw, stride, rows, step):
    out, at = np.zeros((rows, stride), np.uint8), 0
    above = bytearray(stride)
    for row in range(rows):
        kind, line = raw[at], bytearray(raw[at + 1:at + 1 + stride])
        need(kind <= 4, "filter type")
        at += 1 + stride
        for i in range(stride):
            a = line[i - step] if i >= step else 0
            b = above[i]
            c = above[i - step] if i >= step else 0
            if kind == 1:
                line[i] = (line[i] + a) & 255
            elif kind == 2:
                line[i] = (line[i] + b) & 255
            elif kind == 3:
                line[i] = (line[i] + (a + b) // 2) & 255
            elif kind == 4:
                p = a + b - c
                nearest = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
                line[i] = (line[i] + nearest) & 255
        out[row] = np.frombuffer(bytes(line), np.uint8)
        above = line
    return out, raw[at:]


def samples(rows, width, channels, depth):
    if depth == 16:
        return rows.reshape(len(rows), -1, 2).astype(np.uint32) @ np.array([256, 1], np.uint32)
    if depth < 8:
        bits = np.unpackbits(rows, axis=1)
        rows = (bits.reshape(len(rows), -1, depth) @ (1 << np.arange(depth)[::-1])).astype(np.uint32)
    return rows[:, :width * channels].astype(np.uint32)


def decode(data):
    found = chunks(data)
    need(found[0][0] == b"IHDR", "IHDR first")
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", found[0][1])
    channels = CHANNELS[colour]
    inflater = zlib.decompressobj()
    raw = inflater.decompress(b"".join(body for name, body in found if name == b"IDAT"))
    need(inflater.eof and not inflater.unused_data, "image data")
    passes = ADAM7 if interlace else [(0, 0, 1, 1)]
    image = np.zeros((height, width, channels), np.uint32)
    for x, y, dx, dy in passes:
        columns, rows = -(-(width - x) // dx), -(-(height - y) // dy)
        if columns <= 0 or rows <= 0:
            continue
        stride = (columns * channels * depth + 7) // 8
        need(len(raw) >= (stride + 1) * rows, "image data too short")
        lines, raw = unfilter(raw, stride, rows, max(1, channels * depth // 8))
        image[y::dy, x::dx] = samples(lines, columns, channels, depth).reshape(rows, columns, channels)
    need(not raw, "image data too long")
    return finish(image, dict(reversed(found)), depth, colour)


def finish(image, found, depth, colour):
    """Palette looked up, transparent colours to alpha, 1, 2, 4 bits to 8."""
    transparency = found.get(b"tRNS")
    if colour == 3:
        palette = np.frombuffer(found[b"PLTE"], np.uint8).reshape(-1, 3).astype(np.uint32)
        need(image.max() < len(palette), "palette index without a colour")
        alphas = np.full(256, 255, np.uint32)
        if transparency is not None:
            alphas[:len(transparency)] = np.frombuffer(transparency, np.uint8)
        index = image[:, :, 0]
        colours = palette[index]
        return (colours if transparency is None else np.dstack([colours, alphas[index]])), 8
    opaque = None
    if transparency is not None:
        key = np.frombuffer(transparency, ">u2").astype(np.uint32) & ((1 << depth) - 1)
        opaque = (image != key).any(axis=2)
    if depth < 8:
        image, depth = image * (255 // ((1 << depth) - 1)), 8
    if opaque is not None:
        image = np.dstack([image, opaque * ((1 << depth) - 1)])
    return image, depth


def compare_with_pillow(path, image, depth):
    try:
        opened = Image.open(path)
    except ValueError:
        return  # Pillow stumbles over an ancillary chunk, which says nothing of the pixels
    with opened:
        if depth == 16 and image.shape[2] > 1:
            return
        if opened.mode == "1":
            opened = opened.convert("L")
        if opened.mode.startswith("I"):
            theirs = np.asarray(opened, np.uint32)[:, :, None]
        elif image.shape[2] == 2 and opened.mode == "L":
            # Pillow does not stretch the transparent grey of 1, 2, 4 bits, so that it never matches: greys only.
            theirs, image = np.asarray(opened, np.uint32)[:, :, None], image[:, :, :1]
        else:
            theirs = np.asarray(opened.convert({1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[image.shape[2]]), np.uint32)
            theirs = theirs.reshape(image.shape[0], image.shape[1], -1)
    need(np.array_equal(theirs, image), f"Pillow reads {path} differently")


def main():
    root = Path(sys.argv[1])
    for path in sorted(root.rglob("*.png")):
        name = path.relative_to(root)
        try:
            image, depth = decode(path.read_bytes())
        except (ValueError, zlib.error) as error:
            print(name, "refused", error, sep="\t")
            continue
        compare_with_pillow(path, image, depth)
        height, width, channels = image.shape
        digest = hashlib.sha256(image.astype(">u2" if depth == 16 else "u1").tobytes()).hexdigest()
        print(name, width, height, channels, depth, digest, sep="\t")


if __name__ == "__main__":
    main()
