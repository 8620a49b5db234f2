"""The documents of the OpenRosa 1.0 protocol that ODK Collect and KoboCollect read, as bytes of XML.

Written after the published Form List, HTTP and Form Submission APIs (docs.getodk.org). Nothing here knows addresses,
people or the database; no document may hold what somebody answered.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PROTOCOL: Final = "1.0"
LARGEST_BODY: Final = 10 * 1024 * 1024
"""Bytes of one request that devices are told to keep to; a longer submission comes in parts."""

_LIST: Final = "http://openrosa.org/xforms/xformsList"
_MANIFEST: Final = "http://openrosa.org/xforms/xformsManifest"
_RESPONSE: Final = "http://openrosa.org/http/response"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedForm:
    """One questionnaire in the list. `digest` is the MD5 of the form's bytes, as the protocol asks for, in hex."""

    form_id: str
    name: str
    version: str
    digest: str
    form_url: str
    manifest_url: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """A picture or sound that comes with a form; `digest` as above."""

    name: str
    digest: str
    file_url: str


def form_list(forms: Iterable[ListedForm]) -> bytes:
    """The answer to a discovery request. A description stands in it only where one is given (`verbose=true`)."""
    root = ET.Element("xforms", {"xmlns": _LIST})
    for form in forms:
        told = {
            "formID": form.form_id,
            "name": form.name,
            "version": form.version,
            "hash": f"md5:{form.digest}",
            "descriptionText": form.description,
            "downloadUrl": form.form_url,
            "manifestUrl": form.manifest_url,
        }
        entry = ET.SubElement(root, "xform")
        for name, text in told.items():
            if text or name == "version":
                ET.SubElement(entry, name).text = text
    return _bytes(root)


def manifest(files: Iterable[ListedFile]) -> bytes:
    """The files that a form needs beside it; an empty manifest where it needs none."""
    root = ET.Element("manifest", {"xmlns": _MANIFEST})
    for file in files:
        entry = ET.SubElement(root, "mediaFile")
        ET.SubElement(entry, "filename").text = file.name
        ET.SubElement(entry, "hash").text = f"md5:{file.digest}"
        ET.SubElement(entry, "downloadUrl").text = file.file_url
    return _bytes(root)


def envelope(message: str, *, nature: str) -> bytes:
    """The answer to a submission, and to anything refused: a sentence for the helper, and what kind of sentence."""
    root = ET.Element("OpenRosaResponse", {"xmlns": _RESPONSE})
    ET.SubElement(root, "message", {"nature": nature}).text = message
    return _bytes(root)


def _bytes(root: ET.Element) -> bytes:
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body
