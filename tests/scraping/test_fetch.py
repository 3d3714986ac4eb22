import pytest

from src.errors import DownloadError
from src.gallery.museum import Museum
from src.scraping.fetch import Body, Client, Refused, check_image, image_suffix, store_image
from src.scraping.folder import RawFolder
from tests.scraping.conftest import names_in

WORKS = 12


def test_nobody_listening_is_a_reason_of_its_own(client: Client) -> None:
    with pytest.raises(DownloadError) as caught:
        client.get("http://127.0.0.1:9/x")
    assert caught.value.reason == "unreachable"


def test_connections_are_kept(client: Client, museum: Museum, addresses: list[str]) -> None:
    for address in addresses:
        client.get("http:" + address)
    (key,) = client._pool.pools.keys()
    pool = client._pool.pools.get(key)
    assert pool is not None
    assert pool.num_connections == 1
    assert pool.num_requests == WORKS


@pytest.mark.parametrize(
    ("start", "suffix"),
    [
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "webp"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", None),
        (b"\xff\xd8\xff\xe0", "jpg"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"%PDF-1.7", None),
        (b"", None),
    ],
)
def test_type_is_what_the_bytes_say(start: bytes, suffix: str | None) -> None:
    assert image_suffix(start) == suffix


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"  <!DOCTYPE html><p>hi", "html"),
        (b"%PDF-1.7", "wrong-type"),
        (b"\xff\xd8\xff\xe0junk", "undecodable"),
    ],
)
def test_what_is_no_picture_is_told_apart(data: bytes, reason: str) -> None:
    with pytest.raises(DownloadError) as caught:
        check_image(Body(data, "image/webp"))
    assert caught.value.reason == reason


def test_file_has_its_name_only_when_it_is_whole(
    folder: RawFolder, client: Client, addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = client.get("http:" + addresses[0])
    seen: list[list[str]] = []
    monkeypatch.setattr("os.fsync", lambda _: seen.append(names_in(folder)))
    assert store_image(folder, "key", body).bytes == len(body.data)
    assert seen == [[]]
    assert names_in(folder) == ["key.webp"]


def test_refusal_is_told_apart_from_a_failure(
    museum: Museum, client: Client, addresses: list[str]
) -> None:
    museum.switch("rate-limit:on=image,value=9")
    with pytest.raises(Refused) as caught:
        client.get("http:" + addresses[0])
    assert caught.value.refusal.wait_s == 9
