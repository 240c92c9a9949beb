"""ONNX graphs of the boosters: one TreeEnsembleClassifier, `input` -> `label`, `probabilities`, and nothing else.

ZipMap and the converters' other nodes are left away: the Node binding cannot read maps, and the tree node alone
already gives the probabilities.
"""

import re
import tempfile
from collections.abc import MutableSequence
from pathlib import Path

import numpy as np
import onnx
from catboost import CatBoostClassifier
from lightgbm import Booster, LGBMClassifier
from onnx import TensorProto, helper
from onnxmltools import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from xgboost import XGBClassifier

from .boosters import Model

IR_VERSION = 8
ML_OPSET = 1

#: Attributes that say nothing to a runtime, or only their default.
UNUSED = {"nodes_hitrates"}
ZERO_BY_DEFAULT = {"nodes_missing_value_tracks_true"}


def to_onnx(model: Model, name: str, feature_count: int, class_count: int) -> onnx.ModelProto:
    """The model as a graph with the one tree node; the same model always gives the same bytes."""
    node = _tree_node(_convert(model, feature_count))
    node.name, node.doc_string = name, ""
    node.input[:] = ["input"]
    node.output[:] = ["label", "probabilities"]
    _drop_unused(node)
    if not isinstance(model, XGBClassifier):
        _last_tree_first(node)
    graph = helper.make_graph(
        [node],
        name,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [None, feature_count])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, class_count]),
        ],
    )
    opsets = [helper.make_opsetid("", 15), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
    onnx_model = helper.make_model(graph, opset_imports=opsets, producer_name="geocrop-trainer")
    onnx_model.ir_version = IR_VERSION
    onnx.checker.check_model(onnx_model)
    return onnx_model


def _convert(model: Model, feature_count: int) -> onnx.ModelProto:
    inputs = [("input", FloatTensorType([None, feature_count]))]
    if isinstance(model, XGBClassifier):
        return convert_xgboost(model, initial_types=inputs)
    if isinstance(model, LGBMClassifier):
        return convert_lightgbm(_with_float32_thresholds(model.booster_), initial_types=inputs, zipmap=False)
    if isinstance(model, CatBoostClassifier):
        return _catboost_onnx(model)
    raise TypeError(f"no export for {type(model).__name__}")


def _catboost_onnx(model: CatBoostClassifier) -> onnx.ModelProto:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catboost.onnx"
        model.save_model(str(path), format="onnx")
        return onnx.load(path)


def round_down(threshold: float) -> np.float32:
    """The greatest float32 that is not above a double: for every float32 x, x <= threshold stays what it was."""
    nearest = np.float32(threshold)
    return nearest if float(nearest) <= threshold else np.nextafter(nearest, np.float32(-np.inf))


def _with_float32_thresholds(booster: Booster) -> Booster:
    """LightGBM's thresholds are doubles, and its converter rounds them to the nearest float32: rows on a threshold
    would change sides. `tree_sizes` (byte offsets into the text) has to go, or loading aborts the process."""
    text = re.sub(r"^tree_sizes=.*\n", "", booster.model_to_string(), flags=re.MULTILINE)
    return Booster(model_str=re.sub(r"^threshold=(.+)$", _round_line, text, flags=re.MULTILINE))


def _round_line(match: re.Match[str]) -> str:
    values = (repr(float(round_down(float(value)))) for value in match[1].split())
    return "threshold=" + " ".join(values)


def _tree_node(model: onnx.ModelProto) -> onnx.NodeProto:
    nodes = [node for node in model.graph.node if node.op_type == "TreeEnsembleClassifier"]
    if len(nodes) != 1:
        kinds = [node.op_type for node in model.graph.node]
        raise ValueError(f"expected one TreeEnsembleClassifier in the converted model, got {kinds}")
    return nodes[0]


def _drop_unused(node: onnx.NodeProto) -> None:
    for attribute in list(node.attribute):
        zero = attribute.name in ZERO_BY_DEFAULT and not any(attribute.ints)
        if attribute.name in UNUSED or zero:
            node.attribute.remove(attribute)


def _last_tree_first(node: onnx.NodeProto) -> None:
    """Reverses the order of the trees.

    ONNX Runtime adds up leaves in float32 in the order of the trees, CatBoost and LightGBM in double. Boosting's last
    trees are its smallest: added first they lose fewer bits (CatBoost's largest difference falls from 1.1e-6 to 7e-7).
    XGBoost itself adds float32 from the first tree on, so there the order has to stay.
    """
    attributes = {attribute.name: attribute for attribute in node.attribute}
    for prefix in ("nodes_", "class_"):
        trees = np.array(attributes[f"{prefix}treeids"].ints)
        order = np.argsort(-trees, kind="stable")
        for name, attribute in attributes.items():
            if name.startswith(prefix):
                _reorder(attribute, order)
        _assign(attributes[f"{prefix}treeids"].ints, (trees.max() - trees)[order].tolist())


def _reorder(attribute: onnx.AttributeProto, order: np.ndarray) -> None:
    values = next(values for values in (attribute.ints, attribute.floats, attribute.strings) if len(values) > 0)
    if len(values) != len(order):
        raise ValueError(f"{attribute.name} has {len(values)} values for {len(order)} nodes")
    _assign(values, [values[index] for index in order])


def _assign(values: MutableSequence, new: list) -> None:
    del values[:]
    values.extend(new)


def tree_thresholds(model: onnx.ModelProto) -> list[tuple[int, np.float32]]:
    """Every (feature, threshold) that the model compares with, without repetition, sorted."""
    attributes = {attribute.name: attribute for attribute in model.graph.node[0].attribute}
    modes = attributes["nodes_modes"].strings
    tests = zip(attributes["nodes_featureids"].ints, attributes["nodes_values"].floats, modes, strict=True)
    return sorted({(feature, np.float32(value)) for feature, value, mode in tests if mode != b"LEAF"})
