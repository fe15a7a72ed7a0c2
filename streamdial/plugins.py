"""One registry of what can be added from outside: a plugin is a kind, a name, a version and an object.

What comes with the package stands in the same registry, as the place it is imported from when it is first asked for.
A package of your own adds plugins by one group of entry points, `streamdial`, each named by its kind and its name:

    [project.entry-points.streamdial]
    "reader.mychat" = "mypackage.chat:MyChatReader"
    "domain.travel" = "mypackage.packs:TRAVEL"

    [project.entry-points."streamdial.strategies"]
    gossip = "mypackage.gossip:Gossip"

    [project.entry-points."streamdial.domains"]
    travel = "mypackage.packs:TRAVEL"

In a notebook nothing need be packaged:

    @register("reader", "mychat")
    class MyChatReader: ...

| kind | the object | its form |
| --- | --- | --- |
| `reader` | a class or its instance | `streamdial.sources.Reader` |
| `exporter` | a function | `streamdial.exports.Exporter` |
| `metric` | a class or its instance | `streamdial.evaluation.Metric` |
| `criterion` | what a judge scores | `streamdial.evaluation.judges.criteria.Criterion` |
| `user_policy`, `agent_policy` | a function that builds a policy from its parts | `streamdial.policies.PolicyBuilder` |
| `domain` | the YAML file of a pack: a `Path`, or one of `importlib.resources` | `streamdial.domains.DomainPack` |
| `strategy` | a class | a kind of `streamdial.strategies.Strategy` |
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module, metadata
from typing import Any, Literal, TypeVar, get_args

from streamdial._version import __version__
from streamdial.errors import ConfigurationError

Kind = Literal["reader", "exporter", "metric", "criterion", "user_policy", "agent_policy", "domain", "strategy"]
KINDS: tuple[Kind, ...] = get_args(Kind)
GROUP = "streamdial"
"""The group of entry points."""
OWN_GROUPS: Mapping[str, Kind] = {"streamdial.strategies": "strategy", "streamdial.domains": "domain"}
"""Groups whose entry points are all of one kind, and are called by the name alone."""

_BUILT_IN: Mapping[Kind, Mapping[str, str]] = {
    "reader": {
        "danmaku": "streamdial.sources.danmaku:DanmakuReader",
        "danmaku_segments": "streamdial.sources.danmaku_segments:DanmakuSegmentReader",
        "live_chat": "streamdial.sources.livechat:LiveChatReader",
        "chat_list": "streamdial.sources.chat_list:ChatListReader",
        "comments": "streamdial.sources.comments:CommentReader",
        "audio": "streamdial.sources.speech:SpeechReader",
        "transcript": "streamdial.sources.transcript:TranscriptReader",
        "page": "streamdial.sources.page:PageReader",
        "picture": "streamdial.sources.shown:PictureFileReader",
        "profile": "streamdial.sources.profile:ProfileReader",
    },
    "exporter": {
        name: f"streamdial.exports.writer:export_{name}"
        for name in (
            *("streamdial", "parquet", "splits", "chat", "sharegpt", "sgd", "multiwoz"),
            *("tools", "sessions", "preferences", "trajectories", "card", "croissant", "report"),
        )
    },
    "metric": {
        name: f"streamdial.evaluation.sets:{name.upper()}"
        for name in (
            *("manners", "words", "vendi", "duplicates", "form", "causes", "coverage", "adherence", "recovery"),
            *("grounding", "satisfaction", "grounding_acts", "flips", "source_overlap", "personal_data"),
            *("lexical", "elicitation", "contradictions", "recall", "role_fidelity"),
        )
    },
    "user_policy": {
        "planned": "streamdial.dialogues.planned_policies:build_planned",
        "human_rules": "streamdial.dialogues.human_rules:build_human_user",
        "guided": "streamdial.dialogues.guided:build_guided",
        "direct": "streamdial.dialogues.direct:build_direct_user",
        "example": "streamdial.dialogues.examples:build_example",
        "one_prompt": "streamdial.dialogues.one_prompt:build_one_prompt",
        "person": "streamdial.dialogues.person:build_person",
        "tool_simulator": "streamdial.tooluse.policies:build_simulator",
        "tool_direct": "streamdial.tooluse.policies:build_direct_user",
    },
    "agent_policy": {
        "planned": "streamdial.dialogues.planned_policies:build_planned",
        "guided": "streamdial.dialogues.guided:build_guided",
        "direct": "streamdial.dialogues.direct:build_direct_agent",
        "example": "streamdial.dialogues.examples:build_example",
        "one_prompt": "streamdial.dialogues.one_prompt:build_one_prompt",
        "person": "streamdial.dialogues.person:build_person",
        "tool_planned": "streamdial.tooluse.policies:build_planned",
        "tool_direct": "streamdial.tooluse.policies:build_direct",
    },
    "strategy": {
        "hidden_context": "streamdial.strategies.hidden_context:HiddenContext",
        "skeleton": "streamdial.strategies.skeleton:Skeleton",
        "real_opening": "streamdial.strategies.real_opening:RealOpening",
        "ask_or_offer": "streamdial.strategies.ask_or_offer:AskOrOffer",
        "policy_graph": "streamdial.strategies.policy_graph:PolicyGraph",
        "second_goals": "streamdial.strategies.second_goals:SecondGoals",
        "review": "streamdial.strategies.review:Review",
        "model_pairs": "streamdial.strategies.model_pairs:ModelPairs",
        "human_rules": "streamdial.strategies.human_rules:HumanRulesStrategy",
        "beliefs": "streamdial.strategies.beliefs:Beliefs",
        "dialect": "streamdial.strategies.dialect:Dialect",
        "mood": "streamdial.strategies.mood:Mood",
        "support": "streamdial.strategies.support:Support",
        "grounding": "streamdial.strategies.grounding:Grounding",
        "arsenal": "streamdial.strategies.arsenal:Arsenal",
        "pressure": "streamdial.strategies.pressure:Pressure",
        "profile": "streamdial.strategies.profile:Profile",
        "lookahead": "streamdial.strategies.lookahead:Lookahead",
        "clarify": "streamdial.strategies.clarify:Clarify",
        "rationale": "streamdial.strategies.rationale:Rationale",
        "fresh_facts": "streamdial.strategies.fresh_facts:FreshFacts",
        "documents": "streamdial.strategies.documents:Documents",
        "counterfactual": "streamdial.strategies.counterfactual:Counterfactual",
        "segments": "streamdial.strategies.segments:Segments",
        "threads": "streamdial.strategies.threads:Threads",
        "scenes": "streamdial.strategies.scenes:Scenes",
        "warmup": "streamdial.strategies.warmup:Warmup",
        "episode": "streamdial.strategies.episode:Episode",
        "facts": "streamdial.strategies.facts:Facts",
        "join": "streamdial.strategies.join:Join",
        "hindsight": "streamdial.strategies.hindsight:Hindsight",
        "perturb": "streamdial.strategies.perturb:Perturb",
        "principle": "streamdial.strategies.principle:Principle",
        "refine": "streamdial.strategies.refine:Refine",
        "moderator": "streamdial.strategies.moderator:Moderator",
    },
}
"""What comes with the package, in the order in which it is used."""
_LISTED: Mapping[Kind, str] = {
    "criterion": "streamdial.evaluation.judges.criteria:list_own",
    "domain": "streamdial.domains._loading:list_own",
}
"""Functions that list what comes with the package as data: name to object."""
_MADE: frozenset[Kind] = frozenset(("reader", "metric"))
"""Kinds of which a class is made into an instance, without arguments."""
_FORMS: Mapping[Kind, tuple[str, ...]] = {
    "reader": ("gives", "endings", "matches", "read", "find_date"),
    "exporter": ("__call__",),
    "metric": ("section", "measure"),
    "criterion": ("key", "sides", "questions", "anchors"),
    "domain": ("read_text",),
    "user_policy": ("__call__",),
    "agent_policy": ("__call__",),
    "strategy": ("NAME", "KIND", "Options"),
}
"""What an object of a kind must have."""
_registered: dict[tuple[Kind, str], Plugin] = {}
_T = TypeVar("_T")


@dataclass(frozen=True)
class Plugin:
    """Something that can be chosen by its name.

    Attributes:
        kind: What it is.
        name: What it is chosen by; unique within its kind.
        version: Version of the package it comes with, or the one it was registered with.
        origin: Distribution it comes from; empty for what was registered by hand.
        load: Returns the object; imports it when it is first called.
    """

    kind: Kind
    name: str
    version: str
    origin: str
    load: Callable[[], Any]

    @property
    def key(self) -> str:
        """Kind and name, as its entry point is called."""
        return f"{self.kind}.{self.name}"


def list_plugins(kind: Kind) -> tuple[Plugin, ...]:
    """Return the plugins of a kind: those of this package in the order in which they are used, then others by name.

    Nothing is imported but tables: see `Plugin.load`.

    Raises:
        ConfigurationError: If an installed package has an entry point with no kind, or a name that is taken.
    """
    return tuple(_collect(kind).values())


def get_plugin(kind: Kind, name: str) -> Any:  # noqa: ANN401
    """Return the object of a plugin.

    Raises:
        ConfigurationError: If there is none of that name, or it cannot be imported or is not of the form its kind has.
    """
    found = _collect(kind)
    if name not in found:
        told = kind.replace("_", " ")
        near = get_close_matches(name, found, n=1, cutoff=0.0)
        fix = f"did you mean {near[0]!r}? There are {', '.join(found)}" if near else f"register a {told} of that name"
        raise ConfigurationError(f"there is no {told} {name!r}.", fix=fix)
    return found[name].load()


def register(kind: Kind, name: str, *, version: str = "0") -> Callable[[_T], _T]:
    """Return a decorator that adds an object or class to the registry of this process.

    The same name again replaces what was registered before, as a cell of a notebook is run again; what came with a
    package is never replaced. Other processes (workers of a flow) know nothing of it: package what they need.

    Args:
        kind: What it is.
        name: What it is chosen by.
        version: Changes when what it does changes: it enters the fingerprint of a run.

    Raises:
        ConfigurationError: If the name belongs to a plugin of this package or of an installed one.
    """
    if kind not in KINDS:
        raise ConfigurationError(f"{kind!r} is no kind of plugin.", fix=f"use one of {', '.join(KINDS)}")
    taken = _collect(kind).get(name)
    if taken is not None and taken.origin:
        raise ConfigurationError(f"{taken.key} comes with {taken.origin} already.", fix="choose another name")

    def add(value: _T) -> _T:
        _registered[kind, name] = Plugin(kind, name, version, "", cache(lambda: _accept(kind, value, f"{kind}.{name}")))
        return value

    return add


def has_registered() -> bool:
    """Tell whether there are plugins that this process alone knows of."""
    return bool(_registered)


def describe_foreign(kinds: Iterable[Kind] = KINDS) -> dict[str, str]:
    """Return `kind.name` to version of all plugins that do not come with this package, for the fingerprint of a run.

    What comes with the package is told by the package's own version.

    Args:
        kinds: Kinds that influence what the fingerprint is of.
    """
    return {plugin.key: plugin.version for kind in kinds for plugin in list_plugins(kind) if plugin.origin != GROUP}


def _collect(kind: Kind) -> dict[str, Plugin]:
    found = dict(_list_built_in(kind))
    others = [*_scan_entry_points(tuple(sys.path)), *_registered.values()]
    for plugin in sorted((plugin for plugin in others if plugin.kind == kind), key=lambda plugin: plugin.name):
        if plugin.name in found:
            raise ConfigurationError(
                f"{plugin.key} comes twice, with {found[plugin.name].origin} and {plugin.origin or 'by hand'}.",
                fix="rename one of them, or uninstall its package",
            )
        found[plugin.name] = plugin
    return found


@cache
def _list_built_in(kind: Kind) -> Mapping[str, Plugin]:
    if kind in _LISTED:
        listed: Mapping[str, object] = _import(_LISTED[kind])()
        loaders = {name: (lambda value=value: value) for name, value in listed.items()}
    else:
        table = _BUILT_IN.get(kind, {})
        loaders = {name: cache(lambda at=at: _accept(kind, _import(at), at)) for name, at in table.items()}
    return {name: Plugin(kind, name, __version__, GROUP, load) for name, load in loaders.items()}


def _import(target: str) -> Any:  # noqa: ANN401
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)


@cache
def _scan_entry_points(path: tuple[str, ...]) -> tuple[Plugin, ...]:
    """Return the plugins of installed packages; what is found depends on the search path."""
    found = [_read_entry_point(point, *point.name.partition(".")[::2]) for point in metadata.entry_points(group=GROUP)]
    for group, kind in OWN_GROUPS.items():
        found += [_read_entry_point(point, kind, point.name) for point in metadata.entry_points(group=group)]
    return tuple(found)


def _read_entry_point(point: metadata.EntryPoint, kind: str, name: str) -> Plugin:
    origin, version = (point.dist.name, point.dist.version) if point.dist else ("an unknown package", "0")
    if kind not in KINDS or not name:
        raise ConfigurationError(
            f"the entry point {point.name!r} of {origin} names no plugin.",
            fix=f"call it KIND.NAME with a kind of {', '.join(KINDS)}, or uninstall {origin}",
        )

    @cache
    def load() -> Any:  # noqa: ANN401
        told = f"the plugin {point.name} of {origin} {version}"
        try:
            value = point.load()
        except Exception as error:
            raise ConfigurationError(
                f"{told} cannot be imported: {type(error).__name__}: {error}.",
                fix=f"upgrade {origin}, or uninstall it",
            ) from error
        return _accept(kind, value, told)

    return Plugin(kind, name, version, origin, load)


def _accept(kind: Kind, value: Any, told: str) -> Any:  # noqa: ANN401
    """Return the object of a plugin, made of its class where that is the way of its kind."""
    if kind in _MADE and isinstance(value, type):
        value = value()
    if lacking := [name for name in _FORMS.get(kind, ()) if not hasattr(value, name)]:
        raise ConfigurationError(
            f"{told} is no {kind.replace('_', ' ')}: it has no {' and no '.join(lacking)}.",
            fix="see the table of kinds in streamdial.plugins",
        )
    return value
