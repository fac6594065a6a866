"""Answers that continue others, chosen siblings, copies, and reasons of a thumb."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Columns with defaults in the database: an older process inserts without them."""

    dependencies = [("chat", "0006_conversation_state")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="inherited_characters",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="message",
            name="model",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=128, verbose_name="model"
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="chosen_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="feedback",
            name="reasons",
            field=models.JSONField(blank=True, db_default=[], default=list, verbose_name="reasons"),
        ),
    ]
