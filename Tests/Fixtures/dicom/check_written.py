"""Reads written/*.dcm, which Phantom's encoder made (DICOMWritingTests.swift), with pydicom, dcmtk and dicom3tools.

    python check_written.py

Needs pydicom, numpy and Pillow, and the programs dcmdump and dcm2pnm (dcmtk) and dciodvfy (dicom3tools), as Debian 12 has
them. dicom3tools of 2022 does not know Synthetic Data (0008,001C), which came with DICOM 2024b: its complaints of that are
passed over, and so are its warnings that a DICOMDIR wants a date, which no picture of ours has, and that Laterality is
empty: it is unknown, and its absence would be an error.
"""
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom import dcmread
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def check(path, channels, bits):
    i = np.arange(13 * 11 * channels, dtype=np.int64)
    expected = ((7919 * i * i + 31 * i) % (1 << bits)).reshape((11, 13) if channels == 1 else (11, 13, channels))
    ds = dcmread(path)
    assert ds.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert ds.SOPClassUID == ds.file_meta.MediaStorageSOPClassUID == SecondaryCaptureImageStorage
    assert ds.SOPInstanceUID == ds.file_meta.MediaStorageSOPInstanceUID
    assert np.array_equal(ds.pixel_array, expected)
    assert json.loads(ds.ImageComments) == {"kind": "generation", "note": "Größe", "seed": "7"}
    assert (ds.SyntheticData, ds.ConversionType, ds.BurnedInAnnotation) == ("YES", "WSD", "NO")
    assert list(ds.ImageType) == ["DERIVED", "SECONDARY"]
    code = ds.ContributingEquipmentSequence[0].PurposeOfReferenceCodeSequence[0]
    assert (code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning) == ("109100", "DCM", "Synthesizing Equipment")
    for uid in (ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SOPInstanceUID):
        assert uid.is_valid and uid.startswith("2.25.") and int(uid[5:]) < 2**128

    status, text = run("dcmdump", "-v", path)
    assert status == 0 and "W:" not in text and "E:" not in text, text
    status, text = run("dciodvfy", "-new", path)
    known = ("(0008,001c)", "</StudyDate(0008,0020)> - Missing", "</StudyTime(0008,0030)> - Missing", "</Laterality(0020,0060)> - is only")
    faults = [line for line in text.splitlines() if line.startswith(("Error", "Warning")) and not any(k in line for k in known)]
    assert status == 0 and not faults, faults
    with tempfile.NamedTemporaryFile(suffix=".png") as picture:
        status, text = run("dcm2pnm", "+on", "+Wi", "1", path, picture.name) if bits == 16 and channels == 1 else run("dcm2pnm", "+on", path, picture.name)
        assert status == 0, text
        shown = np.asarray(Image.open(picture.name)).astype(np.int64)
        assert np.abs(shown - (expected if bits == 8 else expected / 257)).max() <= (0 if bits == 8 else 1)


for name, channels, bits in ("grey8", 1, 8), ("grey16", 1, 16), ("rgb8", 3, 8), ("rgb16", 3, 16):
    check(Path(__file__).parent / "written" / f"{name}.dcm", channels, bits)
print("all right")
