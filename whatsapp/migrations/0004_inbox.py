from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('whatsapp', '0003_pacing'),
    ]

    operations = [
        migrations.AddField(
            model_name='businessnumber',
            name='account_told_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='situação da conta em'),
        ),
    ]
