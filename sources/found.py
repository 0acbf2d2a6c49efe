"""What a finder reports beside candidates, and the outcomes of what fails while it is looking."""

from dataclasses import dataclass

from records import Candidate, InputError, Outcome


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A file that nobody asked for and that is no article: counted, so that the sums come out.

    Attributes:
        uri: its file's URI.
        reason: `asset` (a style sheet, script, image or font beside saved pages), `hidden`, or `database`
            (the one that is being written).
    """

    uri: str
    reason: str


Found = Candidate | Outcome | PassedOver


def failed(uri: str, source_id: str, *, reason: str, detail: str, refused: bool = False) -> Outcome:
    """The outcome of something that was found and cannot become a candidate."""
    return Outcome(
        uri=uri,
        source_id=source_id,
        outcome="refused" if refused else "failed",
        stage="find",
        reason=reason,
        detail=detail,
    )


def failed_with(uri: str, source_id: str, error: InputError) -> Outcome:
    """The same from an error."""
    return failed(
        uri,
        source_id,
        reason=error.reason,
        detail=str(error),
        refused=error.refused,
    )
