"""In which form a person can be told something now, whatever it is."""

from openfinance.exceptions import OptedOut
from openfinance.forms import Form
from openfinance.reach import Way
from whatsapp import approved_templates, outbox
from whatsapp.exceptions import Unavailable
from whatsapp.models import MessageTemplate
from whatsapp.template_definitions import Category


def is_in_words(way: Way, *, form: Form | None = None) -> bool:
    """Tell whether our own words may go out, else a template must.

    Raises NotConfigured, and Unavailable when neither may.
    """
    outbox.require_configured()
    if way.is_number_stopped:
        raise Unavailable
    if way.is_in_window and form is not Form.TEMPLATE:
        return True
    if way.are_templates_stopped:
        raise Unavailable
    return False


def approved(name: str, way: Way) -> MessageTemplate:
    """Return our template of that name, which may go to the person.

    Raises TemplateUnavailable, and OptedOut for a marketing one to who wants none.
    """
    row = approved_templates.require(name)
    # Its category is what Meta made of it, and not what we asked for.
    if row.category == Category.MARKETING and way.has_stopped_marketing:
        raise OptedOut
    return row
