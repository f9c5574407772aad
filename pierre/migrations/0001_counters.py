from django.db import migrations


class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            """CREATE UNLOGGED TABLE pierre_counter (
                key text PRIMARY KEY, value bigint NOT NULL, expires_at timestamptz NOT NULL)""",
            "DROP TABLE pierre_counter",
        ),
    ]
