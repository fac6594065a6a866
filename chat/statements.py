"""Statements that the ORM writes once, and not at each call.

Django writes the SQL of a queryset anew whenever it is asked: of a query by key that is five sixths of the
processor's work, and a turn asked sixteen of them before its first token. A statement here is an ordinary
query with slots where its values go; its SQL is kept for as long as the process lives. It is for the few
that every turn needs: all else is a queryset.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, cast

from django.db import connection, models
from django.db.models import Expression
from django.db.models.sql import InsertQuery, UpdateQuery


class Slot(Expression):
    """The place of a value in a statement; the field says what kind it is."""

    def __init__(self, name: str, kind: "models.Field[Any, Any]") -> None:
        super().__init__(output_field=kind)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """Stand among the parameters, until there is a value."""
        return "%s", (self,)


@dataclass(frozen=True, slots=True)
class Written:
    """SQL, and its parameters with the slots among them."""

    sql: str
    parameters: Sequence[Any]
    # What Django does to the columns of a row, by their place.
    converters: dict[int, tuple[Sequence[Callable[..., Any]], Any]] = field(default_factory=dict)

    def filled(self, values: dict[str, Any]) -> list[Any]:
        """Return the parameters with the values in their slots."""
        return [
            one.output_field.get_db_prep_save(values[one.name], connection=connection)
            if isinstance(one, Slot)
            else one
            for one in self.parameters
        ]


class Selection:
    """Rows of columns: a queryset that ends in ``values_list``."""

    def __init__(self, queryset: Callable[[], "models.QuerySet[Any, Any]"]) -> None:
        # Called when it is first needed: models are not ready while modules are imported.
        self._queryset = queryset

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """Return all of them."""
        written = self._written
        with connection.cursor() as cursor:
            cursor.execute(written.sql, written.filled(values))
            rows = cursor.fetchall()
        return [self._converted(row) for row in rows] if written.converters else rows

    def _converted(self, row: Sequence[Any]) -> tuple[Any, ...]:
        columns = list(row)
        for place, (converters, expression) in self._written.converters.items():
            for convert in converters:
                columns[place] = convert(columns[place], expression, connection)
        return tuple(columns)

    @cached_property
    def _written(self) -> Written:
        compiler = self._queryset().query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        converters = compiler.get_converters([column for column, _, _ in compiler.select])
        return Written(sql, parameters, converters)


class Change:
    """An update of the rows of a queryset."""

    def __init__(self, queryset: Callable[[], "models.QuerySet[Any, Any]"], **changes: Any) -> None:
        self._queryset = queryset
        self._changes = changes

    def apply(self, **values: Any) -> int:
        """Do it, and return how many rows it was done to."""
        with connection.cursor() as cursor:
            cursor.execute(self._written.sql, self._written.filled(values))
            return int(cursor.rowcount)

    @cached_property
    def _written(self) -> Written:
        query = cast("UpdateQuery", self._queryset().query.chain(UpdateQuery))
        query.add_update_values(self._changes)
        return Written(*query.get_compiler(connection=connection).as_sql())


def store(*rows: models.Model) -> None:
    """Insert new rows of one model that bring their keys along; no signals are sent."""
    written = _insertion(type(rows[0]), len(rows))
    values = {
        _slot_name(number, column): getattr(row, column.attname)
        for number, row in enumerate(rows)
        for column in _columns(type(row))
    }
    with connection.cursor() as cursor:
        cursor.execute(written.sql, written.filled(values))
    for row in rows:
        # Documented, whatever its name looks like: Django's "Customizing model loading".
        row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001


@cache
def _insertion(model: type[models.Model], number: int) -> Written:
    query = InsertQuery(model)
    query.insert_values(
        _columns(model),
        [
            model(**{column.attname: Slot(_slot_name(row, column), column) for column in _columns(model)})
            for row in range(number)
        ],
    )
    ((sql, parameters),) = query.get_compiler(connection=connection).as_sql()
    return Written(sql, parameters)


@cache
def _columns(model: type[models.Model]) -> "Sequence[models.Field[Any, Any]]":
    return [column for column in model._meta.concrete_fields if not isinstance(column, models.AutoField)]


def _slot_name(row: int, column: "models.Field[Any, Any]") -> str:
    return f"{column.attname}-{row}"
