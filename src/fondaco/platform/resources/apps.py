"""At the start every room's declarations are read, so that all doors know the same resources, verbs, checks and reactions."""

import gc

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class Resources(AppConfig):
    name = "fondaco.platform.resources"

    def ready(self) -> None:
        autodiscover_modules("resources", "checks", "reactions", "panels", "flows", "background")
        from fondaco.platform.database.migrating import INSTALLERS
        from fondaco.platform.resources import searching

        INSTALLERS.append(searching.install)
        # What stands now stays. Verbs make hundred thousands of rows at a time, none of them in a circle: looking through all of them
        # at every 700 new objects, as Python does, took a fifth of their time.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
