"""Account metadata, the fifth kind of signal: who the account is and what it may speak for."""

from __future__ import annotations

import re
from typing import Literal

from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.records import AccountMetadata, Language, Profile, Provenance
from streamdial.signals.denoising import gives_orders
from streamdial.signals.machine_text import is_machine_text
from streamdial.text import contains_phrase, fold_text

Standing = Literal["official", "certified", "claimed", "unknown"]
_OFFICIAL = re.compile(r"official|brand account|flagship|官方|旗舰|品牌号|蓝v", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?。！？;；\n|]+")
_PART = re.compile(r"[^。！？]+?(?:[。！？]+|[.!?]+(?=\s|$)|$)\s*")
_BOUNDARY = re.compile(
    r"\b(?:only|we (?:sell|offer|deliver|serve|ship|do not|don't)|no \w+ (?:sales|orders|delivery)|within|area"
    r"|nationwide|local(?:ly)?|not (?:for|available)|appointment)\b"
    r"|仅限|只(?:做|卖|接|限|在)|不(?:支持|提供|接|做|发|含)|专营|主营|经营|范围|全国|本地|需预约",
    re.IGNORECASE,
)


def describe_account(
    profile: Profile | None,
    pack: DomainPack,
    language: Language,
    *,
    source_id: str,
    name: str,
    account: str | None = None,
) -> AccountMetadata:
    """Return the account's metadata with its standing and its service boundaries; without a profile only its name.

    Args:
        profile: The account's page on its platform.
        pack: The domain pack; its certifications tell the trade's.
        language: Language of the recording.
        source_id: Id of the recording.
        name: Name of the recording, used where there is no profile and nobody named the account.
        account: Name somebody gave the account; recordings of one name are of one account.
    """
    if profile:
        key = make_id("account", profile.platform, profile.name)
        profile = _leave_out_orders(profile)
    else:
        key = make_id("account", "", account) if account else make_id("account", source_id)
    told = (
        {
            **profile.model_dump(
                include={"platform", "bio", "certification", "categories", "followers", "location", "services"}
            ),
            "standing": find_standing(profile, pack),
            "boundaries": list_boundaries(profile),
        }
        if profile
        else {}
    )
    return AccountMetadata(
        id=make_id("account_metadata", pack.id, key, told),
        domain=pack.id,
        language=language,
        provenance=Provenance(source_id=source_id, derived_from=(profile.id,) if profile else ()),
        account=key,
        name=profile.name if profile else account or name,
        **told,
    )


def _leave_out_orders(profile: Profile) -> Profile:
    """Return a profile without what is said to models and machines; what is left of it stays as it is written."""
    parts = (match[0] for match in _PART.finditer(profile.bio))
    return profile.model_copy(
        update={
            "bio": profile.bio if _is_for_people(profile.bio) else "".join(filter(_is_for_people, parts)).strip(),
            "certification": profile.certification if _is_for_people(profile.certification) else "",
            "location": profile.location if _is_for_people(profile.location) else "",
            "services": tuple(filter(_is_for_people, profile.services)),
            "categories": tuple(filter(_is_for_people, profile.categories)),
        }
    )


def _is_for_people(text: str) -> bool:
    return not (gives_orders(text) or is_machine_text(text))


def find_standing(profile: Profile, pack: DomainPack) -> Standing:
    """Return who vouches for an account.

    `official`: the platform's certification calls it official. `certified`: it has another certification.
    `claimed`: only its own text uses a certification word of the pack. `unknown`: nothing does.
    """
    certification = fold_text(profile.certification).lower()
    if certification:
        return "official" if _OFFICIAL.search(certification) else "certified"
    own = fold_text(" ".join((profile.name, profile.bio))).lower()
    words = [word.lower() for word in pack.screening.certifications]
    return "claimed" if any(contains_phrase(own, word) for word in words) else "unknown"


def list_boundaries(profile: Profile) -> tuple[str, ...]:
    """Return what an account says it sells, where, and what it does not do, each once.

    These are its services, its place, and such sentences of its own text.
    """
    sentences = [match[0].strip() for match in _SENTENCE.finditer(profile.bio)]
    told = [*profile.services, profile.location, *(sentence for sentence in sentences if _BOUNDARY.search(sentence))]
    return tuple(dict.fromkeys(text for text in told if text))
