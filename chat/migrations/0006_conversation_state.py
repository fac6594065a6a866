from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0005_attachments_and_prompts'),
    ]

    operations = [
        migrations.AddField(
            model_name='conversation',
            name='changed_at',
            field=models.DateTimeField(db_default=Now(), editable=False),
        ),
        migrations.AddField(
            model_name='conversation',
            name='answered_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='conversation',
            name='seen_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='conversation',
            name='deleted_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='deleted by the member'),
        ),
        migrations.AddField(
            model_name='conversation',
            name='temporary',
            field=models.BooleanField(db_default=False, default=False, verbose_name='temporary'),
        ),
        migrations.AddIndex(
            model_name='conversation',
            index=models.Index(fields=['changed_at'], name='chat_conversation_changed'),
        ),
        migrations.AddIndex(
            model_name='conversation',
            index=models.Index(condition=models.Q(('deleted_at__isnull', False)), fields=['deleted_at'], name='chat_conversation_deleted'),
        ),
        migrations.AddIndex(
            model_name='conversation',
            index=models.Index(condition=models.Q(('temporary', True)), fields=['updated_at'], name='chat_conversation_temporary'),
        ),
    ]
