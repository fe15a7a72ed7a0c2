"""Personal data: found, masked, and names replaced by pseudonyms, before anything is written."""

from streamdial.privacy.hotlines import mask_hotlines
from streamdial.privacy.masking import (
    PersonalSpan,
    Pseudonymizer,
    find_personal_data,
    load_salt,
    mask_personal_data,
)

__all__ = ["PersonalSpan", "Pseudonymizer", "find_personal_data", "load_salt", "mask_hotlines", "mask_personal_data"]
