"""What is done with messages that are there: choosing, branching off, opinions."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chat.forms.fields import ClickField, PlainTextField
from chat.models import Feedback

COMMENT_CHARACTERS = 2_000


class SelectForm(forms.Form):
    """Which of its siblings to show: the message itself, the one before it or the one after it."""

    step = forms.Field(required=False)

    def clean_step(self) -> int:
        """One of -1, 0 and 1; 0 if left out."""
        step = self.cleaned_data["step"]
        if step is None:
            return 0
        if type(step) is not int or step not in (-1, 0, 1):
            raise ValidationError(_("This must be -1, 0 or 1."), code="wrong_type")
        return step


class BranchForm(forms.Form):
    """A new conversation that begins as another one did."""

    client_id = ClickField(required=False)


class FeedbackForm(forms.Form):
    """A member's thumb; no rating takes it back."""

    rating = forms.Field(required=False)
    reasons = forms.Field(required=False)
    comment = PlainTextField(required=False, max_length=COMMENT_CHARACTERS)

    def clean_rating(self) -> int | None:
        """One of 1, -1 and null."""
        rating = self.cleaned_data["rating"]
        if isinstance(rating, bool) or rating not in (1, -1, None):
            raise ValidationError(_("This must be 1, -1 or null."), code="wrong_type")
        return None if rating is None else int(rating)

    def clean_reasons(self) -> list[str]:
        """Reasons that go with the rating, each once."""
        reasons = self.cleaned_data["reasons"] or []
        fitting = Feedback.REASONS.get(self.cleaned_data.get("rating") or 0, ())
        if not isinstance(reasons, list) or any(one not in fitting for one in reasons):
            raise ValidationError(_("These are not reasons for this rating."), code="wrong_type")
        return [reason.value for reason in fitting if reason in reasons]
