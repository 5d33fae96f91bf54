"""What must always be true of product models and configurations."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "configurator.configuration_of_its_model",
    title=_("Configurations are of the product of their model"),
    why=_("A configuration of another product would be priced and built by rules that are not its own."),
)
def configuration_of_its_model() -> str:
    return """
    select c.fingerprint from configurator_configuration c join configurator_productmodel m on m.id = c.model_id where m.product_id <> c.product_id
    """


@check(
    "configurator.configuration_names_every_attribute",
    title=_("Configurations name every attribute of their model"),
    why=_("What was quoted is built as it was chosen: an attribute without a value would be guessed at."),
)
def configuration_names_every_attribute() -> str:
    return """
    select c.fingerprint, a.code from configurator_configuration c join configurator_attribute a on a.model_id = c.model_id
    where not jsonb_exists(c.choices, a.code)
    """
