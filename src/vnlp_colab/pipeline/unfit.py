"""What stands in the place of a text that cannot be read, so that whoever treats rows can treat this one too."""

from __future__ import annotations


class Unfit(str):
    """As much of a cell as can be shown: with U+FFFD for bytes that are not UTF-8, empty where there is no text.

    Attributes:
        reason: Why it is no text.
    """

    __slots__ = ("reason",)

    reason: str

    def __new__(cls, reason: str, shown: str = "") -> Unfit:
        """Make one."""
        made = super().__new__(cls, shown)
        made.reason = reason
        return made

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        # Without it, pickle would take what is shown for the reason.
        return self.reason, str(self)

    @property
    def cell(self) -> str | None:
        """What an output has in the place of the text."""
        return str(self) or None
