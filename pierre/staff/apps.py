from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """Django's admin, on a site of ours."""

    default_site = "pierre.staff.site.StaffSite"
