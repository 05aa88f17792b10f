"""Kinds of files that look like images and cannot be read, by their first bytes."""

import re

#: Suffixes of image formats that are not read, and of camera raw files.
UNREADABLE_SUFFIXES = (
    *(".heic", ".heif", ".hif", ".avif", ".jxl", ".jp2", ".j2k", ".jpf", ".jpx"),
    *(".gif", ".svg", ".psd", ".psb", ".xcf", ".ico", ".tga", ".pcx", ".eps", ".exr", ".hdr"),
    *(".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".dng", ".raf", ".orf"),
    *(".rw2", ".pef", ".srw", ".x3f", ".3fr", ".iiq", ".rwl", ".raw"),
    *(".czi", ".lif", ".nd2", ".vsi", ".svs", ".ndpi", ".oib", ".oif", ".lsm"),
)

#: The one kind that no conversion makes an image.
VIDEO = "a video"

#: Patterns of the first bytes. The brands of an ISO media file (`ftyp`) are a list.
_KINDS = {
    rb".{4}ftyp.{0,40}?(hei[cxms]|hev[cxms])": "HEIC",
    rb".{4}ftyp.{0,40}?avi[fs]": "AVIF",
    rb".{4}ftypcrx ": "a camera raw file (CR3)",
    rb".{4}ftyp(mif1|msf1)": "HEIF",
    rb".{4}ftyp": VIDEO,
    rb"GIF8[79]a": "GIF",
    rb"\x00{3}\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51": "JPEG 2000",
    rb"\x00{3}\x0cJXL \r\n\x87\n|\xff\x0a": "JPEG XL",
    rb"8BPS": "PSD",
    rb"gimp xcf": "XCF",
    rb"II\*\x00.{4}CR": "a camera raw file (CR2)",
    rb"IIR[OS]|MMOR": "a camera raw file (ORF)",
    rb"IIU\x00": "a camera raw file (RW2)",
    rb"FUJIFILMCCD-RAW": "a camera raw file (RAF)",
    rb"FOVb": "a camera raw file (X3F)",
    rb"\x00\x00\x01\x00": "ICO",
    rb"v/1\x01": "OpenEXR",
    rb"%PDF-": "PDF",
    rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<svg": "SVG",
}

#: The same, of files in place of an image, and of images that are damaged or cut off.
_FAULTS = {
    rb"(\xef\xbb\xbf)?\s*<(?i:!doctype html|html)": "is a web page; download the image again",
    rb"version https://git-lfs": "is a pointer of Git LFS; fetch the image (git lfs pull)",
    rb"\x00{400}": "starts with zeros, as of a copy that failed",
    rb"RIFF.{4}WEBP": "damaged or truncated WebP",
    rb"\x89PNG": "damaged or truncated PNG",
    rb"\xff\xd8": "damaged or truncated JPEG",
    rb"II[*+]\x00|MM\x00[*+]": "damaged or truncated TIFF, or one that cannot be read",
}


def fault_of(data: bytes) -> str:
    """Why a file cannot be read as an image.

    Args:
        data: its first bytes, some hundreds.
    """
    if kind := kind_of(data):
        return f"is {kind}" if kind == VIDEO else f"is {kind}; convert it to JPEG"
    faults = _FAULTS.items()
    fault = next((why for start, why in faults if re.match(start, data[:400], re.DOTALL)), None)
    return fault or "not a photograph"


def kind_of(data: bytes) -> str | None:
    """The kind of a file that cannot be read as an image; None if it is none of these.

    Args:
        data: its first bytes, some hundreds.
    """
    kinds = _KINDS.items()
    return next((kind for start, kind in kinds if re.match(start, data[:400], re.DOTALL)), None)
