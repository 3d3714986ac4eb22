"""Who runs: read from /proc."""

from pathlib import Path

from src.scraping.run import RawFolder


def browsers_of(folder: RawFolder) -> list[str]:
    """Return the command lines of browsers whose profile is in this folder."""
    return [line for line in command_lines().values() if str(folder.profiles) in line]


def workers_of(supervisor: int) -> list[int]:
    """Return the workers of a supervisor: those of its children that lead a session."""
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    return [int(child) for child in children if session_of(int(child)) == int(child)]


def members_of(session: int) -> list[int]:
    """Return the processes of a session that still run; what only waits to be reaped does not."""
    return [pid for pid, line in command_lines().items() if line and _is_in(pid, session)]


def browser_in(session: int) -> int:
    """Return the main process of a worker's browser."""
    lines = command_lines()
    (browser,) = (
        pid
        for pid in members_of(session)
        if "--user-data-dir=" in lines[pid] and "--type=" not in lines[pid]
    )
    return browser


def _is_in(pid: int, session: int) -> bool:
    try:
        return session_of(pid) == session
    except OSError:
        return False


def session_of(pid: int) -> int:
    # The name stands in brackets and may hold anything; the session is the fourth field after it.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[3])


def command_lines() -> dict[int, str]:
    lines = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines[int(path.parent.name)] = path.read_bytes().replace(b"\0", b" ").decode()
        except (OSError, UnicodeDecodeError):
            continue
    return lines
