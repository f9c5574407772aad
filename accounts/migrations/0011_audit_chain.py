import os
from itertools import islice

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from accounts.trail import chain

BATCH = 1000

# Whoever owns the tables could take these away: the application's role should not be the owner.
APPEND_ONLY = [
    """
    CREATE FUNCTION accounts_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$""",
    """
    CREATE FUNCTION accounts_audit_forward() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.owner <> OLD.owner OR NEW.length <> OLD.length + 1 THEN
            RAISE EXCEPTION 'a chain grows by one event' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$""",
    """
    CREATE TRIGGER forward BEFORE UPDATE ON accounts_auditchain
    FOR EACH ROW EXECUTE FUNCTION accounts_audit_forward()""",
    """
    CREATE TRIGGER append_only BEFORE DELETE ON accounts_auditchain
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_audit_refuse()""",
    # A place is deleted in its time, but never another.
    """
    CREATE TRIGGER never_changed BEFORE UPDATE ON accounts_auditplace
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_audit_refuse()""",
    *(
        f"""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION accounts_audit_refuse()"""
        for table in (
            "accounts_auditevent",
            "accounts_auditseal",
            "accounts_auditsealedhead",
            "accounts_auditsealdelivery",
        )
    ),
    *(
        f"""
        CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION accounts_audit_refuse()"""
        for table in (
            "accounts_auditevent",
            "accounts_auditchain",
            "accounts_auditseal",
            "accounts_auditsealedhead",
            "accounts_auditsealdelivery",
        )
    ),
]
UNDO = [
    *(
        f"DROP TRIGGER IF EXISTS {trigger} ON {table}"
        for table in (
            "accounts_auditevent",
            "accounts_auditchain",
            "accounts_auditseal",
            "accounts_auditsealedhead",
            "accounts_auditsealdelivery",
        )
        for trigger in ("forward", "append_only", "never_emptied")
    ),
    "DROP TRIGGER IF EXISTS never_changed ON accounts_auditplace",
    "DROP FUNCTION accounts_audit_forward()",
    "DROP FUNCTION accounts_audit_refuse()",
]


def chain_events(apps, schema_editor):
    """Chain the events of before, in the order of their rows; needs AUDIT_KEYS if there are any."""
    event_model = apps.get_model("accounts", "AuditEvent")
    place_model = apps.get_model("accounts", "AuditPlace")
    chain_model = apps.get_model("accounts", "AuditChain")
    events = event_model.objects.order_by("pk").iterator(chunk_size=BATCH)
    heads = {}
    while batch := list(islice(events, BATCH)):
        under = chain.keys()
        places = []
        for event in batch:
            if event.address or event.user_agent:
                place = place_model(
                    event=event,
                    salt=os.urandom(16),
                    address=event.address,
                    user_agent=event.user_agent,
                )
                event.place_digest = chain.place_digest(
                    salt=place.salt, address=place.address, user_agent=place.user_agent
                )
                places.append(place)
            owner = event.user_id or chain.NOBODY
            heads[owner] = chain.stamp(event, after=heads.get(owner, chain.NO_HEAD), under=under)
        event_model.objects.bulk_update(
            batch, ["sequence", "previous", "mac", "key", "place_digest"], batch_size=BATCH
        )
        place_model.objects.bulk_create(places)
    chain_model.objects.bulk_create(
        (
            chain_model(
                owner=owner,
                length=head.length,
                mac=head.mac,
                key=chain.keys().current,
                proof=chain.proof(
                    owner=owner,
                    head=head,
                    name=chain.keys().current,
                    key=chain.keys().by_name[chain.keys().current],
                ),
            )
            for owner, head in heads.items()
        ),
        batch_size=BATCH,
    )


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0010_privacy'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditChain',
            fields=[
                ('owner', models.BigIntegerField(primary_key=True, serialize=False)),
                ('length', models.BigIntegerField()),
                ('mac', models.BinaryField(max_length=32)),
                ('key', models.CharField(max_length=48)),
                ('proof', models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name='AuditSeal',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='número')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='em')),
                ('heads', models.IntegerField(verbose_name='cadeias que cresceram')),
                ('previous', models.BinaryField(max_length=32)),
                ('digest', models.BinaryField(max_length=32)),
                ('mac', models.BinaryField(max_length=32)),
                ('key', models.CharField(editable=False, max_length=48)),
            ],
            options={
                'verbose_name': 'selo da auditoria',
                'verbose_name_plural': 'selos da auditoria',
                'ordering': ['-number'],
            },
        ),
        migrations.CreateModel(
            name='AuditSealedHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner', models.BigIntegerField()),
                ('length', models.BigIntegerField()),
                ('mac', models.BinaryField(max_length=32)),
                ('seal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sealed_heads', to='accounts.auditseal')),
            ],
            options={
                'indexes': [models.Index(fields=['owner', 'seal'], name='audit_sealed_by_owner')],
                'constraints': [models.UniqueConstraint(fields=('seal', 'owner'), name='audit_head_sealed_once')],
            },
        ),
        migrations.CreateModel(
            name='AuditSealDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('to', models.CharField(choices=[('file', 'Arquivo'), ('hook', 'Serviço de carimbo')], max_length=4, verbose_name='para')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='em')),
                ('answer', models.BinaryField(null=True)),
                ('seal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='accounts.auditseal')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('seal', 'to'), name='audit_seal_delivered_once')],
            },
        ),
        migrations.CreateModel(
            name='AuditPlace',
            fields=[
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='place', serialize=False, to='accounts.auditevent')),
                ('salt', models.BinaryField(max_length=16)),
                ('address', models.CharField(blank=True, max_length=64, verbose_name='endereço')),
                ('user_agent', models.CharField(blank=True, max_length=255, verbose_name='navegador')),
            ],
            options={
                'verbose_name': 'origem',
                'verbose_name_plural': 'origens',
            },
        ),
        migrations.RemoveIndex(
            model_name='auditevent',
            name='audit_by_user',
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='audit_events', to=settings.AUTH_USER_MODEL, verbose_name='de quem'),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='sequence',
            field=models.BigIntegerField(default=0, editable=False, verbose_name='número'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='auditevent',
            name='place_digest',
            field=models.BinaryField(default=b'', max_length=32),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='auditevent',
            name='previous',
            field=models.BinaryField(default=b'', max_length=32),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='auditevent',
            name='mac',
            field=models.BinaryField(default=b'', max_length=32),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='auditevent',
            name='key',
            field=models.CharField(default='', editable=False, max_length=48),
            preserve_default=False,
        ),
        migrations.RunPython(chain_events, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='auditevent',
            name='address',
        ),
        migrations.RemoveField(
            model_name='auditevent',
            name='user_agent',
        ),
        migrations.AddConstraint(
            model_name='auditevent',
            constraint=models.UniqueConstraint(fields=('user', 'sequence'), name='audit_event_in_one_place', nulls_distinct=False),
        ),
        migrations.RunSQL(APPEND_ONLY, UNDO),
    ]
