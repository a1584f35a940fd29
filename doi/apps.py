from django.apps import AppConfig


class DoiConfig(AppConfig):
    name = "doi"

    def ready(self) -> None:
        # What `datasets` asks of whoever stands above it is filled in here, and only here.
        from datasets.hooks import hooks
        from doi import checks, clock, receivers  # noqa: F401
        from doi.guard import Guard
        from doi.panel import Panel, Rules

        hooks.panel, hooks.guard, hooks.rules = Panel(), Guard(), Rules()
        # Deadlines are the database's: a web server whose clock is wrong must not move them.
        hooks.now = clock.now
