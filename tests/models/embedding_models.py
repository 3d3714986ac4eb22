"""A small model that goes by what a tiny network measures, fitted in a fraction of a second."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.base import clone

from src.features.backbones import Backbone, embedding_spec
from src.features.new_backbone import Wish, add_backbone
from src.features.specs import extract
from src.models.artifact import LoadedModel
from src.models.predict_model import Classifier
from src.models.storage.metadata import FittedModel
from src.tasks import Task
from tests.features.tiny_networks import write_network
from tests.models.fitted_models import fit_model, paint

SIDE = 40


def add_tiny(folder: Path) -> Backbone:
    """Write a tiny network and add it to a user's own ones."""
    return add_backbone(write_network(folder / "tiny.onnx"), Wish())


def fit_embedding_model(backbone: Backbone) -> FittedModel:
    fitted = fit_model()
    spec, rng = embedding_spec(backbone), np.random.default_rng(0)
    labels = [name for name in fitted.metadata.classes for _ in range(30)]
    rows = np.array([extract(paint(label, rng, SIDE), spec) for label in labels])
    task = Task("look", "look", classes=fitted.metadata.classes, features="embedding")
    return replace(
        fitted,
        estimator=clone(fitted.estimator).fit(rows, labels),
        metadata=replace(fitted.metadata, task=task, feature_spec=spec),
        check_rows=rows[::9],
    )


def as_classifier(fitted: FittedModel) -> Classifier:
    return Classifier(LoadedModel(fitted.estimator, fitted.metadata, "0123456789abcdef" * 4))
