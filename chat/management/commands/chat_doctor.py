"""Ask the running site for a scripted answer through its public URL, and say what is wrong."""

import json
import logging
import signal
from contextlib import closing
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import NoReverseMatch

from chat.doctor.address import Address, BadAddress
from chat.doctor.browser import Browser
from chat.doctor.examination import Wishes, examine
from chat.doctor.findings import Finding, Level
from chat.doctor.visit import CannotVisit


class Command(BaseCommand):
    """Exits with 1 if there is a problem. Run it on the site's host, with the site's environment."""

    help = "Ask the running site for a scripted answer through its public URL, and say what is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the site's URL."""
        parser.add_argument("url", help="the site's public URL, such as https://chat.example.org")
        parser.add_argument(
            "--as", dest="username", default="", help="ask as this member, not a temporary one"
        )
        parser.add_argument("--timeout", type=int, default=30, help="seconds to wait for a sign of life")
        parser.add_argument("--quick", action="store_true", help="do not wait for a heartbeat")
        parser.add_argument("--insecure", action="store_true", help="take any certificate")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the findings; raise CommandError where there is a problem."""
        try:
            address = Address.parse(options["url"])
        except BadAddress as error:
            raise CommandError(str(error)) from error
        except NoReverseMatch as error:
            raise CommandError("The site's urls.py does not include chat.urls.") from error
        if options["timeout"] < 1:
            raise CommandError("--timeout must be a second at least.")
        browser = Browser(address, timeout_seconds=options["timeout"], is_trusting=options["insecure"])
        wishes = Wishes(username=options["username"], is_quick=options["quick"])
        # The log of the run is the doctor's own, not the site's.
        logging.getLogger("chat.runs").setLevel(logging.ERROR)
        findings = self._findings(browser, wishes, is_silent=options["json"])
        problems = sum(finding.level is Level.PROBLEM for finding in findings)
        if options["json"]:
            report = {
                "url": address.url,
                "healthy": not problems,
                "checks": [asdict(one) for one in findings],
            }
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
        if problems:
            raise CommandError("1 problem." if problems == 1 else f"{problems} problems.")
        if not options["json"]:
            self.stdout.write(self.style.SUCCESS("No problem."))

    def _findings(self, browser: Browser, wishes: Wishes, *, is_silent: bool) -> list[Finding]:
        findings: list[Finding] = []
        # A supervisor's stop cleans up as Ctrl-C does.
        earlier = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            with closing(examine(browser, wishes)) as examination:
                for finding in examination:
                    findings.append(finding)
                    if not is_silent:
                        self._show(finding)
        except CannotVisit as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped. What was made for the examination is removed.", returncode=130
            ) from None
        finally:
            signal.signal(signal.SIGTERM, earlier)
        return findings

    def _show(self, finding: Finding) -> None:
        paint = {
            Level.OK: self.style.SUCCESS,
            Level.WARNING: self.style.WARNING,
            Level.PROBLEM: self.style.ERROR,
        }
        word = f"{finding.level:8}"
        self.stdout.write(f"{paint.get(finding.level, str)(word)} {finding.check:13} {finding.says}")
        if finding.advice:
            self.stdout.write(f"{'':23}{finding.advice}")
