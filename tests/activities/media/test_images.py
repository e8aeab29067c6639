"""Pictures of every kind come in upright and go out with their colors right and their place unknown."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage import data

from activities.media.images import into_profile, read_image, write_image
from models.errors import CorruptFile, DecompressionBomb, OutputTooLarge, UnsupportedType

GPS, ORIENTATION, ARTIST, EXIF, EXPOSURE = 0x8825, 0x0112, 0x013B, 0x8769, 0x829A


@pytest.fixture
def photo() -> Image.Image:
    return Image.fromarray(data.coffee())


def test_a_turned_photo_is_upright_and_forgets_where_it_was_taken(tmp_path: Path, photo: Image.Image) -> None:
    exif = Image.Exif()
    exif[ORIENTATION], exif[ARTIST] = 6, "Rachel"
    exif.get_ifd(GPS)[2] = (48.0, 8.0, 1.0)
    exif.get_ifd(EXIF)[EXPOSURE] = 0.01
    photo.save(tmp_path / "in.jpg", exif=exif, quality=95)
    picture = read_image(tmp_path / "in.jpg")
    assert (picture.width, picture.height) == (400, 600)
    write_image(tmp_path / "out.jpg", picture.pixels, "jpeg", icc=picture.icc, exif=picture.exif)
    with Image.open(tmp_path / "out.jpg") as written:
        kept = written.getexif()
        assert kept[ARTIST] == "Rachel"
        assert kept.get_ifd(EXIF)[EXPOSURE] == pytest.approx(0.01)
        assert ORIENTATION not in kept and not kept.get_ifd(GPS)
        turned = np.asarray(photo.rotate(-90, expand=True), np.int16)
        assert np.abs(np.asarray(written, np.int16) - turned).mean() < 3


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_the_color_profile_goes_through(tmp_path: Path, photo: Image.Image, kind: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo.save(tmp_path / "in.png", icc_profile=profile)
    picture = read_image(tmp_path / "in.png")
    write_image(tmp_path / "out", picture.pixels, kind, icc=picture.icc)  # type: ignore[arg-type]
    with Image.open(tmp_path / "out") as written:
        assert written.info["icc_profile"] == profile
        assert written.format == kind.upper()


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "YCbCr", "LA", "RGBA", "I;16", "I", "F"])
def test_every_mode_shows_the_same_picture(tmp_path: Path, photo: Image.Image, mode: str) -> None:
    gray = np.asarray(photo.convert("L"))
    if mode == "I;16":
        image = Image.fromarray(gray.astype(np.uint16) * 257)
    elif mode in ("I", "F"):
        image = Image.fromarray(gray.astype(np.int32) * 257 if mode == "I" else gray.astype(np.float32) / 255)
    else:
        image = photo.convert(mode)
    image.save(tmp_path / "in.tif")
    picture = read_image(tmp_path / "in.tif")
    shown = np.asarray(Image.fromarray(picture.pixels).convert("L").resize((30, 20)), np.int16)
    wanted = np.asarray(photo.convert("L").resize((30, 20)), np.int16)
    assert picture.pixels.dtype == np.uint8 and picture.alpha is None
    assert np.abs(shown - wanted).mean() < 6


def test_alpha_is_kept_apart(tmp_path: Path, photo: Image.Image) -> None:
    photo.putalpha(Image.linear_gradient("L").resize(photo.size))
    photo.save(tmp_path / "in.webp", lossless=True)
    picture = read_image(tmp_path / "in.webp")
    assert picture.alpha is not None and picture.alpha[0].max() == 0 and picture.alpha[-1].min() == 255


def test_a_palette_with_a_transparent_color_has_alpha(tmp_path: Path) -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putpixel((0, 0), 1)
    image.save(tmp_path / "in.png", transparency=1)
    picture = read_image(tmp_path / "in.png")
    assert picture.alpha is not None and picture.alpha[0, 0] == 0 and picture.alpha[1, 1] == 255


def test_an_animation_gives_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue", "lime")]
    frames[0].save(tmp_path / "in.gif", save_all=True, append_images=frames[1:])
    picture = read_image(tmp_path / "in.gif")
    assert picture.frames == 3
    assert picture.pixels[0, 0].tolist() == [255, 0, 0]


def test_one_pixel_is_a_picture(tmp_path: Path) -> None:
    Image.new("L", (1, 1), 7).save(tmp_path / "in.png")
    assert read_image(tmp_path / "in.png").pixels.tolist() == [[[7, 7, 7]]]


def test_broken_files_have_names(tmp_path: Path, photo: Image.Image) -> None:
    whole = BytesIO()
    photo.save(whole, "JPEG")
    (tmp_path / "cut.jpg").write_bytes(whole.getvalue()[:9000])
    (tmp_path / "text.jpg").write_text("no picture")
    with pytest.raises(CorruptFile):
        read_image(tmp_path / "cut.jpg")
    with pytest.raises(UnsupportedType):
        read_image(tmp_path / "text.jpg")
    photo.save(tmp_path / "big.png")
    with pytest.raises(DecompressionBomb):
        read_image(tmp_path / "big.png", most_pixels=1000)


def test_webp_cannot_be_wider_than_its_format_allows(tmp_path: Path) -> None:
    with pytest.raises(OutputTooLarge):
        write_image(tmp_path / "out.webp", np.zeros((1, 20_000, 3), np.uint8), "webp")


def test_srgb_to_srgb_changes_nothing_and_a_broken_profile_does_no_harm() -> None:
    pixels = np.array([[[10, 200, 30]]], np.uint8)
    assert into_profile(pixels, None, None) is pixels
    assert into_profile(pixels, None, b"rubbish").tolist() == pixels.tolist()
