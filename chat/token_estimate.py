"""Guesses how many tokens a text has, without a vendor's tables."""


def estimate_tokens(text: str) -> int:
    """Return the guess: four Latin characters make a token, a Korean, Japanese or Chinese one about one.

    The page has the same rule (static/chat/js/core/context.js).
    """
    wide = (len(text.encode()) - len(text)) // 2
    return wide + (len(text) - wide + 3) // 4
