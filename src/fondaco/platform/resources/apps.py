"""At the start every room's declarations are read, so that all doors know the same resources, verbs, checks and reactions."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class Resources(AppConfig):
    name = "fondaco.platform.resources"

    def ready(self) -> None:
        autodiscover_modules("resources", "checks", "reactions", "panels", "flows", "background")
        from fondaco.platform.database.migrating import INSTALLERS
        from fondaco.platform.resources import searching

        INSTALLERS.append(searching.install)
