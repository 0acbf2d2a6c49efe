"""Cuts text into the terms that are looked for: one rule, in SQL, for index, questions and fresh rows."""

TOKENIZER = 1
"""Version of the rule; an index that was made by another is not used."""

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
"""Scripts that put no spaces between words: each character is a term."""

_APART = r"[^\p{L}\p{N}\p{M}]+"


def folded(expression: str) -> str:
    """The SQL expression's text in lower case without accents."""
    return f"lower(strip_accents({expression}))"


def spaced(expression: str) -> str:
    """The terms of the SQL expression's text, a space before and after each: `' a b '`.

    A term is a run of letters, digits and marks, or one character of a script without spaces between words.
    """
    text = folded(expression)
    text = f"regexp_replace({text}, '([{_UNSPACED}])', ' \\1 ', 'g')"
    return f"concat(' ', trim(regexp_replace({text}, '{_APART}', ' ', 'g')), ' ')"


def terms(expression: str) -> str:
    """The list of terms of the SQL expression's text, in their order; one empty text where there is none."""
    return f"string_split(trim({spaced(expression)}), ' ')"


HEAD_AND_BODY = "concat_ws(' ', title, text)"
"""What of an article is searched."""
