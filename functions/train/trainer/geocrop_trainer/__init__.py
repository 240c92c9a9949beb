"""Trains GeoCrop's ensembles and exports them to ONNX. It reads features and never computes them."""
