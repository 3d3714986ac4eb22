import pytest

from src.errors import DownloadError
from src.fetching.client import Body, Client, Refused, check_image
from src.gallery.museum import Museum

WORKS = 12


def test_nobody_listening_is_a_reason_of_its_own(client: Client) -> None:
    with pytest.raises(DownloadError) as caught:
        client.get("http://127.0.0.1:9/x")
    assert caught.value.reason == "unreachable"


def test_connections_are_kept(client: Client, museum: Museum, addresses: list[str]) -> None:
    for address in addresses:
        client.get(address)
    (key,) = client._pool.pools.keys()
    pool = client._pool.pools.get(key)
    assert pool is not None
    assert pool.num_connections == 1
    assert pool.num_requests == WORKS


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


def test_refusal_is_told_apart_from_a_failure(
    museum: Museum, client: Client, addresses: list[str]
) -> None:
    museum.switch("rate-limit:on=image,value=9")
    with pytest.raises(Refused) as caught:
        client.get(addresses[0])
    assert caught.value.refusal.wait_s == 9
