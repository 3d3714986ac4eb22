"""``artlens serve``: the service on a port, in one process or several."""

import multiprocessing
import os
import signal
import socket
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread
from typing import Annotated, Final

import typer
import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from ..data.stage_options import ModelOption
from ..edges import command_edge
from ..errors import ConfigError
from ..models.predict_model import Classifier
from ..models.registry import refuse_both
from ..tasks import COLOR
from .app import create_app
from .connections import TimedProtocol
from .limits import ServiceLimits, cache_settings, service_limits
from .metrics import SHARED_FOLDER, forget_ended, shared_folder
from .redis_store import connect
from .served_models import load_main
from .watch import LOG_CONFIG, log_line

DEFAULT_PORT: Final = 9797
# What each of several processes calls, and how it is told of the models.
_APP: Final = f"{__package__}.serve:create_one_of_several"
_PREFIX: Final = ServiceLimits.model_config["env_prefix"]
# How long answers on their way may take once the service is asked to end.
_GRACE_S: Final = 10
# A process that says nothing for so long is replaced; starting on a busy machine takes a while.
_SILENCE_S: Final = 60

Host = Annotated[
    str, typer.Option(help="Address to listen on; 0.0.0.0 is reached from other machines.")
]
Port = Annotated[int, typer.Option(help="0 takes a free port.", envvar="PORT", min=0, max=65535)]
Workers = Annotated[
    int, typer.Option(help="Processes; each loads the model and has its own limits.", min=1)
]
TaskNames = Annotated[
    list[str] | None,
    typer.Option(
        "--task",
        help="Answer this question, by name; several are allowed, and the first is the main one. "
        f"Default: all that a model answers, {COLOR.name} first.",
    ),
]

SimilarFolder = Annotated[
    Path | None,
    typer.Option(
        "--similar",
        metavar="FOLDER",
        exists=True,
        file_okay=False,
        resolve_path=True,
        help="Look for works like a picture in this folder; it is measured in the background.",
    ),
]


@command_edge
def serve(  # noqa: PLR0913 - one parameter for each option
    host: Host = "127.0.0.1",
    port: Port = DEFAULT_PORT,
    workers: Workers = 1,
    task: TaskNames = None,
    model: ModelOption = None,
    similar: SimilarFolder = None,
) -> None:
    """Serve predictions and the web page; the address is the first line on standard output."""
    _run(_configure(host, port, workers), _choose(task, model, similar))


def _choose(
    tasks: list[str] | None, model: str | None, similar: Path | None = None
) -> ServiceLimits:
    """Return the settings with what was asked for, which counts more than the environment."""
    refuse_both(tasks[0] if tasks else None, model)
    known, asked = service_limits(), dict[str, object]()
    if tasks:
        asked = {"task": tasks[0], "tasks": tuple(tasks), "model": None}
    elif model is not None:
        asked = {"model": model}
    if similar is not None:
        asked["similar"] = similar
    return known.model_copy(update=asked)


def _run(config: uvicorn.Config, limits: ServiceLimits) -> None:
    # Each process would meet a missing folder, or a cache's address that is none, by itself, when
    # the service's address was told already.
    shared_folder()
    connect(cache_settings())
    with ExitStack() as cleanup:
        listener = cleanup.enter_context(_listen(config))
        # The process that only starts the others looks at the model too: what is wrong with it is
        # said once.
        classifier = load_main(limits)
        _introduce(classifier)
        _leave_quietly_on_signals()
        # Who reads the address may connect at once, and is answered when the server is up.
        listener.listen(config.backlog)
        print(f"http://{_netloc(listener)}", flush=True)
        if config.workers == 1:
            config.app = partial(create_app, classifier, limits)
            uvicorn.Server(config).run([listener])
        else:
            _share_with_processes(limits, config.workers, cleanup)
            _Processes(config, [listener]).run()


def create_one_of_several() -> FastAPI:
    """Put together the service of one of several processes, which ends with the one above it.

    That one asks it to, unless it was killed; the port would not be free again then.
    """
    if (above := multiprocessing.parent_process()) is not None:
        Thread(target=_end_after, args=(above,), daemon=True).start()
    return create_app()


def _end_after(above: BaseProcess) -> None:
    above.join()
    os.kill(os.getpid(), signal.SIGTERM)


class _Processes(Multiprocess):
    """Processes that leave Ctrl-C, which a terminal sends to all, to the one that started them.

    It asks them to end. Those that still import would end with a traceback, and be waited for; so
    would one that is started later in place of another, if it is met in its first second.
    """

    def init_processes(self) -> None:
        # Starting it lets go of held signals; all processes share one.
        resource_tracker.ensure_running()
        held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            super().init_processes()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)

    def keep_subprocess_alive(self) -> None:
        """Start others in place of those that have died; these count as ready no more."""
        super().keep_subprocess_alive()
        forget_ended(Path(os.environ[SHARED_FOLDER]))


def _configure(host: str, port: int, workers: int) -> uvicorn.Config:
    return uvicorn.Config(
        _APP,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        http=TimedProtocol,
        ws="none",
        log_config=LOG_CONFIG,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
        timeout_worker_healthcheck=_SILENCE_S,
    )


def _listen(config: uvicorn.Config) -> socket.socket:
    """Take the port, so that a free one is known; nobody is let in before the model is there."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"cannot listen on {config.host}, port {config.port} ({error.strerror}); "
            "give another with --port, or --port 0 for a free one"
        ) from error
    listener.set_inheritable(True)
    return listener


def _netloc(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _introduce(model: Classifier) -> None:
    """Say which model answers, and why all its answers should be taken with care."""
    log_line(level="INFO", message=model.introduce())
    for caution in model.cautions:
        log_line(level="WARNING", message=caution.message)


def _share_with_processes(limits: ServiceLimits, workers: int, cleanup: ExitStack) -> None:
    """Tell the processes what is served, and give their metrics a place to be added up.

    They divide the processor's cores among them: with more threads than cores, each picture takes
    longer, and all of them no less.
    """
    share = max(1, (os.cpu_count() or 1) // workers)
    told = {
        "TASK": limits.task,
        "MODEL": limits.model,
        "TASKS": ",".join(limits.tasks),
        "THREADS": str(limits.threads or share),
        "SIMILAR": limits.similar and str(limits.similar),
    }
    for name, value in told.items():
        os.environ.pop(_PREFIX + name, None)
        if value:
            os.environ[_PREFIX + name] = value
    if shared_folder() is None:
        folder = tempfile.TemporaryDirectory(prefix="artlens-metrics-")
        os.environ[SHARED_FOLDER] = cleanup.enter_context(folder)


def _leave_quietly_on_signals() -> None:
    """Let Ctrl-C and SIGTERM end the service in order, with exit code 0.

    The server handles them while it runs, and raises them once more when it has ended. What comes
    before it runs must not be lost either.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit())


if __name__ == "__main__":
    typer.run(serve)
