"""The views that Django has not: signing up, the page of an account, and its end."""

from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import alogout, login
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import (
    PasswordResetConfirmView,
    PasswordResetView,
    RedirectURLMixin,
    redirect_to_login,
)
from django.db import IntegrityError, transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView, TemplateView

from chat.runs.erasure import delete_everything_of
from chatproject.accounts.forms import LeavingForm, SignUpForm
from chatproject.accounts.traces import leaves_traces


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class SignUpView(RedirectURLMixin, FormView):  # type: ignore[type-arg]
    """A new account, signed in at once; leads on to ``next`` if that is an address of this site."""

    form_class = SignUpForm
    template_name = "accounts/sign_up.html"
    next_page = settings.LOGIN_REDIRECT_URL

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send away who has an account already; there is no such page where nobody may sign up."""
        if not settings.SIGN_UP:
            raise Http404
        if request.user.is_authenticated:
            return redirect(resolve_url(self.next_page))
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        """Store the account and sign in."""
        try:
            with transaction.atomic():
                user = form.save()
        except IntegrityError:
            # Somebody was quicker, perhaps the same person by a second click: the form finds the name taken.
            return self.form_invalid(self.get_form())
        login(self.request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return HttpResponseRedirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tell the template where the way goes on."""
        return super().get_context_data(**kwargs, next=self.get_redirect_url())


class AccountView(LoginRequiredMixin, TemplateView):
    """What one can do with an account."""

    template_name = "accounts/account.html"


class _NeedsMail:
    """There is no such page where no mail can be sent."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.CAN_SEND_MAIL:
            raise Http404
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response


class ResetView(_NeedsMail, PasswordResetView):
    """Sends the link; says the same whether there is such an account or not."""

    template_name = "accounts/password_reset.html"
    email_template_name = "accounts/password_reset_email.txt"
    subject_template_name = "accounts/password_reset_subject.txt"


class NewPasswordView(_NeedsMail, PasswordResetConfirmView):
    """The page that the link leads to."""

    template_name = "accounts/password_new.html"


@sensitive_post_parameters()
async def delete_account(request: HttpRequest) -> HttpResponseBase:
    """Everything of the member, and then the account."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    user: Any = await request.auser()
    if not user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    request.user = user
    form = LeavingForm(user, request.POST if request.method == "POST" else None)
    # Who reviews or reviewed others' conversations leaves traces that have to stay: staff decide.
    is_kept = user.is_staff or await sync_to_async(leaves_traces)(user)
    if request.method == "POST" and not is_kept and await sync_to_async(form.is_valid)():
        await delete_everything_of(user)
        await alogout(request)
        await user.adelete()
        await sync_to_async(messages.success)(request, _("Your account and everything in it was deleted."))
        return HttpResponseRedirect(reverse("home"), status=303)
    status = 400 if request.method == "POST" else 200
    context = {"form": form, "is_kept": is_kept}
    response = await sync_to_async(render)(request, "accounts/delete.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
