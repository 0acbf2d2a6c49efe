"""From pieces to the blocks of an article: asks the rules, then joins what an inserted block tore apart."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from extractors.pieces import Piece, join
from extractors.rules.model import Document, Rule, apply
from records import Block, Cut

# A sentence worth joining has this many words before the tear.
_TORN_WORDS = 5


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A document after cleaning.

    Attributes:
        document: every piece with the role that it was found to have; `roles` is None for what was kept.
        blocks: what was kept, sentences joined again, in document order.
        cuts: what was not, in the order of the input.
    """

    document: Document
    blocks: tuple[Block, ...]
    cuts: tuple[Cut, ...]

    @property
    def title(self) -> str | None:
        """The text of the piece that was found to be the title."""
        return next(iter(self.of_role("title")), None)

    def of_role(self, role: str) -> tuple[str, ...]:
        """The texts of the pieces that were cut as something."""
        document = self.document
        return tuple(
            piece.text for piece, own in zip(document.pieces, document.roles, strict=True) if own == role
        )


def clean(
    source: str, pieces: Sequence[Piece], rules: Sequence[Rule], *, title: str | None = None
) -> Cleaned:
    """Ask the rules about the pieces of a document.

    Args:
        source: the text whose offsets the pieces hold.
        pieces: in document order.
        rules: in the order in which they are asked.
        title: what the page's metadata gives, so that it is cut from the body and no other is looked for.
    """
    document, cuts = apply(rules, Document(source, tuple(pieces), (None,) * len(pieces), title))
    kept = _mend([document.pieces[i] for i in document.standing], cuts)
    blocks = tuple(Block(piece.kind, piece.text, piece.start, piece.end) for piece in kept)
    return Cleaned(document, blocks, cuts)


def _mend(pieces: Sequence[Piece], cuts: Sequence[Cut]) -> list[Piece]:
    """Join the halves of a sentence between which a block was cut, or a page ended."""
    starts = [cut.start for cut in cuts]
    mended: list[Piece] = []
    for piece in pieces:
        if mended and _goes_on(mended[-1], piece):
            between = bisect_right(starts, piece.start) > bisect_right(starts, mended[-1].end - 1)
            if between or mended[-1].full:
                mended[-1] = join(mended[-1], piece)
                continue
        mended.append(piece)
    return mended


def _goes_on(first: Piece, second: Piece) -> bool:
    return (
        first.kind == second.kind == "paragraph"
        and first.words >= _TORN_WORDS
        and not first.ends_sentence
        and not first.text.endswith((":", ";"))
        and second.text[0].islower()
    )
