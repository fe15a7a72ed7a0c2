"""Who the account is: the fifth kind of signal."""

from __future__ import annotations

from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.records import AccountMetadata, Language, Profile, Provenance


def describe_account(
    profile: Profile | None, pack: DomainPack, language: Language, *, source_id: str, name: str
) -> AccountMetadata:
    """Return the account's metadata; without a profile only its name is known.

    Args:
        profile: The account's page on its platform.
        pack: The domain pack.
        language: Language of the recording.
        source_id: Id of the recording.
        name: Name of the recording, used where there is no profile.
    """
    account = make_id("account", profile.platform, profile.name) if profile else make_id("account", source_id)
    told = (
        profile.model_dump(
            include={"platform", "bio", "certification", "categories", "followers", "location", "services"}
        )
        if profile
        else {}
    )
    return AccountMetadata(
        id=make_id("account_metadata", pack.id, account, told),
        domain=pack.id,
        language=language,
        provenance=Provenance(source_id=source_id, derived_from=(profile.id,) if profile else ()),
        account=account,
        name=profile.name if profile else name,
        **told,
    )
