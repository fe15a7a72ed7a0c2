"""A LoRA for a model of some thousand weights: labels by hand, a loss that falls, an adapter that opens again."""

from __future__ import annotations

import builtins
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from streamdial.deployments.cli import app
from streamdial.errors import ConfigurationError, MissingExtraError
from streamdial.models.chat_examples import IGNORED, encode_chat, encode_chats, render_chat
from streamdial.models.finetuning import Finetuned, FinetuneOptions, finetune, open_finetuned, score

CHATS = [
    [
        {"role": "system", "content": "shop"},
        {"role": "user", "content": f"price {thing}"},
        {"role": "assistant", "content": f"{thing} is {price}"},
        {"role": "user", "content": "thanks"},
        {"role": "assistant", "content": "bye"},
    ]
    for thing, price in (("ab", "12"), ("cd", "34"), ("ef", "56"), ("gh", "78"))
]
TEMPLATE = (
    "{% for m in messages %}[{{ m['role'][0] }}]{{ m['content'] }}~{% endfor %}"
    "{% if add_generation_prompt %}[a]{% endif %}"
)
REWRITES = "{% for m in messages %}{{ loop.revindex }}{{ m['content'] }}~{% endfor %}"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A causal model of some thousand weights drawn at random, whose tokens are characters."""
    tokenizers = pytest.importorskip("tokenizers")
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("peft")
    torch = pytest.importorskip("torch")
    folder = tmp_path_factory.mktemp("tiny")
    vocabulary = {character: number for number, character in enumerate(["~", "\n", *map(chr, range(32, 126))])}
    built = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="?"))
    built.pre_tokenizer = tokenizers.pre_tokenizers.Split("", "isolated")
    built.decoder = tokenizers.decoders.Fuse()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=built, unk_token="?", eos_token="~")
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=128,
        tie_word_embeddings=False,
        initializer_range=0.3,
    )
    model = transformers.LlamaForCausalLM(config)
    assert sum(weight.numel() for weight in model.parameters()) < 10_000
    model.save_pretrained(folder)
    return folder


@pytest.fixture
def tokenizer(base: Path) -> Any:
    transformers = pytest.importorskip("transformers")
    return transformers.AutoTokenizer.from_pretrained(base)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "chat"
    folder.mkdir(parents=True)
    for part, chats in (("train", CHATS), ("validation", CHATS[:1])):
        lines = (json.dumps({"messages": messages, "metadata": {}}) for messages in chats)
        (folder / f"{part}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path / "data"


def name_options(dataset: Path, base: Path, out: Path, **more: Any) -> FinetuneOptions:
    given = {"steps": 12, "batch": 2, "learning_rate": 0.02, "save_every": 4, "longest": 100, **more}
    return FinetuneOptions(dataset=str(dataset), model=str(base), out=str(out), **given)


def read_labels(messages: list[dict[str, str]], tokenizer: Any, longest: int = 200) -> tuple[str, str]:
    """The text of a chat, and the same with a dot for each token that is not learned."""
    example = encode_chat(messages, tokenizer, longest)
    text = "".join(tokenizer.convert_ids_to_tokens(list(example.ids)))
    shown = ["." if label == IGNORED else tokenizer.convert_ids_to_tokens(label) for label in example.labels]
    assert all(label in (IGNORED, token) for label, token in zip(example.labels, example.ids, strict=True))
    return text, "".join(shown)


def test_only_what_the_assistant_says_is_learned_with_its_end(tokenizer: Any) -> None:
    text, labels = read_labels(CHATS[0], tokenizer)
    assert text == "system: shop\nuser: price ab\nassistant: ab is 12~\nuser: thanks\nassistant: bye~\n"
    assert labels == (
        "." * len("system: shop\nuser: price ab\nassistant: ")
        + "ab is 12~\n"
        + "." * len("user: thanks\nassistant: ")
        + "bye~\n"
    )


def test_the_template_of_a_model_is_used_where_it_has_one(tokenizer: Any) -> None:
    tokenizer.chat_template = TEMPLATE
    text, labels = read_labels(CHATS[0], tokenizer)
    assert text == "[s]shop~[u]price ab~[a]ab is 12~[u]thanks~[a]bye~"
    assert labels == "." * len("[s]shop~[u]price ab~[a]") + "ab is 12~" + "." * len("[u]thanks~[a]") + "bye~"
    assert render_chat(CHATS[0][:2], tokenizer, asks=True) == "[s]shop~[u]price ab~[a]"


def test_a_template_that_writes_earlier_turns_anew_is_refused(tokenizer: Any) -> None:
    tokenizer.chat_template = REWRITES
    with pytest.raises(ConfigurationError, match="writes earlier turns anew"):
        encode_chat(CHATS[0], tokenizer, 100)


def test_a_long_chat_is_cut_and_one_without_anything_to_learn_is_left_out(tokenizer: Any) -> None:
    start = len("system: shop\nuser: price ab\nassistant: ")
    text, labels = read_labels(CHATS[0], tokenizer, start + 2)
    assert (len(text), labels[-2:], labels.strip(".")) == (start + 2, "ab", "ab")
    examples, left_out = encode_chats([*CHATS, CHATS[0][:2], []], tokenizer, start)
    assert (examples, left_out) == ([], 6)


def test_the_loss_falls_and_the_adapter_opens_again(dataset: Path, base: Path, tmp_path: Path) -> None:
    found, adapter = finetune(name_options(dataset, base, tmp_path / "out", steps=30))
    assert found.train_after < 0.8 * found.train_before
    assert found.validation_before is not None and found.validation_after is not None
    assert found.validation_after < found.validation_before
    assert (found.steps, found.resumed, found.dialogues, found.validated, found.left_out) == (30, 0, 4, 1, 0)
    assert 0 < found.weights < found.all_weights
    told = json.loads((tmp_path / "out" / "finetune.json").read_text(encoding="utf-8"))
    assert (told["train_after"], told["options"]["steps"]) == (found.train_after, 30)
    torch = pytest.importorskip("torch")
    tokenizer, model = open_finetuned(adapter)
    held, _ = encode_chats(CHATS[:1], tokenizer, 100)
    assert score(model, held, torch) == pytest.approx(found.validation_after, abs=1e-5)
    assert (adapter / "adapter_model.safetensors").is_file()


def read_adapter(folder: Path) -> dict[str, Any]:
    safetensors = pytest.importorskip("safetensors.torch")
    weights: dict[str, Any] = safetensors.load_file(folder / "adapter" / "adapter_model.safetensors")
    return weights


def test_training_goes_on_from_a_checkpoint_as_if_it_had_never_stopped(
    dataset: Path, base: Path, tmp_path: Path
) -> None:
    straight, _ = finetune(name_options(dataset, base, tmp_path / "straight"))
    finetune(name_options(dataset, base, tmp_path / "broken", steps=5))
    resumed, _ = finetune(name_options(dataset, base, tmp_path / "broken"))
    assert (straight.resumed, resumed.resumed, resumed.steps) == (0, 5, 12)
    assert resumed.validation_after == pytest.approx(straight.validation_after, abs=1e-6)
    left, right = read_adapter(tmp_path / "straight"), read_adapter(tmp_path / "broken")
    assert left.keys() == right.keys()
    assert max(float((left[name] - right[name]).abs().max()) for name in left) < 1e-6
    assert len(list((tmp_path / "broken" / "checkpoints").iterdir())) == 1


def test_another_seed_gives_another_adapter_and_the_same_seed_the_same(
    dataset: Path, base: Path, tmp_path: Path
) -> None:
    one, same, other = (
        finetune(name_options(dataset, base, tmp_path / name, steps=3, seed=seed))[0]
        for name, seed in (("one", 1), ("same", 1), ("other", 2))
    )
    assert one == same and one.train_after != other.train_after


def test_a_folder_of_another_training_is_refused(dataset: Path, base: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    finetune(name_options(dataset, base, out, steps=2))
    with pytest.raises(ConfigurationError, match="training of another model"):
        finetune(name_options(dataset, base, out, steps=4, rank=2))
    with pytest.raises(ConfigurationError, match="at step 2 already, and 1 are asked for"):
        finetune(name_options(dataset, base, out, steps=1))


def test_what_cannot_be_trained_on_is_told_in_plain_words(dataset: Path, base: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no chats to train on"):
        finetune(name_options(tmp_path / "nowhere", base, tmp_path / "out"))
    with pytest.raises(ConfigurationError, match="cannot be opened as a causal model"):
        finetune(name_options(dataset, tmp_path / "nowhere", tmp_path / "out"))
    with pytest.raises(ConfigurationError, match="none has a word of the assistant's within 8 tokens"):
        finetune(name_options(dataset, base, tmp_path / "out", longest=8))
    with pytest.raises(ConfigurationError, match="no adapter that can be opened"):
        open_finetuned(tmp_path / "nowhere")


def test_a_missing_extra_is_named(dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: Callable[..., Any] = builtins.__import__

    def refuse(name: str, *rest: Any, **more: Any) -> Any:
        if name == "peft":
            raise ImportError(name)
        return found(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingExtraError, match=r"pip install 'streamdial\[finetune\]'"):
        finetune(name_options(dataset, tmp_path, tmp_path / "out"))


def test_the_command_tells_losses_before_and_after(dataset: Path, base: Path, tmp_path: Path) -> None:
    words = ["finetune", str(dataset), "--model", str(base), "--out", str(tmp_path / "out"), "--steps", "2"]
    result = CliRunner().invoke(app, [*words, "--batch", "2", "--longest", "100"])
    assert result.exit_code == 0, result.output
    assert "on 1 dialogues of the validation part:" in result.output and "2 steps, 4 dialogues" in result.output
    again = CliRunner().invoke(app, [*words[:-1], "3", "--batch", "2", "--longest", "100"])
    assert "3 steps, on from step 2" in again.output


def test_without_a_validation_part_that_is_said(dataset: Path, base: Path, tmp_path: Path) -> None:
    from streamdial.deployments._finetuning import describe_finetuned

    (dataset / "chat" / "validation.jsonl").unlink()
    found, _ = finetune(name_options(dataset / "chat", base, tmp_path / "out", steps=1))
    assert isinstance(found, Finetuned) and found.validation_before is None
    assert "no validation part" in describe_finetuned(found)
