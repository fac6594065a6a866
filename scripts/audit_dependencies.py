"""Fail on a known vulnerability in the locked packages; say plainly what could not be asked."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "requirements-dev.lock"
UNREACHABLE = ("ConnectionError", "ConnectTimeout", "ReadTimeout", "ProxyError", "SSLError", "ServiceError")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        options = ["--requirement", str(LOCK), "--disable-pip", "--format", "json", "--output", str(report)]
        audit = subprocess.run(
            [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", *options],
            capture_output=True,
            text=True,
            check=False,
        )
        if not report.exists():
            return explain_failure(audit.stderr)
        return judge(json.loads(report.read_text())["dependencies"])


def explain_failure(stderr: str) -> int:
    """An unreachable service is no verdict; any other failure is a failure."""
    if any(name in stderr for name in UNREACHABLE):
        warn("the vulnerability service could not be reached; dependencies were NOT audited.")
        return 0
    sys.stderr.write(stderr)
    return 1


def judge(dependencies: list[dict[str, object]]) -> int:
    skipped = [str(package["name"]) for package in dependencies if "skip_reason" in package]
    vulnerable = [package for package in dependencies if package.get("vulns")]
    for package in vulnerable:
        sys.stdout.write(f"{package['name']} {package['version']}: {json.dumps(package['vulns'])}\n")
    if skipped:
        warn(
            f"{len(skipped)} of {len(dependencies)} packages are unknown to the service and were NOT audited."
        )
    sys.stdout.write(f"{len(dependencies) - len(skipped)} packages audited, {len(vulnerable)} vulnerable.\n")
    return 1 if vulnerable else 0


def warn(sentence: str) -> None:
    sys.stderr.write(f"WARNING: {sentence}\n")


if __name__ == "__main__":
    sys.exit(main())
