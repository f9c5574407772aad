from django.db import migrations

# What each of them may do is in pierre/roles.py, and granted after every migrate.
NAMES = ("Suporte", "Catálogo", "Financeiro", "Auditoria", "Administração")


def make(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    for name in NAMES:
        Group.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("pierre", "0001_counters"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
