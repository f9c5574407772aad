from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('whatsapp', '0002_conversation'),
    ]

    operations = [
        # Unlogged: every message updates its rows, and without a log no commit waits for the disk.
        # What a crash of PostgreSQL forgets is at most one burst.
        migrations.RunSQL(
            """CREATE UNLOGGED TABLE whatsapp_pace (
                key text PRIMARY KEY, free_at timestamptz NOT NULL) WITH (fillfactor = 50)""",
            "DROP TABLE whatsapp_pace",
        ),
        migrations.AddIndex(
            model_name='outgoingmessage',
            index=models.Index(
                condition=models.Q(('status', 'queued')),
                fields=['created_at'],
                name='outgoing_still_queued',
            ),
        ),
    ]
