"""What can be wrong with a slip; each is a mistake of a template, a setting or a caller, never of a customer.

SlipError
├── BadBlock(kind, why)             a block that could not be printed: a wrong check digit, too long a text
├── BadTemplate(name, line, why)    a template, or what it made, that is no document
├── UnknownProfile(profile, known)  no printer profile of that name
├── UnknownSlot(profile, page)      the profile does not know its number of that code page
└── UnevenSlip(receipt, why)        amounts that contradict each other
"""


class SlipError(Exception):
    """The root of the tree above."""


class BadBlock(SlipError):
    """A block that could not be printed."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(f"{kind} {why}")
        self.kind = kind
        self.why = why


class BadTemplate(SlipError):
    """A template, or what it made, that is no document. `line` counts from 1; 0 where no line is to blame."""

    def __init__(self, name: str, line: int, why: str) -> None:
        super().__init__(f"{name}, line {line}: {why}" if line else f"{name}: {why}")
        self.name = name
        self.line = line
        self.why = why


class UnknownProfile(SlipError):
    """A printer profile that does not exist."""

    def __init__(self, profile: str, known: tuple[str, ...]) -> None:
        super().__init__(f"no printer profile {profile!r}; choose one of: {', '.join(known)}")
        self.profile = profile
        self.known = known


class UnknownSlot(SlipError):
    """A code page whose number on that printer is not known."""

    def __init__(self, profile: str, page: str) -> None:
        super().__init__(f"the number of {page} on printer {profile!r} is not known; give it in the settings")
        self.profile = profile
        self.page = page


class UnevenSlip(SlipError):
    """Amounts on one slip that contradict each other."""

    def __init__(self, receipt: str, why: str) -> None:
        super().__init__(f"slip of receipt {receipt!r}: {why}")
        self.receipt = receipt
        self.why = why
