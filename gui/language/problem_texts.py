"""A failure as a sentence for the reader, and as a block for the clipboard."""

from __future__ import annotations

from core.model.errors import UserFacingError
from core.model.message_texts import MESSAGE_TEXTS, sentence
from gui.language.window_language import WindowLanguage


def problem_sentence(error: Exception, language: WindowLanguage) -> str:
    """What happened and what to do. A failure that is not meant for users is named by its kind only."""
    if isinstance(error, UserFacingError) and error.code in MESSAGE_TEXTS:
        return sentence(error, language.translator)
    return language.text(
        "This action stopped unexpectedly ({kind}). The log of the gateway has the details.", kind=type(error).__name__
    )


def problem_details(error: Exception, part: str, version: str, moment: float, language: WindowLanguage) -> str:
    """The block that Copy details puts on the clipboard; English, without secrets and without paths."""
    # Loaded here because few copy one.
    import platform

    from gui.language.figures import utc_text

    lines = [
        f"Time: {utc_text(moment)}",
        f"Gatehouse: {version}",
        f"System: {platform.system()} {platform.release()}, Python {platform.python_version()}",
        f"Part: {part}",
        f"Message: {problem_sentence(error, language)}",
    ]
    if isinstance(error, UserFacingError):
        lines.append(f"Code: {error.code}")
        lines += [f"  {name}: {value}" for name, value in error.facts.items()]
    else:
        lines.append(f"Kind: {type(error).__name__}")
    return "\n".join(lines)
