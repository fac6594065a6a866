"""Can the site be reached at this URL, does it know us, and does it serve its static files."""

from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from django.templatetags.static import static

from chat.doctor.address import Address
from chat.doctor.browser import Answer, Browser, Unreachable
from chat.doctor.findings import Finding, ok, problem, skipped, warning
from chat.doctor.hearing import is_json_of
from chat.doctor.visit import Visit

PREFIX_ADVICE = (
    "Give the URL of the site's root, with a path only if a proxy mounts the whole site under one."
)
STYLESHEET, SCRIPT = "chat/css/chat.css", "chat/js/main.js"
SIX_STREAMS = "browsers open six connections to a host at most, and each open stream takes one."
# A week and more: a file that changes gets another name.
FAR_FUTURE_SECONDS = 7 * 24 * 3600


def check_reachable(browser: Browser) -> Finding:
    """Ask for the chat page, signed out."""
    address = browser.address
    try:
        answer = browser.get(address.page())
    except Unreachable as error:
        return _unreachable(address, error)
    status = answer.status
    if status == HTTPStatus.BAD_REQUEST:
        return problem(
            "reachable",
            f"The site refuses the host {address.netloc} with 400.",
            "Name the host in ALLOWED_HOSTS, and let the proxy pass it on: proxy_set_header Host $host.",
        )
    if status == HTTPStatus.NOT_FOUND:
        return _not_found(browser)
    if answer.header("Location") and (elsewhere := _elsewhere(address, answer)):
        return elsewhere
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return problem(
            "reachable",
            f"{address.origin}{address.page()} answers {status}.",
            "A proxy that says 502 or 504 does not reach the site; otherwise the site's log has the reason.",
        )
    return ok("reachable", f"{address.origin}{address.page()} answers {status}.")


def _unreachable(address: Address, error: Unreachable) -> Finding:
    advice = "Is the server running, and are host, port and scheme right?"
    if "certificate" in str(error):
        advice = "Browsers will warn too. For a test with a certificate of your own, use --insecure."
    return problem("reachable", f"No answer from {address.origin}: {error}.", advice)


def _not_found(browser: Browser) -> Finding:
    address = browser.address
    says = f"There is no chat page at {address.origin}{address.page()}: 404."
    if address.prefix:
        root = Browser(address.without_prefix(), timeout_seconds=browser.timeout_seconds)
        try:
            is_there = root.get(root.address.page()).status != HTTPStatus.NOT_FOUND
        except Unreachable:
            is_there = False
        if is_there:
            return problem("reachable", says, f"It is without {address.prefix}: use {root.address.url}")
    return problem(
        "reachable",
        says,
        f"This site's urls.py puts the chat at {address.without_prefix().page()}. {PREFIX_ADVICE}",
    )


def _elsewhere(address: Address, answer: Answer) -> Finding | None:
    """Return what is wrong with a redirect that leaves the origin; one to a login page is as it should be."""
    try:
        target = urljoin(f"{address.origin}{address.page()}", answer.header("Location"))
        there = Address.parse(target.partition("?")[0])
    except ValueError:
        return None
    if target == f"{address.origin}{address.page()}":
        return problem(
            "reachable",
            "The site redirects to the very URL that was asked for, without end.",
            "The proxy ends TLS and the site does not know: set SECURE_PROXY_SSL_HEADER, and let the proxy "
            "always send that header.",
        )
    if there.origin == address.origin or urlsplit(target).path != address.page():
        return None
    return problem(
        "reachable", f"The site redirects to {there.origin}.", f"Ask there: {there.origin}{address.prefix}/"
    )


def check_member(browser: Browser, visit: Visit) -> Finding:
    """Ask for the conversation that was just made, with the session that was just made."""
    answer = browser.get(browser.address.conversation(visit.conversation_id), {"Accept": "application/json"})
    if answer.status == HTTPStatus.OK and is_json_of(answer, visit.conversation_id):
        return _cookie_finding(browser, visit)
    if answer.header("Location"):
        return problem(
            "sign-in",
            f"The API redirects a signed-in member to {answer.header('Location')}.",
            "The session is not accepted, or a middleware of the site or the proxy asks for another sign-in.",
        )
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return problem(
            "sign-in",
            "The site does not know the session that was made in this command's session store.",
            "Run the command with the very settings and environment of the site: DATABASE_URL, SECRET_KEY, "
            "SESSION_ENGINE and, for cached sessions, the cache. Does the proxy pass cookies on?",
        )
    if answer.status == HTTPStatus.NOT_FOUND:
        return problem(
            "sign-in",
            "The site does not find the conversation that was made in this command's database.",
            "Run the command with the site's own DATABASE_URL. A replica that lags looks like this too.",
        )
    return problem(
        "sign-in",
        f"The API answers a signed-in member with {answer.status} and {answer.content_type or 'no type'}.",
        "The site's log has the reason; a proxy may have an answer of its own.",
    )


def _cookie_finding(browser: Browser, visit: Visit) -> Finding:
    if visit.is_cookie_secure and not browser.address.is_encrypted:
        return problem(
            "sign-in",
            "The session cookie is marked as secure: browsers do not send it over plain HTTP.",
            "Use the https URL, or switch SESSION_COOKIE_SECURE off where plain HTTP is meant.",
        )
    return ok("sign-in", "The session of a member is accepted, and no login page comes between.")


def check_static(browser: Browser) -> Iterator[Finding]:
    """Ask for a style sheet and a script of the app, as the page would."""
    for name, kinds in ((STYLESHEET, ("text/css",)), (SCRIPT, ("text/javascript", "application/javascript"))):
        try:
            yield _static_finding(browser, static(name), kinds)
        except (ValueError, Unreachable) as error:
            yield problem(
                "static", f"{name} cannot be had: {error}", "Run manage.py collectstatic on each deployment."
            )


def _static_finding(browser: Browser, url: str, kinds: tuple[str, ...]) -> Finding:
    if urlsplit(url).netloc and urlsplit(url).netloc != browser.address.netloc:
        return skipped("static", f"{url} is on another host.")
    answer = browser.get(browser.address.prefix + urlsplit(url).path)
    if answer.status != HTTPStatus.OK:
        return problem(
            "static",
            f"{url} answers {answer.status}: the page has no style or does not work.",
            "Run manage.py collectstatic, and serve STATIC_ROOT: by the proxy, or by servestatic.",
        )
    if answer.content_type not in kinds:
        return problem(
            "static",
            f"{url} comes as {answer.content_type or 'no type'}: browsers refuse it.",
            f"Serve it as {kinds[0]} (nginx: include mime.types).",
        )
    if _age_seconds(answer) < FAR_FUTURE_SECONDS:
        return warning(
            "static",
            f"{url} may not be kept by browsers: each page asks for it again.",
            "Use a storage with hashed names and send Cache-Control: max-age=31536000, immutable.",
        )
    return ok("static", f"{url} comes with its type, and browsers may keep it.")


def _age_seconds(answer: Answer) -> int:
    for directive in answer.header("Cache-Control").lower().split(","):
        name, _, value = directive.strip().partition("=")
        if name == "max-age" and value.isdigit():
            return int(value)
    return 0


def check_http_version(browser: Browser) -> Finding:
    """See what the TLS handshake offers."""
    advice = "Let the proxy speak HTTP/2 to browsers (nginx: http2 on)."
    if not browser.address.is_encrypted:
        return warning(
            "http-version",
            f"Plain HTTP/1.1: {SIX_STREAMS}",
            f"{advice} Browsers speak it over TLS only.",
        )
    if browser.negotiated_protocol() == "h2":
        return ok("http-version", "HTTP/2 is offered: streams share one connection.")
    return warning(
        "http-version",
        f"HTTP/1.1 only: {SIX_STREAMS}",
        advice,
    )
