import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0007_branches_and_reasons'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportedMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(blank=True, max_length=16, verbose_name='status')),
                ('finish_reason', models.CharField(blank=True, max_length=32, verbose_name='finish reason')),
                ('attachments', models.JSONField(default=list, verbose_name='attachments')),
                ('message', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='imported', to='chat.message')),
            ],
            options={
                'verbose_name': 'imported message',
                'verbose_name_plural': 'imported messages',
                'ordering': ('message',),
            },
        ),
        migrations.CreateModel(
            name='SharedConversation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('token_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('title', models.CharField(blank=True, max_length=200, verbose_name='title')),
                ('author_name', models.CharField(blank=True, max_length=150, verbose_name='shown author')),
                ('messages', models.JSONField(default=list, editable=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='shared')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='expires')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked')),
                ('views', models.PositiveIntegerField(default=0, verbose_name='views')),
                ('counted_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shares', to='chat.conversation', verbose_name='conversation')),
                ('owner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
            ],
            options={
                'verbose_name': 'share',
                'verbose_name_plural': 'shares',
                'ordering': ('-created_at', '-id'),
                'indexes': [models.Index(fields=['owner', '-created_at', '-id'], name='chat_share_list')],
            },
        ),
    ]
