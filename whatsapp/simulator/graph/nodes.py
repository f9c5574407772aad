"""What an id stands for alone: a template or a Flow, to be seen or changed."""

from django.http import HttpRequest, HttpResponse

from whatsapp.simulator import reviews
from whatsapp.simulator.graph import asking, flows, paging, templates
from whatsapp.simulator.models import SimulatedTemplate


@asking.answering("GET", "POST")
def node(request: HttpRequest, node: str) -> HttpResponse:
    """Show a template or a Flow, or change it."""
    template = SimulatedTemplate.objects.filter(meta_id=node).first()
    if template is None:
        flow = flows.find(node)
        if request.method == "POST":
            return flows.edit(flow, asking.parameters(request))
        return flows.show(request, flow)
    if request.method == "POST":
        return templates.edit(template, asking.parameters(request))
    reviews.finish()
    template.refresh_from_db()
    return paging.node(request, template, templates.FIELDS)
