import io
import json

from src.fetching.reporting import JsonLog, Silence, choose_report


class Drawing(Silence):
    def __init__(self, stream: object) -> None:
        self.stream = stream


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_log_has_an_object_a_line_with_its_time() -> None:
    stream = io.StringIO()
    JsonLog(stream).tell("works", color="RED", new=3)
    event = json.loads(stream.getvalue())
    assert (event["event"], event["color"], event["new"]) == ("works", "RED", 3)
    assert event["time"].endswith("+00:00")


def test_progress_needs_a_terminal() -> None:
    assert isinstance(choose_report(io.StringIO(), Drawing, log_json=False), Silence)
    assert isinstance(choose_report(io.StringIO(), Drawing, log_json=True), JsonLog)
    assert isinstance(choose_report(Terminal(), Drawing, log_json=False), Drawing)
