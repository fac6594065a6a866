"""What the page's scripts say, in the member's language."""

from django.utils.translation import gettext as _


def page_strings() -> dict[str, str]:
    """Return the texts by the names that the scripts use."""
    return {
        "chat": _("Chat"),
        "newConversation": _("New conversation"),
        "youSaid": _("You said"),
        "assistantSaid": _("The assistant said"),
        "send": _("Send"),
        "stop": _("Stop"),
        "sent": _("Sent"),
        "answering": _("Answering…"),
        "answerFinished": _("Answer finished, %s words"),
        "thinking": _("Thinking…"),
        "stillWorking": _("Still working…"),
        "takesLong": _("This takes unusually long. You can stop and try again."),
        "stopped": _("Stopped"),
        "cutAtLimit": _("The answer was cut at the limit."),
        "tryAgain": _("Try again"),
        "resume": _("Resume"),
        "connectionLost": _("The connection was lost. What was written is kept."),
        "reconnecting": _("Reconnecting…"),
        "inSeconds": _("again in %s s"),
        "willBeSent": _("It will be sent when you are online."),
        "willFollow": _("It will be sent after this answer."),
        "withdraw": _("Withdraw"),
        "gone": _("This conversation was deleted. What you are writing is kept."),
        "answerReady": _("Answer ready"),
        "partMissing": _("This part of the page could not be loaded. Try again."),
        "notSent": _("The message could not be sent. Your text is kept."),
        "didNotWork": _("That did not work. Please try again."),
        "notStopped": _("The answer could not be stopped. Please try again."),
        "signedOut": _("You are signed out. Your text is kept."),
        "signInAgain": _("Sign in again"),
        "tooLong": _("too long"),
        "sendIn": _("You can send again in %s s."),
        **_in_answers(),
        **_themes(),
    }


def _in_answers() -> dict[str, str]:
    return {
        "copy": _("Copy"),
        "copied": _("Copied"),
        "table": _("Table"),
        "code": _("Code"),
        "wrapLines": _("Wrap lines"),
        "done": _("Done"),
        "notDone": _("Not done"),
        "note": _("Note %s"),
        "backToText": _("Note %s, back to the text"),
    }


def _themes() -> dict[str, str]:
    return {
        "theme_auto": _("Colours as the system"),
        "theme_light": _("Light colours"),
        "theme_dark": _("Dark colours"),
    }
