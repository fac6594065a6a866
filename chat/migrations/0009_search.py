from typing import Any

import django.db.models.deletion
from django.db import migrations, models

# Without a list of pending rows, which every search would have to read.
POSTGRESQL = (
    """
    CREATE INDEX chat_search_terms ON chat_searchentry
    USING gin (array_to_tsvector(string_to_array(terms, ' '))) WITH (fastupdate = off)
    """,
)

# Terms are folded and apart already: 'ascii' leaves every other letter as it is. Neither positions nor sizes
# are kept, which nothing asks for. The texts stay in the entries, so the table has to be told what to forget.
SQLITE = (
    """
    CREATE VIRTUAL TABLE chat_search_terms USING fts5(
        terms, content='chat_searchentry', content_rowid='id', tokenize='ascii', detail=none, columnsize=0
    )
    """,
    """
    CREATE TRIGGER chat_search_inserted AFTER INSERT ON chat_searchentry BEGIN
        INSERT INTO chat_search_terms(rowid, terms) VALUES (new.id, new.terms);
    END
    """,
    """
    CREATE TRIGGER chat_search_deleted AFTER DELETE ON chat_searchentry BEGIN
        INSERT INTO chat_search_terms(chat_search_terms, rowid, terms) VALUES ('delete', old.id, old.terms);
    END
    """,
    """
    CREATE TRIGGER chat_search_updated AFTER UPDATE OF terms ON chat_searchentry BEGIN
        INSERT INTO chat_search_terms(chat_search_terms, rowid, terms) VALUES ('delete', old.id, old.terms);
        INSERT INTO chat_search_terms(rowid, terms) VALUES (new.id, new.terms);
    END
    """,
)


def create_index(apps: Any, schema_editor: Any) -> None:
    """Make the index in the database's own words; chat_index fills it from the rows that are there."""
    statements = {"postgresql": POSTGRESQL, "sqlite": SQLITE}
    for statement in statements.get(schema_editor.connection.vendor, ()):
        schema_editor.execute(statement)


def drop_index(apps: Any, schema_editor: Any) -> None:
    # PostgreSQL's goes with the table.
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE chat_search_terms")
        for name in ("inserted", "deleted", "updated"):
            schema_editor.execute(f"DROP TRIGGER chat_search_{name}")


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0008_shares_and_imports'),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('said_at', models.DateTimeField()),
                ('terms', models.TextField()),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='chat.conversation')),
                ('message', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='chat.message')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.AddConstraint(
            model_name='searchentry',
            constraint=models.UniqueConstraint(condition=models.Q(('message__isnull', True)), fields=('conversation',), name='chat_one_entry_per_title'),
        ),
        migrations.RunPython(create_index, drop_index),
    ]
