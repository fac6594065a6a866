"""Statements that the ORM writes once, and not at each call.

Django writes the SQL of a queryset anew whenever it is asked: of a query by key that is five sixths of the
processor's work, and a turn asked sixteen of them before its first token. A statement here is an ordinary
query with slots where its values go; its SQL is kept for as long as the process lives. It is for the few
that every turn needs: all else is a queryset.

The way to the database and back costs as much as what is asked there. What is written at once goes there
once, where the database can do so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import Any, cast
from uuid import UUID

from django.db import connection, models
from django.db.models import Expression
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery, UpdateQuery

# What Django hands to PostgreSQL's driver unchanged, after half a dozen calls for each.
_PLAIN = frozenset({str, int, bool, datetime, UUID})


class Slot(Expression):
    """The place of a value in a statement; the field says what kind it is.

    The value is one that is given, or an attribute of one of the rows that are stored.
    """

    def __init__(self, name: str, kind: "models.Field[Any, Any]", *, row: int | None = None) -> None:
        super().__init__(output_field=kind)
        self.name = name
        self.row = row

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """Stand among the parameters, until there is a value."""
        return "%s", (self,)

    def prepared(self, value: Any, *, takes_all: bool) -> Any:
        """Return a value as the database's driver wants it, which may take all kinds as they are."""
        if takes_all and type(value) in _PLAIN and not isinstance(self.output_field, models.JSONField):
            return value
        return self.output_field.get_db_prep_save(value, connection=connection)


@dataclass(frozen=True, slots=True)
class Written:
    """SQL, and its parameters with the slots among them."""

    sql: str
    parameters: Sequence[Any]
    # What Django does to the columns of a row, by their place.
    converters: dict[int, tuple[Sequence[Callable[..., Any]], Any]] = field(default_factory=dict)

    def filled(self, values: dict[str, Any], rows: Sequence[models.Model] = ()) -> list[Any]:
        """Return the parameters with the values in their slots."""
        takes_all = connection.vendor == "postgresql"
        filled = []
        for one in self.parameters:
            if isinstance(one, Slot):
                value = values[one.name] if one.row is None else getattr(rows[one.row], one.name)
                filled.append(one.prepared(value, takes_all=takes_all))
            else:
                filled.append(one)
        return filled


@dataclass(frozen=True, slots=True)
class Step:
    """Something to write, with its values; ``rows`` are stored by it."""

    sql: str
    parameters: Sequence[Any]
    rows: Sequence[models.Model] = ()


def write(*steps: Step) -> int:
    """Do all of this, in one statement on PostgreSQL; return how many rows the last step was done to.

    No step finds what another one of them has written.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            parameters = [parameter for step in steps for parameter in step.parameters]
            cursor.execute(_at_once(*(step.sql for step in steps)), parameters)
        else:
            for step in steps:
                cursor.execute(step.sql, step.parameters)
        count = int(cursor.rowcount)
    for row in (row for step in steps for row in step.rows):
        # Documented, whatever its name looks like: Django's "Customizing model loading".
        row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001
    return count


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

    @property
    def _written(self) -> Written:
        return self._compiled[1]

    @cached_property
    def _compiled(self) -> tuple[Any, Written]:
        compiler = self._queryset().query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        converters = compiler.get_converters([column for column, _, _ in compiler.select])
        return compiler, Written(sql, parameters, converters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Where the columns of a model's instances are in a row."""

    model: type[models.Model]
    names: Sequence[str]
    places: Sequence[int]
    key_place: int
    # Those that are selected with it, and how they are put into it.
    related: Sequence[tuple[Callable[[Any, Any], None], "Kind"]]

    def made(self, row: Sequence[Any]) -> Any:
        """Return the instance in a row; None where there is none."""
        if row[self.key_place] is None:
            return None
        instance = self.model.from_db(connection.alias, self.names, [row[place] for place in self.places])
        for put, kind in self.related:
            put(instance, kind.made(row))
        return instance


class Records(Selection):
    """Instances of a model, with those that ``select_related`` names: any other queryset."""

    def found(self, **values: Any) -> list[Any]:
        """Return all of them."""
        return [self._kind.made(row) for row in self.rows(**values)]

    @cached_property
    def _kind(self) -> Kind:
        compiler, _ = self._compiled
        return _kind_of(compiler.klass_info, [column for column, _, _ in compiler.select])


def _kind_of(compiled: dict[str, Any], columns: Sequence[Any]) -> Kind:
    """Read what Django's compiler knows of a model that it selects."""
    model, places = compiled["model"], compiled["select_fields"]
    names = [columns[place].target.attname for place in places]
    return Kind(
        model=model,
        names=names,
        places=places,
        key_place=places[names.index(model._meta.pk.attname)],
        related=[
            (one["local_setter"], _kind_of(one, columns)) for one in compiled.get("related_klass_infos", ())
        ],
    )


class Change:
    """An update of the rows of a queryset."""

    def __init__(self, queryset: Callable[[], "models.QuerySet[Any, Any]"], **changes: Any) -> None:
        self._queryset = queryset
        self._changes = changes

    def step(self, **values: Any) -> Step:
        """Return it as something to write."""
        return Step(self._written.sql, self._written.filled(values))

    def apply(self, **values: Any) -> int:
        """Do it, and return how many rows it was done to."""
        return write(self.step(**values))

    @cached_property
    def _written(self) -> Written:
        query = cast("UpdateQuery", self._queryset().query.chain(UpdateQuery))
        query.add_update_values(self._changes)
        return Written(*query.get_compiler(connection=connection).as_sql())


class Insertion:
    """New rows of one model that bring their keys along; no signals are sent.

    Rows that a constraint refuses are left out where they ``may_be_there``. What else is named is found by
    the statement, with slots for what it has to be told.
    """

    def __init__(self, *, may_be_there: bool = False, **found: Expression) -> None:
        self._on_conflict = OnConflict.IGNORE if may_be_there else None
        self._found = found
        self._written = cache(self._write)

    def step(self, *rows: models.Model, **values: Any) -> Step:
        """Return rows as something to write."""
        # Half of a run's columns say nothing yet.
        columns = tuple(
            column
            for column, by_itself in _columns(type(rows[0]))
            if column.attname in self._found or any(getattr(row, column.attname) != by_itself for row in rows)
        )
        written = self._written(type(rows[0]), columns, len(rows))
        return Step(written.sql, written.filled(values, rows), rows)

    def _write(
        self, model: type[models.Model], columns: "Sequence[models.Field[Any, Any]]", number: int
    ) -> Written:
        query = InsertQuery(model, on_conflict=self._on_conflict)
        rows = [
            {
                column.attname: self._found.get(column.attname) or Slot(column.attname, column, row=row)
                for column in columns
            }
            for row in range(number)
        ]
        query.insert_values(columns, [model(**row) for row in rows])
        ((sql, parameters),) = query.get_compiler(connection=connection).as_sql()
        return Written(sql, parameters)


NEW = Insertion()


def store(*rows: models.Model) -> None:
    """Insert new rows of one model, and nothing else."""
    write(NEW.step(*rows))


@cache
def _at_once(*statements: str) -> str:
    *others, last = statements
    named = ", ".join(f"step_{number} AS ({one})" for number, one in enumerate(others))
    return f"WITH {named} {last}" if others else last


@cache
def _columns(model: type[models.Model]) -> "Sequence[tuple[models.Field[Any, Any], Any]]":
    """Return the columns of a model, and what the database puts there by itself."""
    return [
        (column, column.db_default if column.has_db_default() else None)
        for column in model._meta.concrete_fields
        if not isinstance(column, models.AutoField)
    ]
