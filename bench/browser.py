"""``python -m bench.browser``: what an answer, a long conversation and the first load cost the browser.

Beside it the same in the common way: all of the text parsed, and ``innerHTML`` set, with each event.
"""

import gzip
import json
import time
from typing import Any

from playwright.sync_api import Browser, CDPSession, Response

from bench.browser_answer import CHARACTERS
from bench.browser_site import chromium, member, site

# The limits: milliseconds, bytes as sent, and the share of a window that jumps.
TARGETS = {
    "longest_task_ms": 50,
    "inp_ms": 200,
    "interactive_ms": 1000,
    "all_bytes": 100_000,
    "script_bytes": 40_000,
    "style_bytes": 10_000,
    "layout_shift": 0.02,
}
SLOW_DOWN = 4
LONG_TASK_MS = 50
FILES = ("script", "stylesheet")
TYPED = "What I write while the answer comes has to appear at once. "
_WATCH = """
window.seen = { tasks: [], events: [], shift: 0 };
const watch = (type, take, more = {}) =>
  new PerformanceObserver((list) => list.getEntries().forEach(take))
    .observe({ type, buffered: true, ...more });
watch("longtask", (entry) => window.seen.tasks.push(entry.duration));
watch("event", (entry) => entry.interactionId && window.seen.events.push(entry.duration),
  { durationThreshold: 16 });
watch("layout-shift", (entry) => { if (!entry.hadRecentInput) window.seen.shift += entry.value; });
"""
_WATCH_READY = """
window.responseStartOf = () => performance.getEntriesByType("navigation")[0].responseStart;
new MutationObserver((changes, observer) => {
  if (!document.querySelector("chat-page[data-ready]")) return;
  window.readyAt = performance.now();
  observer.disconnect();
  console.debug("ready");
}).observe(document, { subtree: true, attributeFilter: ["data-ready"] });
"""
# The common way, on the same events.
_COMMON = """async ({ conversation }) => {
  const { marked } = await import("/static/chat/vendor/marked.js");
  document.body.innerHTML = "<textarea autofocus></textarea><div></div>";
  const [area, place] = document.body.children;
  area.focus();
  const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
  const response = await fetch(`/chat/api/conversations/${conversation}/messages/`, {
    method: "POST",
    headers: { "X-CSRFToken": token, "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify({ content: "go", client_message_id: crypto.randomUUID() }),
  });
  window.isDone = false;
  void (async () => {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "", text = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const events = (rest + part.value).split("\\n\\n");
      rest = events.pop();
      for (const event of events) {
        const data = event.split("\\n").find((line) => line.startsWith("data: "));
        const fact = data ? JSON.parse(data.slice(6)) : {};
        if (fact.type === "token") { text += fact.content; place.innerHTML = marked.parse(text); }
      }
    }
    window.isDone = true;
  })();
}"""
_COMMON_LONG = """async ({ conversation }) => {
  const { marked } = await import("/static/chat/vendor/marked.js");
  const began = performance.now();
  const messages = [];
  for (let cursor = ""; cursor !== null;) {
    const address = `/chat/api/conversations/${conversation}/messages/?cursor=${cursor}`;
    const page = await (await fetch(address)).json();
    messages.unshift(...page.results.reverse());
    cursor = page.next;
  }
  document.body.innerHTML = messages.map((one) => `<article>${marked.parse(one.content)}</article>`).join("");
  document.body.getBoundingClientRect();
  return performance.now() - began;
}"""


def main() -> int:
    """Measure, print the figures with their limits; 1 if one is missed."""
    with site() as running, chromium() as browser:
        light = first_load(browser, running.url)
        long_path = running.long_conversation()
        figures = {
            **light,
            **streaming(browser, running.url),
            **long_conversation(browser, running.url, long_path),
            "common_way": common_way(browser, running.url, long_path),
        }
    print(json.dumps(figures, indent=1))
    missed = [name for name, limit in TARGETS.items() if figures[name] > limit]
    print("missed: " + ", ".join(missed) if missed else "within all limits")
    return 1 if missed else 0


def first_load(browser: Browser, url: str) -> dict[str, Any]:
    """Return what the first page of a member weighs, each file compressed as a server sends it."""
    with member(browser, url) as page:
        loaded: dict[str, str] = {}
        sent: dict[str, int] = {}

        def hear(response: Response) -> None:
            loaded[response.url] = response.request.resource_type
            sent[response.url] = int(response.headers.get("content-length", 0))

        page.on("response", hear)
        page.goto(f"{url}/chat/")
        page.wait_for_selector("chat-page[data-ready]")
        page.wait_for_timeout(1500)
        weights: dict[str, int] = {}
        for address, kind in loaded.items():
            # What is sent for ever has no weight.
            if "/feed/" not in address:
                body = page.request.get(address).body()
                weights[kind] = weights.get(kind, 0) + len(gzip.compress(body, 9))
    return {
        "script_bytes": weights.get("script", 0),
        "style_bytes": weights.get("stylesheet", 0),
        "all_bytes": sum(weights.values()),
        # With Brotli, where a browser takes it.
        "files_as_sent_bytes": {
            kind: sum(sent[one] for one in loaded if loaded[one] == kind) for kind in FILES
        },
    }


def streaming(browser: Browser, url: str) -> dict[str, Any]:
    """Return how the page bears an answer while its member types."""
    with member(browser, url) as page:
        page.add_init_script(_WATCH)
        page.reload()
        page.wait_for_selector("chat-page[data-ready]")
        session = page.context.new_cdp_session(page)
        before = heap_bytes(session)
        page.fill("#chat-input", "go")
        page.press("#chat-input", "Enter")
        page.wait_for_selector("li[data-role=assistant] [data-part=body] > *")
        page.evaluate("Object.assign(window.seen, { tasks: [], events: [], shift: 0 })")
        browser.start_tracing(page=page, categories=["toplevel"])
        began = time.monotonic()
        while page.locator("li[data-role=assistant]").last.get_attribute("data-status") == "running":
            page.keyboard.type(TYPED, delay=30)
        took = time.monotonic() - began
        seen = page.evaluate("window.seen")
        tasks_ms = main_thread_ms(browser.stop_tracing())
        page.wait_for_timeout(2000)
        after = heap_bytes(session)
        page.wait_for_timeout(5000)
        later = heap_bytes(session)
    return {
        "answer_characters": CHARACTERS,
        "streamed_seconds": round(took, 1),
        **of_tasks(tasks_ms, took),
        "longest_task_by_the_clock_ms": round(max(seen["tasks"], default=0)),
        "inp_ms": inp(seen["events"]),
        "layout_shift": round(seen["shift"], 4),
        "heap_mb": [round(one / 1e6, 1) for one in (before, after, later)],
    }


def long_conversation(browser: Browser, url: str, path: str) -> dict[str, Any]:
    """Return when a conversation of 500 messages can be used, on a slow processor."""
    with member(browser, url) as page:
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_DOWN})
        session.send("Performance.enable")
        # When the page said that it is ready; looking for that from outside costs a tenth of a second itself.
        page.add_init_script(_WATCH_READY)
        tries = []
        for _ in range(5):
            page.goto("about:blank")
            began = _metric(session, "ThreadTime")
            with page.expect_console_message(lambda message: message.text == "ready"):
                page.goto(url + path, wait_until="commit")
            worked_ms = (_metric(session, "ThreadTime") - began) * 1000
            tries.append([*page.evaluate("[window.readyAt, responseStartOf()]"), worked_ms])
    ready_ms, server_ms, worked_ms = sorted(tries)[len(tries) // 2]
    return {
        "interactive_ms": round(ready_ms),
        "of_these_until_the_first_byte_ms": round(server_ms),
        "processor_time_until_interactive_ms": round(worked_ms),
    }


def common_way(browser: Browser, url: str, long_path: str) -> dict[str, Any]:
    """Return the same figures of a page that parses all and sets innerHTML with each event."""
    with member(browser, url) as page:
        page.add_init_script(_WATCH)
        page.goto(f"{url}/chat/data/")
        session = page.context.new_cdp_session(page)
        token = page.evaluate("document.cookie.match(/csrftoken=([^;]+)/)[1]")
        headers = {"X-CSRFToken": token, "Referer": url}
        created = page.request.post(f"{url}/chat/api/conversations/", data={}, headers=headers)
        page.evaluate(_COMMON, {"conversation": created.json()["id"]})
        page.evaluate("Object.assign(window.seen, { tasks: [], events: [], shift: 0 })")
        browser.start_tracing(page=page, categories=["toplevel"])
        began = time.monotonic()
        while not page.evaluate("window.isDone"):
            page.keyboard.type(TYPED[:20], delay=30)
        took = time.monotonic() - began
        tasks_ms = main_thread_ms(browser.stop_tracing())
        seen = page.evaluate("window.seen")
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_DOWN})
        page.goto(f"{url}/chat/data/")
        conversation = long_path.strip("/").rsplit("/", 1)[-1]
        long_ms = page.evaluate(_COMMON_LONG, {"conversation": conversation})
    return {
        "streamed_seconds": round(took, 1),
        **of_tasks(tasks_ms, took),
        "longest_task_by_the_clock_ms": round(max(seen["tasks"], default=0)),
        "inp_ms": inp(seen["events"]),
        "interactive_ms": round(long_ms),
    }


def main_thread_ms(trace: bytes) -> list[float]:
    """Return the processor time of each task of the main thread, in which what others do does not count."""
    events = json.loads(trace)["traceEvents"]
    mains = {
        (one["pid"], one["tid"]) for one in events if one.get("args", {}).get("name") == "CrRendererMain"
    }
    tasks: dict[tuple[int, int], list[float]] = {}
    for one in events:
        thread = (one.get("pid"), one.get("tid"))
        if thread in mains and "tdur" in one and "RunTask" in one["name"]:
            tasks.setdefault(thread, []).append(one["tdur"] / 1000)
    return max(tasks.values(), key=sum, default=[])


def of_tasks(tasks_ms: list[float], took_seconds: float) -> dict[str, Any]:
    """Return the longest task, how many were long, and the share of the time that all of them took."""
    return {
        "longest_task_ms": round(max(tasks_ms, default=0)),
        "long_tasks": sum(one > LONG_TASK_MS for one in tasks_ms),
        "busy_share": round(sum(tasks_ms) / 1000 / took_seconds, 2),
    }


def inp(durations: list[float]) -> float:
    """Return the interaction's duration that at most one in fifty exceeded, as web vitals have it."""
    ordered = sorted(durations, reverse=True)
    return ordered[min(len(ordered) // 50, len(ordered) - 1)] if ordered else 0


def heap_bytes(session: CDPSession) -> float:
    """Return what scripts hold after all garbage is gone."""
    session.send("HeapProfiler.collectGarbage")
    return _metric(session, "JSHeapUsedSize")


def _metric(session: CDPSession, name: str) -> float:
    session.send("Performance.enable")
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == name))


if __name__ == "__main__":
    raise SystemExit(main())
