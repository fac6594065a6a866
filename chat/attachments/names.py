"""What a file is called: a name that is only ever shown."""

import unicodedata

LONGEST_NAME = 120
LONGEST_ENDING = 16


def clean_name(given: str, *, otherwise: str = "file") -> str:
    """Return the name without folders, control and direction marks, in composed letters, and bounded.

    Safari and macOS send Korean in decomposed letters. Direction marks make ``gpj.exe`` of ``exe.jpg``.
    """
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    composed = unicodedata.normalize("NFC", last)
    # Categories that begin with C: control, format, surrogate, private, unassigned.
    visible = "".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in composed)
    name = " ".join(visible.split()).strip(". ")
    if len(name) > LONGEST_NAME:
        stem, dot, ending = name.rpartition(".")
        kept = dot + ending if stem and len(ending) <= LONGEST_ENDING else ""
        name = name[: LONGEST_NAME - len(kept) - 1] + "…" + kept
    return name or otherwise
