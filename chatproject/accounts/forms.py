"""Signing up, and leaving for good."""

from typing import Any

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import AbstractBaseUser, User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class SignUpForm(UserCreationForm):  # type: ignore[type-arg]
    """Django's form, with an address for who forgets the password."""

    email = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        help_text=_("Only needed to set a new password if you forget yours."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    class Meta:
        """The fields, in their order."""

        model = User
        fields = ("username", "email")


class LeavingForm(forms.Form):
    """The password once more: nobody deletes an account at a screen that was left alone."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, user: AbstractBaseUser, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_password(self) -> str:
        """Refuse another password than the user's."""
        password: str = self.cleaned_data["password"]
        if not self._user.check_password(password):
            raise ValidationError(_("This is not your password."), code="wrong_password")
        return password
