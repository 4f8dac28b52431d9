"""Writes small DICOM files with pydicom, and what each shows by pydicom's own arithmetic, into the folder `read`.

Also reads pydicom's sample files, if a folder of them is given, and lists what each shows or why it is not read:
    make_readings.py [FOLDER]
Made with pydicom 3.0.2 and numpy.
"""
import hashlib
import pathlib
import sys

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels.processing import apply_rescale, apply_windowing
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, SecondaryCaptureImageStorage

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(20250101)


def shades(ds):
    """What the file shows, 0 ... 255 or 65535, as its window and photometric interpretation say."""
    stored = ds.pixel_array
    top = 65535 if ds.BitsStored > 8 else 255
    if ds.SamplesPerPixel == 3:
        return stored.astype(np.uint16)
    slope, intercept = float(ds.get("RescaleSlope", 1)), float(ds.get("RescaleIntercept", 0))
    low = -(2 ** (ds.BitsStored - 1)) if ds.PixelRepresentation else 0
    # The values that the bits can hold; pydicom spreads what a window shows over the same range.
    bottom, ceiling = low * slope + intercept, (low + 2**ds.BitsStored - 1) * slope + intercept
    values = apply_rescale(stored, ds) if "RescaleSlope" in ds else stored
    if ds.get("WindowCenter") is not None:
        unit = (apply_windowing(values, ds) - bottom) / (ceiling - bottom)
    else:
        unit = (values - min(bottom, ceiling)) / abs(ceiling - bottom)
    grey = np.rint(np.clip(unit, 0, 1) * top).astype(np.uint16)
    return top - grey if ds.PhotometricInterpretation == "MONOCHROME1" else grey


def base(stored, bits, syntax=ExplicitVRLittleEndian, **more):
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = SecondaryCaptureImageStorage
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = "2.25.1"
    ds.Rows, ds.Columns = stored.shape[:2]
    ds.SamplesPerPixel = 3 if stored.ndim == 3 else 1
    ds.PhotometricInterpretation = "RGB" if stored.ndim == 3 else "MONOCHROME2"
    ds.BitsAllocated = stored.dtype.itemsize * 8
    ds.BitsStored, ds.HighBit = bits, bits - 1
    ds.PixelRepresentation = 1 if stored.dtype.kind == "i" else 0
    if stored.ndim == 3:
        ds.PlanarConfiguration = 0
    ds.PixelData = stored.tobytes() + b"\0" * (stored.nbytes % 2)
    for key, value in more.items():
        setattr(ds, key, value)
    return ds


def planar(stored):
    ds = base(stored, stored.dtype.itemsize * 8, PlanarConfiguration=1)
    data = np.ascontiguousarray(np.moveaxis(stored, 2, 0)).tobytes()
    ds.PixelData = data + b"\0" * (len(data) % 2)
    return ds


def nested(ds, undefined):
    """With sequences in sequences before the pixels, of defined or undefined length."""
    inner, outer = Dataset(), Dataset()
    inner.CodeValue = "1"
    outer.PurposeOfReferenceCodeSequence = [inner]
    ds.ContributingEquipmentSequence = [outer]
    for sequence in (outer["PurposeOfReferenceCodeSequence"], ds["ContributingEquipmentSequence"]):
        sequence.is_undefined_length = undefined
        for item in sequence.value:
            item.is_undefined_length_sequence_item = undefined
    return ds


def grey(bits, dtype=np.uint16):
    low = -(2 ** (bits - 1)) if np.dtype(dtype).kind == "i" else 0
    values = rng.integers(low, low + 2**bits, size=(5, 7)).astype(dtype)
    values[0, :2] = low, low + 2**bits - 1
    return values


def files():
    yield "grey8", base(grey(8, np.uint8), 8)
    yield "grey8_implicit", base(grey(8, np.uint8), 8, ImplicitVRLittleEndian)
    yield "grey5_of_8", base(grey(5, np.uint8), 5)
    yield "grey12", base(grey(12), 12)
    yield "grey16", base(grey(16), 16)
    yield "grey16_signed", base(grey(16, np.int16), 16)
    yield "inverted8", base(grey(8, np.uint8), 8, PhotometricInterpretation="MONOCHROME1")
    yield "inverted12_window", base(grey(12), 12, PhotometricInterpretation="MONOCHROME1", WindowCenter="1500", WindowWidth="2000")
    yield "window8", base(grey(8, np.uint8), 8, WindowCenter="100", WindowWidth="101")
    yield "window_of_one", base(grey(8, np.uint8), 8, WindowCenter="128.5", WindowWidth="1")
    yield "window12", base(grey(12), 12, WindowCenter=["1024.5", "40"], WindowWidth=["1200", "400"])
    yield "window_ct", base(grey(12), 12, WindowCenter="40", WindowWidth="400", RescaleSlope="1", RescaleIntercept="-1024")
    yield "window_signed", base(
        grey(12, np.int16), 12, ImplicitVRLittleEndian, WindowCenter="-50.5", WindowWidth="1500", RescaleSlope="2", RescaleIntercept="10")
    yield "window_exact", base(grey(12), 12, WindowCenter="2000", WindowWidth="777.5", VOILUTFunction="LINEAR_EXACT")
    yield "window_sigmoid", base(grey(12), 12, WindowCenter="2048", WindowWidth="1024", VOILUTFunction="SIGMOID")
    yield "rescaled_without_window", base(grey(10), 10, RescaleSlope="0.5", RescaleIntercept="-100")
    yield "falling_slope", base(grey(8, np.uint8), 8, RescaleSlope="-2", RescaleIntercept="7")
    yield "rgb8", base(rng.integers(0, 256, size=(5, 7, 3)).astype(np.uint8), 8)
    yield "rgb8_planar", planar(rng.integers(0, 256, size=(5, 7, 3)).astype(np.uint8))
    yield "rgb16", base(rng.integers(0, 65536, size=(4, 3, 3)).astype(np.uint16), 16, ImplicitVRLittleEndian)
    yield "rgb16_planar", planar(rng.integers(0, 65536, size=(4, 3, 3)).astype(np.uint16))
    yield "sequences", nested(base(grey(8, np.uint8), 8), False)
    yield "sequences_undefined", nested(base(grey(8, np.uint8), 8), True)
    yield "sequences_undefined_implicit", nested(base(grey(8, np.uint8), 8, ImplicitVRLittleEndian), True)


def row(name, shown, depth):
    height, width = shown.shape[:2]
    data = shown.astype(">u2" if depth == 16 else "u1").tobytes()
    return f"{name}\t{width}\t{height}\t{1 if shown.ndim == 2 else 3}\t{depth}\t{hashlib.sha256(data).hexdigest()}"


def main():
    lines = []
    for name, ds in files():
        path = here / "read" / f"{name}.dcm"
        ds.save_as(path, enforce_file_format=True)
        ds = dcmread(path)
        lines.append(row(f"read/{name}.dcm", shades(ds), 16 if ds.BitsStored > 8 else 8))
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.dcm")) if len(sys.argv) > 1 else []:
        reason = refusal(path)
        if reason:
            lines.append(f"{path.name}\t{reason}")
        else:
            ds = dcmread(path)
            lines.append(row(path.name, shades(ds), 16 if ds.BitsStored > 8 else 8))
    (here / "readings.tsv").write_text("\n".join(lines) + "\n")


def refusal(path):
    """Why a file is not read, in one word; None for one that is."""
    try:
        ds = dcmread(path)
        syntax = ds.file_meta.TransferSyntaxUID
    except Exception:
        return "damaged" if path.read_bytes()[128:132] == b"DICM" else "notDICOM"
    if path.read_bytes()[128:132] != b"DICM":
        return "notDICOM"
    if syntax not in (ExplicitVRLittleEndian, ImplicitVRLittleEndian):
        return "unsupported"
    if "PixelData" not in ds or ds.get("BitsAllocated") is None:
        return "damaged"
    if not isinstance(ds.get("NumberOfFrames", 1), int):
        return "damaged"
    if ds.get("NumberOfFrames", 1) != 1 or ds.BitsAllocated not in (8, 16):
        return "unsupported"
    if ds.PhotometricInterpretation not in ("MONOCHROME1", "MONOCHROME2", "RGB"):
        return "unsupported"
    if "ModalityLUTSequence" in ds or ("VOILUTSequence" in ds and ds.get("WindowCenter") is None):
        return "unsupported"
    exact = ds.Rows * ds.Columns * ds.SamplesPerPixel * ds.BitsAllocated // 8
    if len(ds.PixelData) != exact + exact % 2:
        return "damaged"  # pydicom passes over what is too much
    try:
        shades(ds)
    except Exception:
        return "damaged"
    return None


main()
