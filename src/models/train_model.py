"""Stage: labelled pictures, a table of features, or the built-in gallery -> a model of yours."""

import sys
from functools import partial
from os.path import lexists
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..data.stage_options import (
    CopyOption,
    DatasetOption,
    EngineOption,
    JobsOption,
    ManyOption,
    PathColumnOption,
    SchedulerOption,
    TargetOption,
)
from ..edges import collect_garbage_rarely, command_edge, report_error
from ..errors import ConfigError
from ..features.feature_options import FeaturesOption
from ..features.specs import spec_for
from ..jobs.engines import Engine, working_on
from ..jobs.parallel_map import workers_starting
from ..tasks import COLOR, Kind, Task
from .one_answer import LEAST_MIN_COUNT
from .shelves import new_folder, read_in_use
from .training.plan import ALL_CORES, Preset, SearchPlan, list_families, parse_families

if TYPE_CHECKING:
    from ..features.extract_features import FeatureSpec
    from .reporting.training_report import ConsoleProgress
    from .storage.metadata import FittedModel, ModelMetadata
    from .training.table import TrainingTable

Source = Annotated[
    Path | None,
    typer.Argument(
        metavar="SOURCE",
        help="Labelled pictures: a folder, table or archive; else this project's table.",
        show_default=False,
    ),
]
Data = Annotated[
    Path | None, typer.Option(help="Processed table; else this project's, if there is one.")
]
TaskName = Annotated[
    str | None,
    typer.Option("--task", help="What is learned, any name; by default color, or SOURCE's name."),
]
Group = Annotated[
    str | None,
    typer.Option(help="Column whose equal values never stand on both sides of a split."),
]
MinCount = Annotated[
    int | None,
    typer.Option(
        min=LEAST_MIN_COUNT,
        help="Leave classes of fewer rows out; by default 8, or what a split needs.",
    ),
]
Precision = Annotated[
    float | None,
    typer.Option(help="Of tags: say each where so many are right; by default, where F1 is best."),
]
GalleryCount = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Train on so many painted pictures, beside yours if you name any; 12,000 where there "
        "is no table.",
    ),
]
Name = Annotated[
    str | None,
    typer.Option(help="What the model is called; by default as the task, or task-2 and so on."),
]
Replace = Annotated[bool, typer.Option("--replace", help="Replace your model of that name.")]
Use = Annotated[bool, typer.Option("--use", help="Let it answer its task from now on.")]
Out = Annotated[
    Path | None,
    typer.Option(help="Folder to write it to, instead; a model in it is replaced."),
]
Search = Annotated[Preset, typer.Option(help="How much is tried of each family.")]
Seed = Annotated[int, typer.Option(min=0, help="Decides all that is random.")]
Backbones = Annotated[
    list[str] | None,
    typer.Option(
        "--backbone",
        help="Network that measures an embedding, of `artlens backbone list`. Several are compared "
        "on the same rows, and the best is kept.",
    ),
]
Families = Annotated[
    str | None,
    typer.Option(
        help=f"Which ones compete, of {', '.join(list_families())}; by default all that suit, and "
        "their average if the search is published or the rows are a network's."
    ),
]


@command_edge
def train_model(  # noqa: PLR0913  # one parameter per option
    source: Source = None,
    data: Data = None,
    gallery_count: GalleryCount = None,
    name: Name = None,
    replace: Replace = False,
    use: Use = False,
    out: Out = None,
    search: Search = Preset.FAST,
    jobs: JobsOption = None,
    seed: Seed = 0,
    families: Families = None,
    features: FeaturesOption = None,
    backbone: Backbones = None,
    engine: EngineOption = Engine.LOCAL,
    scheduler: SchedulerOption = None,
    task: TaskName = None,
    target: TargetOption = None,
    group: Group = None,
    min_count: MinCount = None,
    dataset: DatasetOption = None,
    path_column: PathColumnOption = None,
    copy: CopyOption = False,
    many: ManyOption = False,
    precision: Precision = None,
) -> None:
    """Let families of models compete; calibrate, judge and keep the best."""
    if source is not None and data is not None:
        raise ConfigError(f"{source} and --data {data} both say what to train on; give one")
    _check_place(name, out, replace=replace, use=use)
    named = parse_families(families) if families is not None else ()
    given, searching = source or data, f"{__package__}.training.search"
    # What is not there is refused the sooner without workers.
    at_once = jobs if given is None or lexists(given) else 1
    with working_on(engine, scheduler, jobs), workers_starting(at_once, searching):
        # All commands are registered together, and only this one has a use for these.
        from .reporting.training_report import ConsoleProgress, note
        from .training.preparation import Wish
        from .training.side_by_side import compare_networks
        from .training.table import find_training_table

        wish = Wish(source, data, task, target, group, dataset, path_column, copy, many)
        plan = SearchPlan(
            named,
            search,
            seed,
            jobs or ALL_CORES,
            min_count,
            precision=_check_precision(precision, wish.find_task()),
        )
        # scikit-learn's bars count what happens on this machine.
        progress = ConsoleProgress(sys.stderr.isatty() and engine is Engine.LOCAL)
        fit = partial(_fit, plan, progress)
        # Each once; where none is named, what the question goes by.
        networks: list[str | None] = list(dict.fromkeys(backbone or [])) or [None]
        specs = [spec_for(wish.find_task(), features, network) for network in networks]
        if len(specs) > 1:
            if gallery_count is not None:
                raise ConfigError(
                    f"--gallery-count {gallery_count} paints colours, which no network need look "
                    "at; leave it out to compare networks"
                )
            model = compare_networks(wish, specs, plan, fit, note)
        else:
            table, asked = find_training_table(wish, specs[0], gallery_count, plan, note)
            model = fit(table, specs[0], asked)
    folder, answering = _keep(model, name, out, replace=replace, use=use)
    _report(model.metadata)
    print(f"\nmodel written to {folder}")
    note(answering)


def _fit(
    plan: SearchPlan,
    progress: "ConsoleProgress",
    table: "TrainingTable",
    spec: "FeatureSpec",
    asked: Task,
) -> "FittedModel":
    """Train on a table."""
    from .comparing.fit_same_artist import fit_same_artist
    from .reporting.training_report import note
    from .training.best_model import fit_best_model
    from .training.family_average import missing_average
    from .training.fit_tags import fit_tags
    from .training.mirrors import with_mirrors

    if asked.kind is Kind.SAME:
        return fit_same_artist(table, spec, asked, plan, note)
    table = with_mirrors(table, spec, asked, plan, note)
    fit = fit_tags if asked.kind is Kind.MANY else fit_best_model
    model = fit(table, spec, asked, plan, progress)
    if missing := missing_average(model.metadata, plan):
        note(missing)
    return model


def _report(metadata: "ModelMetadata") -> None:
    """Say how good a new model is."""
    from .classifier import cautions_of
    from .comparing.pair_card import render_pair_figures
    from .reporting.model_card import render_networks
    from .reporting.training_report import describe_rows, note, render_results

    if metadata.task.kind is Kind.SAME:
        note(f"{metadata.training_rows} works of {metadata.parameters['artists']} artists")
        print(render_pair_figures(metadata))
        return
    note(describe_rows(metadata))
    for caution in cautions_of(metadata):
        note(f"careful: {caution.message}")
    if metadata.networks:
        print(f"{render_networks(metadata)}\n")
    print(render_results(metadata))


def _check_place(name: str | None, out: Path | None, *, replace: bool, use: bool) -> None:
    """Refuse at once what would be refused when the model is there."""
    if out is not None and (name is not None or replace or use):
        raise ConfigError(
            f"--out {out} keeps the model apart from those with names; leave --name, --replace and "
            "--use out, or --out"
        )
    read_in_use()
    if name is not None:
        new_folder(COLOR.name, name, replace=replace)
    elif replace:
        raise ConfigError("--replace replaces a model by its name; give one with --name")


def _check_precision(precision: float | None, asked: Task) -> float | None:
    if precision is None:
        return None
    if not 0 < precision <= 1:
        raise ConfigError(f"no such precision ({precision}); give one above 0, up to 1")
    if asked.kind is not Kind.MANY:
        raise ConfigError(
            f"--precision {precision} is of tags, and {asked.name} has one answer to a picture; "
            "leave it out, or say --many of a question of your own"
        )
    return precision


def _keep(
    model: "FittedModel", name: str | None, out: Path | None, *, replace: bool, use: bool
) -> tuple[Path, str]:
    """Write the model where it was asked for; return its folder, and how it is asked."""
    from .artifact import save_model
    from .registry import keep_model

    if out is not None:
        save_model(model, out)
        return out, f"ask it with --model {out}"
    try:
        return keep_model(model, name, replace=replace, use=use)
    except ConfigError as error:
        # Another one took the name meanwhile; that is no reason to lose this one.
        report_error(error)
        return keep_model(model, use=use)


if __name__ == "__main__":
    collect_garbage_rarely()
    typer.run(train_model)
