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

#: Patterns of the first bytes. The brands of an ISO media file (`ftyp`) are a list.
_KINDS = {
    rb".{4}ftyp.{0,40}?(hei[cxms]|hev[cxms])": "HEIC",
    rb".{4}ftyp.{0,40}?avi[fs]": "AVIF",
    rb".{4}ftypcrx ": "a camera raw file (CR3)",
    rb".{4}ftyp(mif1|msf1)": "HEIF",
    rb".{4}ftyp": "a video",
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
    rb"(\xef\xbb\xbf)?\s*<(?i:!doctype html|html)": "a web page",
}

#: Those that no conversion makes an image.
NO_IMAGES = ("a video", "a web page")


def kind_of(data: bytes) -> str | None:
    """The kind of a file that cannot be read as an image; None if it is none of these.

    Args:
        data: its first bytes, some hundreds.
    """
    kinds = _KINDS.items()
    return next((kind for start, kind in kinds if re.match(start, data[:400], re.DOTALL)), None)
