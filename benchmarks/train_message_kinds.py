"""Trains the weights that tell kinds of messages (`streamdial/signals/message_kinds.npz` and `.json`).

Run it as `python -m benchmarks.train_message_kinds`, some minutes. It learns from the `dev` parts alone: invented
lines of tests/data/signals, real ones of the folder of public sets (`--data`), the packs' lines of clear intent, and
any more given by `--labels` (JSON lines with `text` and `kind`). Strength of the penalty and the thresholds are chosen
there by cross-validation in which no file of chat or dialogues is on both sides, the thresholds on messages alone:
lines of dialogues and of packs are easier, and no run reads them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit, cross_val_predict

from benchmarks.message_lines import DATA, SHARED, LabelledLine, fold_line, read_own_lines, read_real_lines
from streamdial.domains import load_pack
from streamdial.models import build_embedder
from streamdial.models.embedding import OFFLINE_EMBEDDER
from streamdial.signals.message_kinds import KINDS, WANTING, Numbers, build_features

FOLDER = Path(__file__).resolve().parents[1] / "streamdial" / "signals"
DOMAINS = ("automotive", "hotel", "restaurant")
STRENGTHS = (1.0, 2.0, 4.0)
"""Inverse strengths of the penalty tried."""
FOLDS = 6
MIN_PRECISION = 0.85
"""Precision on development messages that the threshold must keep; of those that do, the best F1 decides."""
_BY_ACT = {
    **dict.fromkeys(("ask", "ask_offer", "book", "compare", "negotiate"), "question"),
    "inform": "need",
    "object": "complaint",
}
_BY_NOISE = {
    **dict.fromkeys(("noise", "greeting", "thanks", "reaction", "fragment"), "chatter"),
    **dict.fromkeys(("advertisement", "contact_baiting", "bot"), "other"),
}


def read_training_lines(data: Path, more: Path | None) -> list[LabelledLine]:
    """Return all development lines, folded as a run folds them, each text once."""
    lines = [*read_own_lines("dev"), *read_real_lines("dev", data), *_read_pack_lines(), *_read_intent_lines()]
    if more is not None:
        rows = map(json.loads, more.read_text("utf-8").splitlines())
        lines += [LabelledLine(row["text"], row["kind"], more.name) for row in rows]
    folded = [line._replace(text=fold_line(line.text)) for line in lines]
    return list({line.text: line for line in reversed(folded) if line.text}.values())[::-1]


def _read_pack_lines() -> Iterable[LabelledLine]:
    for domain in DOMAINS:
        for act, groups in load_pack(domain).intents.items():
            if act in _BY_ACT:
                yield from (LabelledLine(text, _BY_ACT[act], "pack") for texts in groups.values() for text in texts)


def _read_intent_lines() -> Iterable[LabelledLine]:
    for line in (DATA / "intents.dev.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        kind = _BY_ACT.get(row["act"]) if row["intent"] else _BY_NOISE.get(row["kind"])
        if kind is not None:
            yield LabelledLine(row["text"], kind, "intents")


def choose_threshold(wanting: Numbers, truth: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Return the threshold with the best F1 among those precise enough, else the most precise one; with both shares."""
    tried = []
    for threshold in np.round(np.arange(0.3, 0.81, 0.02), 2):
        told = wanting >= threshold
        hits = int((told & truth).sum())
        precision, recall = hits / max(int(told.sum()), 1), hits / max(int(truth.sum()), 1)
        enough = min(precision, MIN_PRECISION)
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        tried.append((enough, f1, float(threshold), precision, recall))
    return max(tried)[2:]


def list_folds(lines: list[LabelledLine]) -> list[int]:
    """Return the fold of each line: that of its file; what is invented, or the half of a file, is dealt by its text."""
    files = sorted({line.file for line in lines})
    dealt = {
        "own",
        "pack",
        "intents",
        *(name for name in files if name.endswith((".csv", "crosswoz/dialogues.jsonl.gz"))),
    }
    return [
        (zlib.crc32(line.text.encode()) if line.file in dealt else files.index(line.file)) % FOLDS for line in lines
    ]


def fit_weights(
    features: csr_matrix, truth: NDArray[np.int64], folds: PredefinedSplit, messages: NDArray[np.bool_]
) -> tuple[LogisticRegression, dict[str, float], float]:
    """Return the fitted regression, what cross-validation says of it, and the threshold of `wanting` on messages."""
    tried = {}
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=200)
        shares = cross_val_predict(model, features, truth, cv=folds, method="predict_proba")
        loss = float(-np.log(shares[np.arange(len(truth)), truth] + 1e-9).mean())
        tried[loss] = (strength, shares)
    loss = min(tried)
    strength, shares = tried[loss]
    wanting = shares[:, : len(WANTING)].sum(axis=1)
    threshold, precision, recall = choose_threshold(wanting[messages], truth[messages] < len(WANTING))
    told = {
        "penalty": strength,
        "log_loss": loss,
        "accuracy": float((shares.argmax(axis=1) == truth)[messages].mean()),
        "wanting_precision": precision,
        "wanting_recall": recall,
    }
    return LogisticRegression(C=strength, max_iter=200).fit(features, truth), told, threshold


def main() -> None:
    """Train both sets of weights and write them into the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=Path, help="more labelled lines: JSON lines with text and kind")
    parser.add_argument("--data", type=Path, default=SHARED, help="folder of the public sets")
    given = parser.parse_args()
    lines = read_training_lines(given.data, given.labels)
    truth = np.asarray([KINDS.index(line.kind) for line in lines])  # type: ignore[arg-type]
    folds = PredefinedSplit(list_folds(lines))
    messages = np.asarray([line.file not in ("pack", "intents") and "dialogues" not in line.file for line in lines])
    arrays, thresholds, figures = {}, {}, {}
    with tempfile.TemporaryDirectory() as folder:
        embedder = build_embedder(OFFLINE_EMBEDDER, Path(folder) / "vectors.sqlite")
        for name, encoder in (("encoder", embedder), ("plain", None)):
            model, told, threshold = fit_weights(
                csr_matrix(build_features([line.text for line in lines], encoder)), truth, folds, messages
            )
            arrays[f"{name}_matrix"] = model.coef_.astype(np.float16)
            arrays[f"{name}_bias"] = model.intercept_.astype(np.float16)
            thresholds[name], figures[name] = threshold, {key: round(value, 4) for key, value in told.items()}
            print(name, threshold, figures[name])
        embedder.close()
    np.savez_compressed(FOLDER / "message_kinds.npz", **arrays)
    told = {
        "kinds": list(KINDS),
        "encoder": OFFLINE_EMBEDDER,
        "thresholds": thresholds,
        "lines": dict(sorted(Counter(line.kind for line in lines).items())),
        "cross_validation": figures,
    }
    (FOLDER / "message_kinds.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
