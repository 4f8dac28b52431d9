"""Makes small sets in the layouts that data sets are published in, and what other libraries read from them.

    python3 make_datasets.py        (made with numpy, Pillow 13.0.0, h5py 3.16.0, nibabel 5.4.2, pydicom 3.0.2)

expected.json holds: JPEG samples by Pillow; slices of volumes by nibabel's as_closest_canonical and numpy's percentile.
"""
import json
import os
import shutil

import h5py
import nibabel as nib
import numpy as np
import pydicom
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

draw = np.random.default_rng(15)
expected = {}


def folder(name):
    shutil.rmtree(name, ignore_errors=True)
    os.makedirs(name)
    return name


def jpegs():
    path = folder("jpeg")
    y, x = np.mgrid[0:21, 0:34]
    base = np.stack([x * 7, y * 12, (x + y) * 4], axis=-1).astype(np.uint8)
    Image.fromarray(base[:, :, 0]).save(f"{path}/grey.jpg", quality=90)
    Image.fromarray(base).save(f"{path}/colour420.jpg", quality=85, subsampling=2)
    Image.fromarray(base).save(f"{path}/progressive.jpeg", quality=85, subsampling=0, progressive=True)
    expected["jpeg"] = {name: np.asarray(Image.open(f"{path}/{name}")).tobytes().hex() for name in os.listdir(path)}


def npzs():
    path = folder("npz")
    parts = {"train": 30, "val": 25, "test": 20}
    grey = {f"{p}_images": draw.integers(0, 256, (n, 6, 6), dtype=np.uint8) for p, n in parts.items()}
    labels = {f"{p}_labels": draw.integers(0, 2, (n, 1), dtype=np.uint8) for p, n in parts.items()}
    np.savez_compressed(f"{path}/pneumoniamnist.npz", **grey, **labels)
    many = {f"{p}_labels": draw.integers(0, 2, (n, 14), dtype=np.uint8) for p, n in parts.items()}
    np.savez(f"{path}/chestmnist_64.npz", **grey, **many)
    colour = {"train_images": draw.integers(0, 256, (5, 4, 6, 3), dtype=np.uint8)}
    np.savez(f"{path}/own.npz", **colour, train_labels=np.arange(5, dtype=np.int64).reshape(5, 1))
    np.savez(f"{path}/objects.npz", train_images=grey["train_images"], train_labels=np.array([[1], [None]], dtype=object))
    expected["npz"] = {"first": grey["val_images"][3].tobytes().hex(), "label": int(labels["val_labels"][3, 0]),
                       "many": np.flatnonzero(many["val_labels"][3]).tolist(),
                       "colour": colour["train_images"][2].tobytes().hex()}


def pcam():
    path = folder("pcam")
    for part, count, options in [("train", 24, {"chunks": (4, 8, 8, 3), "compression": "gzip", "shuffle": True}),
                                 ("valid", 6, {})]:
        stem = f"{path}/camelyonpatch_level_2_split_{part}"
        x = draw.integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)
        y = draw.integers(0, 2, (count, 1, 1, 1), dtype=np.uint8)
        with h5py.File(f"{stem}_x.h5", "w") as file:
            file.create_dataset("x", data=x, **options)
        with h5py.File(f"{stem}_y.h5", "w") as file:
            file.create_dataset("y", data=y)
        with h5py.File(f"{stem}_mask.h5", "w") as file:
            file.create_dataset("mask", data=x[:, :, :, :1], compression="gzip")
        with open(f"{stem}_meta.csv", "w") as file:
            file.write(",coord_y,coord_x,tumor_patch,center_tumor_patch,wsi\n")
            for row in range(count):
                file.write(f"{row},{row * 96},0,{bool(y[row, 0, 0, 0])},{bool(y[row, 0, 0, 0])},camelyon16_{part}_{row // 4:03}\n")
        expected[f"pcam {part}"] = {"last": x[-1].tobytes().hex(), "label": int(y[-1, 0, 0, 0])}
    path = folder("pcam_lzf")
    with h5py.File(f"{path}/a_train_x.h5", "w") as file:
        file.create_dataset("x", data=draw.integers(0, 256, (8, 8, 8, 3), dtype=np.uint8), chunks=(4, 8, 8, 3), compression="lzf")
    with h5py.File(f"{path}/a_train_y.h5", "w") as file:
        file.create_dataset("y", data=np.zeros((8, 1, 1, 1), np.uint8))
    short_chunk(folder("pcam_short"))


def short_chunk(path):
    """A file whose second chunk says that it passed deflate over, and has fewer bytes than a chunk has."""
    with h5py.File(f"{path}/a_train_x.h5", "w") as file:
        x = file.create_dataset("x", data=np.full((8, 8, 8, 3), 9, np.uint8), chunks=(4, 8, 8, 3), compression="gzip")
        x.id.write_direct_chunk((4, 0, 0, 0), bytes(700), filter_mask=1)
    with h5py.File(f"{path}/a_train_y.h5", "w") as file:
        file.create_dataset("y", data=np.zeros((8, 1, 1, 1), np.uint8))


def body(shape):
    """An ellipsoid of noise in nothing, brighter to the right, to the front and up."""
    grid = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij")
    inside = sum(axis * axis for axis in grid) < 0.95
    values = 300 + 100 * grid[0] + 60 * grid[1] + 30 * grid[2] + draw.integers(0, 40, shape)
    return np.where(inside, values, 0).astype(np.int16)


def write(path, canonical, codes, spacing, dtype=None):
    """Writes a volume given right, anterior, superior as one whose axes go to `codes`."""
    image = nib.Nifti1Image(canonical if dtype is None else canonical.astype(dtype), np.diag(list(spacing) + [1]))
    start = nib.orientations.io_orientation(image.affine)
    turned = image.as_reoriented(nib.orientations.ornt_transform(start, nib.orientations.axcodes2ornt(codes)))
    turned.set_sform(turned.affine, 1)
    turned.set_qform(turned.affine, 1)
    nib.save(turned, path)


def slices(path, mask=None):
    """What nibabel and numpy make of a volume: chosen slices, levels, tumour, and the pixels of the middle one."""
    image = nib.as_closest_canonical(nib.load(path))
    data = np.asarray(image.dataobj).astype(np.float32)
    low, high = np.percentile(data[data != 0], [0.5, 99.5]).astype(np.float32)
    share = (data > low + np.float32(0.1) * (high - low)).mean(axis=(0, 1))
    full = [int(k) for k in np.flatnonzero(share >= 0.1)]
    step = max(1, int(np.ceil(4 / image.header.get_zooms()[2] - 1e-3)))
    middle = (full[0] + full[-1]) // 2
    kept = [k for k in full if (k - middle) % step == 0]
    labels = np.asarray(nib.as_closest_canonical(nib.load(mask)).dataobj) if mask else None
    pixels = np.clip((data[:, :, middle] - low) / (high - low), 0, 1) * 65535
    return {"slices": kept, "levels": [3 * (k - full[0]) // (full[-1] - full[0] + 1) for k in kept],
            "tumour": [bool((labels[:, :, k] > 0).any()) for k in kept] if mask else [],
            "middle": middle, "width": pixels.shape[0], "height": pixels.shape[1],
            "pixels": np.round(pixels[:, ::-1].T).astype(">u2").tobytes().hex()}


def volumes():
    path = folder("nifti")
    found = {}
    for number, (codes, spacing) in enumerate([("RAS", (1, 1, 1)), ("LPS", (1, 1, 2)), ("PSR", (1, 1, 1.5)), ("AIL", (1, 1, 4))]):
        name = f"IXI{number:03}-HH-{1000 + number}-T{1 + number % 2}.nii.gz"
        write(f"{path}/{name}", body((14, 18, 16)), codes, spacing)
        found[name] = slices(f"{path}/{name}")
    # Turned by 20 degrees about the axis from back to front, with slope and intercept, in floating-point numbers.
    angle = np.deg2rad(20)
    affine = np.array([[np.cos(angle), 0, np.sin(angle), -7], [0, 1, 0, -9], [-np.sin(angle), 0, np.cos(angle), -8], [0, 0, 0, 1]])
    tilted = nib.Nifti1Image((body((14, 18, 16)) / 7).astype(np.float32), affine)
    tilted.set_sform(affine, 1)
    nib.save(tilted, f"{path}/IXI009-Guys-1009-PD.nii")
    found["IXI009-Guys-1009-PD.nii"] = slices(f"{path}/IXI009-Guys-1009-PD.nii")
    expected["nifti"] = found

    path = folder("brats")
    found = {}
    for case, names, seg in [("BraTS19_2013_10_1", ["t1", "t1ce", "t2", "flair"], "BraTS19_2013_10_1_seg"),
                             ("BraTS20_Training_355", ["t1ce"], "W39_1998.09.19_Segm"),
                             ("BraTS-GLI-00012-001", ["t1c", "t2f"], "BraTS-GLI-00012-001-seg")]:
        os.makedirs(f"{path}/{case}")
        mask = np.zeros((10, 12, 9), np.uint8)
        mask[3:6, 4:7, 4:6] = 3 if "GLI" in case else 4
        write(f"{path}/{case}/{seg}.nii.gz", mask, "LPS", (1, 1, 1))
        for name in names:
            file = f"{case}/{case}{'-' if 'GLI' in case else '_'}{name}.nii.gz"
            write(f"{path}/{file}", body((10, 12, 9)), "LPS", (1, 1, 1))
            found[file] = slices(f"{path}/{file}", f"{path}/{case}/{seg}.nii.gz")
    expected["brats"] = found

    path = folder("decathlon")
    for part in ["imagesTr", "labelsTr"]:
        os.makedirs(f"{path}/{part}")
    stack = np.stack([body((10, 12, 9)) for _ in range(4)], axis=-1)
    image = nib.Nifti1Image(stack, np.eye(4))
    image.set_sform(np.eye(4), 1)
    nib.save(image, f"{path}/imagesTr/BRATS_001.nii.gz")
    mask = np.zeros((10, 12, 9), np.uint8)
    mask[3:6, 4:7, 4:6] = 3
    write(f"{path}/labelsTr/BRATS_001.nii.gz", mask, "RAS", (1, 1, 1))
    with open(f"{path}/dataset.json", "w") as file:
        json.dump({"name": "BRATS", "modality": {"0": "FLAIR", "1": "T1w", "2": "t1gd", "3": "T2w"},
                   "labels": {"0": "background", "1": "edema", "2": "non-enhancing tumor", "3": "enhancing tumour"}}, file)

    path = folder("faulty")
    nib.save(nib.Nifti1Image(body((8, 8, 8)), None), f"{path}/unoriented.nii")
    broken = body((8, 8, 8)).astype(np.float32)
    broken[4, 4, 4] = np.nan
    write(f"{path}/nan.nii", broken, "RAS", (1, 1, 1))
    write(f"{path}/constant.nii", np.full((8, 8, 8), 5, np.int16), "RAS", (1, 1, 1))
    write(f"{path}/whole.nii", body((8, 8, 8)), "RAS", (1, 1, 1))
    with open(f"{path}/whole.nii", "rb") as file:
        content = file.read()
    with open(f"{path}/truncated.nii", "wb") as file:
        file.write(content[:-300])
    os.remove(f"{path}/whole.nii")


def dicoms():
    path = folder("dicom")
    # Names are in another order than positions, and the second patient has no slices.
    for name, position in [("c", 0), ("a", 5), ("d", 10), ("b", 12)]:
        image(f"{path}/{name}.dcm", "one", "1.2.3.1", "MR", position)
    image(f"{path}/x.dcm", "two", "1.2.3.2", "DX", None)


def image(path, patient, series, modality, position):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid(entropy_srcs=[path])
    data = FileDataset(path, {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    data.PatientID, data.SeriesInstanceUID, data.StudyInstanceUID, data.Modality = patient, series, series + ".9", modality
    if position is not None:
        data.ImagePositionPatient = [0, 0, position]
        data.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    else:
        data.ViewPosition = "PA"
    data.Rows, data.Columns, data.SamplesPerPixel, data.PhotometricInterpretation = 4, 4, 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 8, 8, 7, 0
    data.PixelData = bytes([10 * (position or 0)] * 16)
    data.save_as(path, enforce_file_format=True)


for make in [jpegs, npzs, pcam, volumes, dicoms]:
    make()
with open("expected.json", "w") as out:
    json.dump(expected, out, indent=1, sort_keys=True)
