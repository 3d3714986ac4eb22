"""Fetch what waits, several at a time, and commit each outcome before the next is asked for."""

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeVar

from ..errors import Blocked, DownloadError
from ..records import StoredImage
from .fetch import Body, Client, Refused, store_image
from .folder import sync_folder
from .hosts import Hosts, is_server_error
from .run import Run, Site
from .tables import ImageJob

ATTEMPTS: Final = 3
# Doubled after each attempt: long enough for a hiccup, short enough not to hold up the others.
_PAUSE_S: Final = 0.25
# What was in flight when a stop was asked for gets this long; the whole stop has five seconds.
_GRACE_S: Final = 3.5
# How often a stop is looked for while nothing comes back.
_LOOK_S: Final = 0.2
_TROUBLES: Final = frozenset({"timeout", "reset", "unreachable"})
_TRANSIENT: Final = _TROUBLES | {"truncated"}

J = TypeVar("J")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class ImageResult:
    """What became of a job."""

    job: ImageJob
    outcome: StoredImage | DownloadError

    @property
    def reason(self) -> str:
        """Why it failed; empty if it did not."""
        return self.outcome.reason if isinstance(self.outcome, DownloadError) else ""


@dataclass(frozen=True, slots=True)
class Courier:
    """Goes for one thing at a time; shared by all threads.

    Attributes
    ----------
    run : Run
        Where pictures go, and whether to stop.
    site : Site
        Which portable addresses refer to.
    client : Client
    hosts : Hosts
    """

    run: Run
    site: Site
    client: Client
    hosts: Hosts

    def bring_image(self, job: ImageJob) -> ImageResult | Blocked | None:
        """Fetch, check and store one picture.

        Returns
        -------
        ImageResult or Blocked or None
            ``Blocked`` ends the run; None if it was given up because of a stop.
        """
        try:
            if not job.address:
                raise DownloadError("no-address", "no rule found its image address on the page")
            body = self.fetch(job.address)
            if body is None:
                return None
            stored = store_image(self.run.folder, job.asset_id, body, job.sha256)
            return ImageResult(job, stored)
        except DownloadError as error:
            return ImageResult(job, error)
        except Blocked as error:
            return error

    def fetch(self, address: str) -> Body | None:
        """Ask for an address, politely and again if it failed for a while only.

        Returns
        -------
        Body or None
            None if a stop was asked for.

        Raises
        ------
        DownloadError
            It failed for good.
        Blocked
            The host is to be left alone.
        ConfigError
            It leads away from this machine, and the real site was not asked for.
        """
        url = self.site.resolve(address)
        if not self.hosts.allows(url, self.run.stop):
            raise DownloadError("robots", f"robots.txt disallows it ({url})")
        gate, attempt = self.hosts.gate(url), 1
        while gate.wait(self.run.stop):
            try:
                body = self.client.get(url)
            except Refused as error:
                gate.refused(error.refusal)
            except DownloadError as error:
                if attempt >= ATTEMPTS or not _is_transient(error.reason):
                    self._note_trouble(url, error)
                    raise
                self.run.stop.wait(_PAUSE_S * 2**attempt)
                attempt += 1
            else:
                gate.served()
                return body
        return None

    def _note_trouble(self, url: str, error: DownloadError) -> None:
        if error.reason in _TROUBLES or is_server_error(error.reason):
            self.hosts.gate(url).troubled(url, error.reason)


def _is_transient(reason: str) -> bool:
    return reason in _TRANSIENT or is_server_error(reason)


def download_images(courier: Courier, connections: int) -> None:
    """Fetch every picture that waits, and commit each outcome.

    Parameters
    ----------
    courier : Courier
        Fetches one picture at a time, in each of the threads.
    connections : int
        How many are fetched at a time.

    Raises
    ------
    Blocked
        The host is to be left alone; what was fetched until then is committed.
    """
    run = courier.run
    for group in run_jobs(run.store.waiting_images(), courier.bring_image, connections, run.stop):
        outcomes = [result for result in group if isinstance(result, ImageResult)]
        run.store.record_images((result.job.asset_id, result.outcome) for result in outcomes)
        for result in outcomes:
            run.report.tell("image", color=result.job.color, reason=result.reason)
        blocked = next((result for result in group if isinstance(result, Blocked)), None)
        if blocked is not None:
            raise blocked
    sync_folder(run.folder.images)


def run_jobs(
    jobs: Iterable[J], work: Callable[[J], R], threads: int, stop: threading.Event
) -> Iterator[list[R]]:
    """Yield results, in groups as they come, with at most ``threads`` jobs given out at a time.

    A job counts as given out until its group was taken back, so whoever commits each group before
    asking for the next has at most ``threads`` uncommitted jobs, even when killed.

    Parameters
    ----------
    jobs : iterable
        Taken from as places become free.
    work : callable
        Runs in the threads.
    threads : int
        How many jobs run at a time.
    stop : threading.Event
        When set, no more jobs are given out, and those in flight get a few seconds.
    """
    source = iter(jobs)
    out: set[Future[R]] = set()
    give_up_at = math.inf
    pool = ThreadPoolExecutor(threads)
    try:
        while time.monotonic() < give_up_at:
            if not stop.is_set():
                out |= {pool.submit(work, job) for job in islice(source, threads - len(out))}
            elif give_up_at == math.inf:
                give_up_at = time.monotonic() + _GRACE_S
            if not out:
                return
            done, out = wait(out, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
            if done:
                yield [future.result() for future in done]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
