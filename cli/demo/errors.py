"""What stops a demo.

DemoError
└── DemoFailed(reason)    something is not as it must be; `reason` is one line that says what, and what to do
"""


class DemoError(Exception):
    """The root of the tree above."""


class DemoFailed(DemoError):
    """Something is not as it must be."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
