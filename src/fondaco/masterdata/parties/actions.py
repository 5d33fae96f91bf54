from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.database.bulk import insert_rows


def record(interactions):
    insert_rows(Interaction, interactions)
