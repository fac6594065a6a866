"""What a reviewer chose to look at: a period, a model, an assistant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from chat.models import Run

PERIODS = (7, 30, 90)
USUAL_PERIOD = 30
# More models than this are no choice for people.
MOST_MODELS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Days until today, in the site's time zone; an empty model or assistant stands for all of them."""

    days: int
    model: str
    assistant: str

    @property
    def dates(self) -> Sequence[date]:
        """Every day of the period, oldest first."""
        today = timezone.localdate()
        return [today - timedelta(days=ago) for ago in range(self.days - 1, -1, -1)]

    @property
    def begin(self) -> datetime:
        """The first moment of the period."""
        return timezone.make_aware(datetime.combine(self.dates[0], time.min))

    def conditions(self, prefix: str = "") -> dict[str, object]:
        """Return the filters that find what was chosen; ``prefix`` leads to the run, such as ``run__``."""
        chosen = {"created_at__gte": self.begin, "model": self.model, "assistant": self.assistant}
        return {f"{prefix}{name}": value for name, value in chosen.items() if value}

    def models(self) -> Sequence[str]:
        """Return the models that answered in the period, and the chosen one."""
        runs = Run.objects.filter(created_at__gte=self.begin).exclude(model="")
        names = runs.order_by("model").values_list("model", flat=True)
        return sorted({*names.distinct()[:MOST_MODELS], *([self.model] if self.model else [])})


def choice_of(query: Mapping[str, str]) -> Choice:
    """Return what a query string says; what it says wrongly is as if it were not there."""
    days = query.get("days", "")
    return Choice(
        days=int(days) if days in {str(period) for period in PERIODS} else USUAL_PERIOD,
        model=query.get("model", "").replace("\0", "")[:128],
        assistant=query.get("assistant", "").replace("\0", "")[:64],
    )
