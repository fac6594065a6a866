from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0009_search'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='work',
            field=models.JSONField(blank=True, editable=False, null=True),
        ),
    ]
