"""The verb of customer value: fit the model anew."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.value.fitting import fit
from fondaco.masterdata.companies.models import Company
from fondaco.platform.documents.actions import DocumentSet, action


@action(Company, permission="value.fit_model", name="fit_customer_value", title=_("Fit customer value"), done=_("Model fitted"))
def fit_customer_value(companies: DocumentSet[Company]) -> None:
    """Fit the model of customer value to what was bought until today, and compute anew what percentages of service levels come to."""
    companies.made["value-models"] = [fit(company, on=timezone.localdate()).pk for company in companies]
