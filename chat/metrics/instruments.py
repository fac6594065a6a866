"""Every metric of the app, by name; docs/observability.md describes the same ones.

Names, labels and buckets are those of OpenTelemetry's conventions for generative AI where they have one, in
Prometheus' spelling: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
"""

from prometheus_client import Counter, Gauge, Histogram

OPERATION = "gen_ai_operation_name"
VENDOR = "gen_ai_provider_name"
MODEL = "gen_ai_request_model"
TOKEN_TYPE = "gen_ai_token_type"  # noqa: S105 - input or output
ERROR = "error_type"
ABOUT_RUN = (OPERATION, VENDOR, MODEL)
# A few of the conventions' steps: each is a series for each model.
SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)

token_usage = Histogram(
    "gen_ai_client_token_usage",
    "Tokens that runs used, at their end",
    (*ABOUT_RUN, TOKEN_TYPE),
    buckets=(4, 16, 64, 256, 1024, 4096, 16384, 65536),
)
request_duration = Histogram(
    "gen_ai_server_request_duration_seconds",
    "From the turn to the end of its run",
    (*ABOUT_RUN, ERROR),
    buckets=SECONDS,
)
time_to_first_token = Histogram(
    "gen_ai_server_time_to_first_token_seconds",
    "From the turn to the first token that followers can have",
    ABOUT_RUN,
    buckets=(0.05, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 10, 30),
)
time_per_output_token = Histogram(
    "gen_ai_server_time_per_output_token_seconds",
    "From one token to the next, on average over a run; its inverse is the tokens per second",
    ABOUT_RUN,
    buckets=(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1),
)

runs_started = Counter("chat_runs_started_total", "Runs that a process claimed for the first time", (MODEL,))
runs_ended = Counter("chat_runs_ended_total", "Runs that ended, by how", (MODEL, "status"))
runs_left = Counter("chat_runs_left_total", "Runs that a process gave up before their end")
provider_errors = Counter(
    "chat_provider_errors_total", "Runs that a provider let fail, by code", (VENDOR, ERROR)
)
cost = Counter("chat_cost_dollars_total", "What runs cost at the prices in the settings", (MODEL,))
take_overs = Counter("chat_take_overs_total", "Runs taken from dead processes", ("outcome",))
reconnects = Counter("chat_reconnects_total", "Followers who came back to a run", ("door",))
run_reconnects = Histogram(
    "chat_run_reconnects", "Followers who came back to one run", buckets=(0, 1, 2, 4, 8, 16)
)
snapshots = Counter("chat_snapshots_sent_total", "Followers who got a whole text, having missed events")

# Of a process that is gone nothing is left of these.
active_runs = Gauge("chat_active_runs", "Runs being executed", multiprocess_mode="livesum")
followers = Gauge("chat_followers", "Followers being told", ("door",), multiprocess_mode="livesum")
hub_bytes = Gauge("chat_hub_bytes", "Memory of live runs", multiprocess_mode="livesum")
journal_bytes = Gauge("chat_journal_bytes", "Events the log does not have yet", multiprocess_mode="livesum")
log_delay = Gauge(
    "chat_event_log_delay_seconds",
    "How far the log is behind what is said, in the worst process",
    multiprocess_mode="livemax",
)
loop_lag = Histogram(
    "chat_event_loop_lag_seconds",
    "How late an event loop woke up, asked once a second",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
