"""What the configurator refuses, and how it is said."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class RuleUnreadable(UserError):
    code, status = "configurator.rule_unreadable", 422
    message = _("The rule “{rule}” of {document} cannot be read: “{found}” stands where {expected} is expected.")


class UnknownWords(UserError):
    code, status = "configurator.unknown_words", 422
    message = _(
        "The rule “{rule}” of {document} names what the product does not have: {words}. Write the codes of its attributes and values."
    )


class ValueOfNothing(UserError):
    code, status = "configurator.value_of_nothing", 422
    message = _("The value {value} of {document} belongs to {attribute}, which is no attribute with values. Name one by its code.")


class NoValues(UserError):
    code, status = "configurator.no_values", 422
    message = _("{attribute} of {document} has no values to choose from. Add some, or make it a whole number.")


class ComponentMissing(UserError):
    code, status = "configurator.component_missing", 422
    message = _(
        "The value {value} of {document} stands at a component, but names no product, or the product itself. Name the product that is built in."
    )


class RulesContradict(UserError):
    code, status = "configurator.rules_contradict", 409
    message = _("{document} cannot be released: nothing can be chosen of it, because these rules cannot hold together: {rules}.")


class DeadValues(UserError):
    code, status = "configurator.dead_values", 409
    message = _(
        "{document} cannot be released: the rules never let these values be chosen: {values}. Take them away, or correct the rules."
    )


class MadeOtherwise(UserError):
    code, status = "configurator.made_otherwise", 409
    message = _(
        "{document} cannot be released: its bill of materials or its routing asks for {words}, which it does not have. Begin a next version of those first, or keep the codes."
    )


class ModelTooHard(UserError):
    code, status = "configurator.too_hard", 409
    message = _(
        "{document} was not judged: its rules are too many for the time there is. Break them up, or write them as tables of what is allowed."
    )


class NothingToChoose(UserError):
    code, status = "configurator.nothing_to_choose", 409
    message = _("{document} has no attributes. Add what can be chosen of the product first.")


class DraftThere(UserError):
    code, status = "configurator.draft_there", 409
    message = _("Nothing was drafted: there is a draft of a model of this product already. Edit it, or delete it.")


class ChoicesMissing(UserError):
    code, status = "configurator.choices_missing", 422
    message = _("{product} is not configured yet: choose {attributes}.")


class ChoicesUnknown(UserError):
    code, status = "configurator.choices_unknown", 422
    message = _("{product} has nothing like {choices}. Choose among what its model offers.")


class ChoicesBreakRules(UserError):
    code, status = "configurator.choices_break_rules", 409
    message = _("{product} cannot be made as it was chosen: {rules}.")


class NotConfigurable(UserError):
    code, status = "configurator.not_configurable", 409
    message = _("{product} has no released product model, so nothing can be chosen of it. Release one first.")


class ReleasedModel(UserError):
    code, status = "configurator.released_never_changes", 409
    message = _("Nothing was changed: a released product model stays as it is. Draft its next version.")


class ValueOfNoAttribute(UserError):
    code, status = "configurator.value_of_no_attribute", 409
    message = _("Nothing was changed: a value belongs to an attribute of the same product model.")


@says("released_model_never_changes")
def _released(diagnosis) -> UserError:
    return ReleasedModel()


@says("value_of_its_attribute")
def _value(diagnosis) -> UserError:
    return ValueOfNoAttribute()


@says("one_draft_model")
def _draft(diagnosis) -> UserError:
    return DraftThere()
