"""Reading files: whole, in ranges, from a cache, and never as a page of ours."""

from .conftest import Person
from .uploading import PHOTO, uploaded


async def test_content_comes_back_whole_in_ranges_and_not_at_all_if_known(person: Person) -> None:
    file = await uploaded(person)
    path = f"/api/files/{file['id']}/content"
    whole = await person.http.get(path)
    assert whole.content == PHOTO and whole.headers["content-length"] == str(len(PHOTO))
    assert whole.headers["etag"] == f'"{file["sha256"]}"' and whole.headers["content-type"] == "image/jpeg"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-security-policy"].startswith("sandbox")
    for header, expected in (
        ("bytes=0-99", PHOTO[:100]),
        ("bytes=100-", PHOTO[100:]),
        ("bytes=-5", PHOTO[-5:]),
        (f"bytes=10-{len(PHOTO) * 2}", PHOTO[10:]),
    ):
        part = await person.http.get(path, headers={"Range": header})
        assert (part.status_code, part.content) == (206, expected)
    assert part.headers["content-range"] == f"bytes 10-{len(PHOTO) - 1}/{len(PHOTO)}"
    assert (await person.http.get(path, headers={"Range": f"bytes={len(PHOTO)}-"})).status_code == 416
    assert (await person.http.get(path, headers={"Range": "bytes=0-1,5-6"})).status_code == 200
    stale = {"Range": "bytes=0-1", "If-Range": '"other"'}
    assert (await person.http.get(path, headers=stale)).status_code == 200
    known = await person.http.get(path, headers={"If-None-Match": whole.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    head = await person.http.head(path)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(PHOTO)))


async def test_what_browsers_would_run_is_saved_instead(person: Person) -> None:
    for body in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<!doctype html><script>alert(1)</script>"):
        file = await uploaded(person, body, "图.png")
        answer = await person.http.get(f"/api/files/{file['id']}/content")
        assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["content-disposition"].endswith("filename*=UTF-8''%E5%9B%BE.png")
    photo = await uploaded(person)
    path = f"/api/files/{photo['id']}/content"
    assert (await person.http.get(path)).headers["content-disposition"].startswith("inline")
    assert (await person.http.get(path + "?download=1")).headers["content-disposition"].startswith("attachment")
