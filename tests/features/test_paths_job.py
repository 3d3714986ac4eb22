import pytest

from src.errors import UnreachableImage
from src.features import paths_job
from src.features.paths_job import PathsJob
from src.features.picture_addresses import RATE_PER_S
from src.features.picture_paths import PictureSearch


@pytest.mark.parametrize("processes", [1, 4])
def test_processes_share_the_rate_at_which_a_host_is_asked(
    monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    asked = list[tuple[str, float]]()

    def fetch(address: str, rate_per_s: float) -> bytes:
        asked.append((address, rate_per_s))
        raise UnreachableImage("its host is away")

    monkeypatch.setattr(paths_job, "fetch_picture", fetch)
    search = PictureSearch(["http://a.org/b.jpg"])
    (found,) = map(PathsJob(search, (), False, processes).measure, search)
    assert isinstance(found, UnreachableImage)
    assert asked == [("http://a.org/b.jpg", RATE_PER_S / processes)]
