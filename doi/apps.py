from django.apps import AppConfig


class DoiConfig(AppConfig):
    name = "doi"

    def ready(self) -> None:
        # What `datasets` asks of whoever stands above it is filled in here, and only here.
        from doi import checks, panel, receivers  # noqa: F401
