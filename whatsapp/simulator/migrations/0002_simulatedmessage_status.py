from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('simulator', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='simulatedmessage',
            name='status',
            field=models.CharField(choices=[('sent', 'enviada'), ('delivered', 'entregue'), ('read', 'lida')], default='sent', max_length=9, verbose_name='estado'),
        ),
    ]
