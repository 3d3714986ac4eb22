"""The published study's way of serving, written from its description: all in the event loop.

Run by uvicorn as ``benchmarks.service.reference:app``; the environment names the folder that
`save_reference_model` filled.
"""

import os
from pathlib import Path

import cv2
import joblib
import numpy as np
from fastapi import FastAPI, UploadFile

from benchmarks.benchmark_extract_features import plain_features
from benchmarks.service.reference_model import CLASSIFIER_FILE, FOLDER_VARIABLE, SCALER_FILE

app = FastAPI()
_folder = Path(os.environ[FOLDER_VARIABLE])
_scaler = joblib.load(_folder / SCALER_FILE)
_classifier = joblib.load(_folder / CLASSIFIER_FILE)


@app.post("/img_classify")
async def classify_image(file: UploadFile) -> dict[str, str]:
    """Decode the whole picture, take every channel's mean and std, and ask the classifier."""
    data = np.frombuffer(await file.read(), np.uint8)
    bgr = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    row = _scaler.transform(plain_features(bgr)[np.newaxis])
    return {"prediction": str(_classifier.predict(row)[0])}
