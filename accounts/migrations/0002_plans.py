"""The three plans of the contract, with Premium's benefits in the words the person reads."""

from decimal import Decimal

from django.db import migrations

PLANS = {
    "basic": {
        "name": "Basic",
        "price": Decimal("19.90"),
        "connection_route": "notice",
        "benefits": ["Lançamentos pelo WhatsApp", "Resumo mensal de gastos"],
    },
    "pro": {
        "name": "Pro",
        "price": Decimal("39.90"),
        "connection_route": "notice",
        "max_payment_reminders": 10,
        "max_spending_alerts": 10,
        "benefits": [
            "Tudo do plano Basic",
            "Até 10 lembretes de pagamento",
            "Até 10 alertas de gastos",
        ],
    },
    "premium": {
        "name": "Premium",
        "price": Decimal("69.90"),
        "connection_route": "flow",
        "max_connections": 10,
        "max_payment_reminders": 30,
        "max_spending_alerts": 30,
        "benefits": [
            "Conexão integrada por Open Finance",
            "Até 30 lembretes de pagamento",
            "Até 30 alertas de gastos",
            "Suporte prioritário",
            "Análises avançadas",
        ],
    },
}


def create(apps, schema_editor):
    Plan = apps.get_model("accounts", "Plan")
    for slug, facts in PLANS.items():
        defaults = {key: value for key, value in facts.items() if key != "benefits"}
        plan, is_new = Plan.objects.get_or_create(slug=slug, defaults=defaults)
        if is_new:
            for position, text in enumerate(facts["benefits"], start=1):
                plan.benefits.create(text=text, position=position)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    # Going back keeps the plans: people may hold them by then.
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
