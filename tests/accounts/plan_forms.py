"""The form of a plan, as the admin's page fills it in."""

from accounts.models import Plan


def plan_form(plan: Plan, **changes: str) -> dict[str, str]:
    benefits = list(plan.benefits.all())
    form = {
        "name": plan.name,
        "slug": plan.slug,
        "price": str(plan.price),
        "connection_route": plan.connection_route,
        "max_connections": "" if plan.max_connections is None else str(plan.max_connections),
        "max_payment_reminders": str(plan.max_payment_reminders),
        "max_spending_alerts": str(plan.max_spending_alerts),
        "benefits-TOTAL_FORMS": str(len(benefits)),
        "benefits-INITIAL_FORMS": str(len(benefits)),
    }
    for number, benefit in enumerate(benefits):
        form |= {
            f"benefits-{number}-id": str(benefit.pk),
            f"benefits-{number}-plan": str(plan.pk),
            f"benefits-{number}-position": str(benefit.position),
            f"benefits-{number}-text": benefit.text,
        }
    return form | changes
