"""Addresses of accounts; the names are those of django.contrib.auth."""

from django.contrib.auth import views as auth
from django.urls import path

from chatproject.accounts import views

urlpatterns = [
    path("", views.AccountView.as_view(), name="account"),
    path("sign-up/", views.SignUpView.as_view(), name="sign_up"),
    path("login/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path(
        "password/",
        auth.PasswordChangeView.as_view(template_name="accounts/password_change.html"),
        name="password_change",
    ),
    path(
        "password/done/",
        auth.PasswordChangeDoneView.as_view(template_name="accounts/password_change_done.html"),
        name="password_change_done",
    ),
    path("reset/", views.ResetView.as_view(), name="password_reset"),
    path(
        "reset/sent/",
        auth.PasswordResetDoneView.as_view(template_name="accounts/password_reset_sent.html"),
        name="password_reset_done",
    ),
    path("reset/<uidb64>/<token>/", views.NewPasswordView.as_view(), name="password_reset_confirm"),
    path(
        "reset/done/",
        auth.PasswordResetCompleteView.as_view(template_name="accounts/password_reset_done.html"),
        name="password_reset_complete",
    ),
    path("delete/", views.delete_account, name="account_delete"),
]
