from django.db import models

from fondaco.platform.database.rows import Row


class Unit(Row):
    company_path = None
    code = models.TextField(unique=True)
    name = models.TextField()
    name_it = models.TextField(blank=True)
    dimension = models.TextField()
    factor = models.DecimalField(max_digits=30, decimal_places=15)


class Product(Row):
    company_path = None
    sku = models.TextField(unique=True)
    name = models.TextField()
    name_it = models.TextField(blank=True)
    kind = models.TextField(default="goods")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    tax_class = models.TextField(default="standard")
