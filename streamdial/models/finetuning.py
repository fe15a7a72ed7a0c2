"""Fine-tuning of a small causal model on exported chats: a LoRA, learned on what the assistant says alone."""

from __future__ import annotations

import logging
import math
import random
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from streamdial.errors import ConfigurationError, MissingExtraError
from streamdial.files import read_json, read_lines, write_json
from streamdial.ids import hash_text
from streamdial.models.chat_examples import IGNORED, ChatExample, encode_chats

logger = logging.getLogger("streamdial.progress")

ADAPTER, CHECKPOINTS, FIGURES = "adapter", "checkpoints", "finetune.json"
RISE = 10
"""Steps over which the learning rate rises."""
FREE = ("steps", "save_every", "out")
"""Options that may be others when training goes on."""


class FinetuneOptions(BaseModel):
    """What is learned, from what, and for how long: JSON values alone."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    COMMAND: ClassVar[str] = "finetune"
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("dataset",)

    dataset: str
    """Exported data set, or its folder `chat`, with train.jsonl and validation.jsonl."""
    model: str
    """Causal model that is fine-tuned: a folder, or a name of the Hugging Face hub."""
    out: str = "finetuned"
    """Folder for checkpoints, adapter and figures; training goes on where it stands."""
    steps: int = Field(default=200, ge=1)
    """Steps of the optimiser."""
    batch: int = Field(default=4, ge=1)
    """Dialogues a step."""
    learning_rate: float = Field(default=2e-4, gt=0)
    """Learning rate, after a rise over the first ten steps."""
    rank: int = Field(default=8, ge=1)
    """Rank of the LoRA; its scale is twice the rank."""
    longest: int = Field(default=2048, ge=8)
    """Tokens a dialogue is cut to."""
    save_every: int = Field(default=100, ge=1)
    """Steps between checkpoints."""
    validated: int = Field(default=200, ge=1)
    """Dialogues of the validation part that are scored, the first ones."""
    seed: int = 7
    """Seed of the weights of the LoRA and of the order of the dialogues."""


@dataclass(frozen=True)
class Finetuned:
    """What fine-tuning gave.

    Attributes:
        model: The model that was fine-tuned.
        steps: Steps in all.
        resumed: Step it went on from; 0 where it began.
        dialogues: Dialogues trained on.
        validated: Dialogues of the validation part that were scored.
        left_out: Dialogues of both in which nothing of the assistant's was left.
        weights: Weights that were learned.
        all_weights: Weights of the model.
        train_before: Mean loss of a token on the first batch that this call was to train on.
        train_after: The same batch, afterwards.
        validation_before: Mean loss of a token of the model as it is given; None without a validation part.
        validation_after: That of the fine-tuned one.
    """

    model: str
    steps: int
    resumed: int
    dialogues: int
    validated: int
    left_out: int
    weights: int
    all_weights: int
    train_before: float
    train_after: float
    validation_before: float | None
    validation_after: float | None


def finetune(options: FinetuneOptions) -> tuple[Finetuned, Path]:
    """Fine-tune a model on exported chats, or go on with it; the same seed gives the same adapter.

    Only a LoRA (Hu et al. 2021, arXiv 2106.09685) on all linear layers is learned, and only on the tokens of the
    assistant, the mark that ends its turn among them.

    Returns:
        What it gave, and the folder of the adapter.

    Raises:
        ConfigurationError: If the extra is missing, the data set has no chats or nothing to learn in them, the model
            cannot be opened, or the folder holds the training of something else.
    """
    torch, transformers, peft = _import_extra()
    train, validation = (_read_part(Path(options.dataset), part) for part in ("train", "validation"))
    out = Path(options.out)
    saved = _find_checkpoint(out, options)
    tokenizer, model = _open_base(options.model, transformers, torch)
    examples, dropped = encode_chats(train, tokenizer, options.longest)
    held, dropped_held = encode_chats(validation[: options.validated], tokenizer, options.longest)
    if not examples:
        raise ConfigurationError(
            f"of {dropped} dialogues none has a word of the assistant's within {options.longest} tokens.",
            fix="allow for more tokens with --longest, or name a data set with dialogues",
        )
    before = score(model, held, torch) if held else None
    torch.manual_seed(options.seed)
    if saved is None:
        config = peft.LoraConfig(
            r=options.rank,
            lora_alpha=2 * options.rank,
            lora_dropout=0.0,  # what goes on from a checkpoint is what would have been without a break
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        )
        model = peft.get_peft_model(model, config)
    else:
        model = peft.PeftModel.from_pretrained(model, saved / ADAPTER, is_trainable=True)
    trainer = _Trainer(model, examples, options, torch)
    if saved is not None:
        trainer.load(saved)
    resumed = trainer.step
    first = trainer.list_batch(resumed)
    train_before = score(model, first, torch)
    while trainer.step < options.steps:
        loss = trainer.learn()
        if trainer.step % options.save_every == 0 or trainer.step == options.steps:
            trainer.save(out)
            logger.info("fine-tuning: step %d of %d, loss %.4f", trainer.step, options.steps, loss)
    model.save_pretrained(out / ADAPTER)
    tokenizer.save_pretrained(out / ADAPTER)
    weights, everything = model.get_nb_trainable_parameters()
    found = Finetuned(
        model=options.model,
        steps=trainer.step,
        resumed=resumed,
        dialogues=len(examples),
        validated=len(held),
        left_out=dropped + dropped_held,
        weights=weights,
        all_weights=everything,
        train_before=train_before,
        train_after=score(model, first, torch),
        validation_before=before,
        validation_after=score(model, held, torch) if held else None,
    )
    write_json(out / FIGURES, {"key": _name(options), "options": options.model_dump(mode="json"), **asdict(found)})
    return found, out / ADAPTER


def open_finetuned(folder: Path) -> tuple[Any, Any]:
    """Return the tokenizer and the model of an adapter, ready to be asked.

    Args:
        folder: The folder `adapter` that `finetune` wrote; the model it names must still be where it was.

    Raises:
        ConfigurationError: If the extra is missing or the adapter or its model cannot be opened.
    """
    torch, transformers, peft = _import_extra()
    try:
        base = peft.PeftConfig.from_pretrained(folder).base_model_name_or_path
        _, model = _open_base(str(base), transformers, torch)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        return tokenizer, peft.PeftModel.from_pretrained(model, folder).eval()
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{folder} holds no adapter that can be opened: {error}") from error


def score(model: Any, examples: Sequence[ChatExample], torch: Any) -> float:  # noqa: ANN401
    """Return the mean loss of a token of the assistant over some chats, one at a time."""
    model.eval()
    total = count = 0.0
    with torch.no_grad():
        for example in examples:
            loss = float(model(**_collate([example], model.device, torch)).loss)
            total, count = total + loss * example.learned, count + example.learned
    return total / count


class _Trainer:
    """The loop: AdamW over the weights of the LoRA, batches in an order that the seed and the epoch alone decide."""

    def __init__(self, model: Any, examples: Sequence[ChatExample], options: FinetuneOptions, torch: Any) -> None:  # noqa: ANN401
        self._model, self._examples, self._options, self._torch = model, examples, options, torch
        self._weights = [weight for weight in model.parameters() if weight.requires_grad]
        self._optimizer = torch.optim.AdamW(self._weights, lr=options.learning_rate, weight_decay=0.0)
        self.step = 0

    def list_batch(self, step: int) -> list[ChatExample]:
        """Return the chats of a step; each epoch goes through all of them once."""
        size = min(self._options.batch, len(self._examples))
        a_round = math.ceil(len(self._examples) / size)
        order = list(range(len(self._examples)))
        random.Random(f"{self._options.seed}/{step // a_round}").shuffle(order)
        start = step % a_round * size
        return [self._examples[number] for number in order[start : start + size]]

    def learn(self) -> float:
        """Take one step; return the loss before it."""
        self._model.train()
        for group in self._optimizer.param_groups:
            group["lr"] = self._options.learning_rate * min(1.0, (self.step + 1) / RISE)
        loss = self._model(**_collate(self.list_batch(self.step), self._model.device, self._torch)).loss
        loss.backward()
        self._torch.nn.utils.clip_grad_norm_(self._weights, 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self.step += 1
        return float(loss.detach())

    def save(self, out: Path) -> None:
        """Write a checkpoint, and let go of those before it; it has its name when it is whole."""
        folder = out / CHECKPOINTS
        part, whole = folder / ".part", folder / f"{self.step:07d}"
        shutil.rmtree(part, ignore_errors=True)
        self._model.save_pretrained(part / ADAPTER)
        self._torch.save(self._optimizer.state_dict(), part / "optimizer.pt")
        write_json(part / "state.json", {"step": self.step, "key": _name(self._options)})
        shutil.rmtree(whole, ignore_errors=True)
        part.rename(whole)
        for old in _list_checkpoints(out):
            if old != whole:
                shutil.rmtree(old)

    def load(self, folder: Path) -> None:
        """Go on from a checkpoint."""
        state = self._torch.load(folder / "optimizer.pt", weights_only=True, map_location=self._model.device)
        self._optimizer.load_state_dict(state)
        self.step = int(read_json(folder / "state.json")["step"])


def _import_extra() -> tuple[Any, Any, Any]:
    for package in ("torch", "transformers", "peft"):
        try:
            __import__(package)
        except ImportError as error:
            raise MissingExtraError(package, "finetune", "fine-tuning") from error
    import peft
    import torch
    import transformers

    return torch, transformers, peft


def _open_base(name: str, transformers: Any, torch: Any) -> tuple[Any, Any]:  # noqa: ANN401
    device = "cuda" if torch.cuda.is_available() else "cpu"
    kind = torch.bfloat16 if device == "cuda" else torch.float32
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(name)
        model = transformers.AutoModelForCausalLM.from_pretrained(name, dtype=kind)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{name!r} cannot be opened as a causal model: {error}",
            fix="name a folder with its weights and tokenizer, or a model of the Hugging Face hub",
        ) from error
    return tokenizer, model.to(device)


def _collate(examples: Sequence[ChatExample], device: Any, torch: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return chats as tensors of one length; what fills the shorter ones is neither looked at nor learned."""
    longest = max(len(example.ids) for example in examples)

    def fill(rows: Iterable[Sequence[int]], value: int) -> Any:  # noqa: ANN401
        return torch.tensor([[*row, *[value] * (longest - len(row))] for row in rows], device=device)

    return {
        "input_ids": fill((example.ids for example in examples), 0),
        "labels": fill((example.labels for example in examples), IGNORED),
        "attention_mask": fill(([1] * len(example.ids) for example in examples), 0),
    }


def _read_part(folder: Path, part: str) -> list[list[dict[str, str]]]:
    """Return the chats of a part; none of validation where that part is empty.

    Raises:
        ConfigurationError: If there are none to train on.
    """
    places = [place / f"{part}.jsonl" for place in (folder, folder / "chat", folder / "dataset" / "chat")]
    file = next((place for place in places if place.is_file()), None)
    if file is None:
        if part != "train":
            return []
        raise ConfigurationError(
            f"{folder} has no chats to train on: neither train.jsonl nor chat/train.jsonl is there.",
            fix="name a data set that was exported with the form `chat`",
        )
    return [line["messages"] for line in read_lines(file)]


def _name(options: FinetuneOptions) -> str:
    """Return what training must have in common to go on: all that decides what is learned."""
    return hash_text(options.model_dump_json(exclude=set(FREE)))


def _list_checkpoints(out: Path) -> list[Path]:
    folder = out / CHECKPOINTS
    return sorted(one for one in folder.iterdir() if one.name.isdigit()) if folder.is_dir() else []


def _find_checkpoint(out: Path, options: FinetuneOptions) -> Path | None:
    """Return the last checkpoint, None where there is none.

    Raises:
        ConfigurationError: If it is of other options, or further than the steps that are asked for.
    """
    found = _list_checkpoints(out)
    if not found:
        return None
    state = read_json(found[-1] / "state.json")
    if state["key"] != _name(options):
        raise ConfigurationError(
            f"{out} holds the training of another model, data set or options.", fix="name another folder with --out"
        )
    if state["step"] > options.steps:
        raise ConfigurationError(
            f"{out} is at step {state['step']} already, and {options.steps} are asked for.",
            fix="ask for more with --steps, or name another folder with --out",
        )
    return found[-1]
