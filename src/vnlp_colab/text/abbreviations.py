"""The commonest Turkish abbreviations, for where the list of VNLP's data has not been fetched."""

from __future__ import annotations

from typing import Final

_TITLES: Final = (
    "Prof Doç Yrd Öğr Gör Arş Ord Dr Dt Op Uzm Ecz Av Müh Mim Sn Hz Mr Mrs St "
    "Org Korg Tümg Tuğg Gen Alb Yb Bnb Yzb Ütğm Tğm Asb Kd Çvş"
)
_PLACES: Final = "Cad Cd Sok Sk Mah Mh Blv Apt"
_FIRMS: Final = "Ltd Şti Tic A.Ş AŞ T.C Inc"
_REFERENCES: Final = "örn bkz Bkz krş Krş Çev Haz Yay"
_INITIALS: Final = "A B C Ç D E F G Ğ H I İ J K L M N O Ö P R S Ş T U Ü V Y Z Q W X"

_COUNTED: Final = "No no Nr nr Tel tel Md md s S sf Sf c C M.Ö M.S MÖ MS yy"

# A dot behind one of these is no full stop. Ordinals end with a dot too: "5. Cadde", "12. Yüzyıl".
COMMON: Final = frozenset(" ".join((_TITLES, _PLACES, _FIRMS, _REFERENCES, _INITIALS)).split()) | frozenset(
    map(str, range(1, 100))
)
# These only where a figure follows, since they are words or ends of sentences besides.
BEFORE_FIGURES: Final = frozenset(_COUNTED.split())
