"""What is written anew of a stranger's file: pictures without metadata, PDF that does nothing."""

import io
import os
import subprocess
import sys

import pytest
from PIL import Image, UnidentifiedImageError
from pypdf import PdfReader

from portal import cleaning, cleaning_pdf
from portal.checked_files import MOST_LOGO_BYTES
from portal.cleaning import clean_image
from portal.cleaning_pdf import clean_pdf
from tests.portal.files import CANARY, acting_pdf, bomb, locked_pdf, picture

MB = 1024 * 1024


@pytest.mark.parametrize(
    ("kind", "to", "written"),
    [
        ("png", "png", "PNG"),
        ("jpeg", "jpeg", "JPEG"),
        ("webp", "webp", "WEBP"),
        ("gif", "png", "PNG"),
        ("jpeg", "png", "PNG"),
    ],
)
def test_a_picture_keeps_its_pixels_alone(kind: str, to: str, written: str) -> None:
    sent = picture(kind.upper()) + b"<script>" + CANARY.encode()
    assert CANARY.encode() in sent
    clean = clean_image(sent, kind, to, most_side=4000, most_bytes=MB)
    assert CANARY.encode() not in clean
    with Image.open(io.BytesIO(clean)) as read:
        assert (read.format, read.size) == (written, (40, 30))
        assert not read.getexif()


def test_a_large_picture_becomes_as_small_as_it_must() -> None:
    clean = clean_image(picture("JPEG", (5000, 100)), "jpeg", "jpeg", most_side=4000, most_bytes=MB)
    with Image.open(io.BytesIO(clean)) as read:
        assert read.size == (4000, 80)
    noise = io.BytesIO()
    Image.effect_noise((500, 500), 90).save(noise, "PNG")
    logo = clean_image(noise.getvalue(), "png", "png", most_side=600, most_bytes=MOST_LOGO_BYTES)
    assert len(logo) <= MOST_LOGO_BYTES
    with pytest.raises(cleaning.Unclean):
        clean_image(noise.getvalue(), "png", "png", most_side=64, most_bytes=100)


def test_a_picture_that_is_turned_by_its_camera_is_turned() -> None:
    exif = Image.Exif()
    exif[274] = 6
    written = io.BytesIO()
    Image.new("RGB", (40, 30)).save(written, "JPEG", exif=exif)
    clean = clean_image(written.getvalue(), "jpeg", "jpeg", most_side=4000, most_bytes=MB)
    with Image.open(io.BytesIO(clean)) as read:
        assert read.size == (30, 40)


def test_only_the_decoder_that_the_kind_names_reads_it() -> None:
    with pytest.raises(UnidentifiedImageError):
        clean_image(picture("BMP"), "png", "png", most_side=4000, most_bytes=MB)
    with pytest.raises(UnidentifiedImageError):
        clean_image(picture("GIF"), "jpeg", "jpeg", most_side=4000, most_bytes=MB)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_not_unpacked() -> None:
    with pytest.raises((cleaning.Unclean, Image.DecompressionBombError)):
        clean_image(bomb(), "png", "png", most_side=4000, most_bytes=MB)


def test_of_a_pdf_the_pages_stay_and_nothing_acts() -> None:
    sent = acting_pdf()
    assert b"/JavaScript" in sent
    clean = clean_pdf(sent)
    for name in (
        b"/JavaScript",
        b"/JS",
        b"/Launch",
        b"/EmbeddedFile",
        b"/OpenAction",
        b"/AA",
        b"/URI",
        b"MZ",
    ):
        assert name not in clean
    assert CANARY.encode() not in clean
    read = PdfReader(io.BytesIO(clean))
    assert len(read.pages) == 1
    assert not read.attachments
    assert not read.pages[0].get("/Annots")


def test_a_pdf_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(cleaning_pdf.Unclean):
        clean_pdf(locked_pdf())
    for broken in (b"%PDF-1.7\n", acting_pdf()[:200], b"%PDF-" + bytes(1000)):
        with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is, the process ends with it
            clean_pdf(broken)


def test_pages_come_before_files() -> None:
    """Two hostile files keep two processors busy for as long as they may."""
    asks = "import os; from portal import cleaning; cleaning._bound(); print(os.nice(0))"
    said = subprocess.run([sys.executable, "-c", asks], capture_output=True, check=True, text=True)
    assert int(said.stdout) == min(os.nice(0) + 10, 19)
