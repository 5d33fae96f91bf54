"""Why a file is refused, as a word; the parent has the sentences. Pure."""


class Refused(Exception):
    """``why`` is a word of ``refusals.SENTENCES``; ``line`` 0 where there is none."""

    def __init__(self, why: str, line: int = 0, detail: str = "") -> None:
        super().__init__(why, line, detail)
        self.why, self.line, self.detail = why, line, detail
