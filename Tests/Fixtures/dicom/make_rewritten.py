"""Writes written/*.dcm, which Phantom's encoder made, anew as an archive does: rewritten/NAME-HOW.dcm.

    python make_rewritten.py

`implicit`: Implicit VR Little Endian, DICOM's default, which most associations agree on. `undefined`: sequences and items end with
delimiters. `lengths`: with the group lengths (gggg,0000) that old systems write. `patient`: implicit, and with another patient name.

Needs pydicom (made with 3.0.2).
"""
import struct
from pathlib import Path

from pydicom import dcmread
from pydicom.dataelem import DataElement
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import ImplicitVRLittleEndian

here = Path(__file__).parent
(here / "rewritten").mkdir(exist_ok=True)


def sequences(dataset):
    for element in dataset:
        if element.VR == "SQ":
            yield element
            for item in element.value:
                yield item
                yield from sequences(item)


def add_group_lengths(path):
    """pydicom leaves them out when it writes."""
    ds = dcmread(path)
    data = b""
    for group in sorted({element.tag.group for element in ds}):
        buffer = DicomBytesIO()
        buffer.is_little_endian, buffer.is_implicit_VR = True, False
        write_dataset(buffer, ds.group_dataset(group), parent_encoding="utf8")
        data += struct.pack("<HH2sHI", group, 0, b"UL", 4, len(buffer.getvalue())) + buffer.getvalue()
    whole = path.read_bytes()
    # The data set begins behind the file meta information, whose length stands at byte 140.
    path.write_bytes(whole[: 144 + struct.unpack("<I", whole[140:144])[0]] + data)


for path in sorted((here / "written").glob("*.dcm")):
    for how in ["implicit", "undefined", "lengths", "patient"]:
        ds = dcmread(path)
        ds.file_meta.ImplementationVersionName = "ARCHIVE"
        ds.file_meta.SourceApplicationEntityTitle = "ARCHIVE"
        if how in ["implicit", "patient"]:
            ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        if how == "undefined":
            for part in sequences(ds):
                if isinstance(part, DataElement):
                    part.is_undefined_length = True
                else:
                    part.is_undefined_length_sequence_item = True
        if how == "patient":
            ds.PatientName = "ROE^JANE"
        implicit = ds.file_meta.TransferSyntaxUID == ImplicitVRLittleEndian
        ds.save_as(here / "rewritten" / f"{path.stem}-{how}.dcm", implicit_vr=implicit, little_endian=True, enforce_file_format=True)
        if how == "lengths":
            add_group_lengths(here / "rewritten" / f"{path.stem}-{how}.dcm")
