"""What must always be true of assignments."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "assignment.rule_stands_in_its_rulebook",
    title=_("The rule that decided stands in the rulebook of its assignment, and the person was looked at"),
    why=_("An assignment that cannot be made again from what was kept does not say why it was made (SA-08)."),
)
def rule_stands_in_its_rulebook() -> str:
    return """
    select a.id, a.rule_id, a.salesperson_id from assignment_assignment a join assignment_rulebook b on b.id = a.rulebook_id
    where a.inputs -> 'facts' is null or a.rule_id is not null and not exists (
      select from jsonb_array_elements(b.content -> 'rules') r
      where (r ->> 'id')::bigint = a.rule_id
        and case a.how
          when 'fixed' then (r ->> 'person')::bigint = a.salesperson_id
          when 'own' then (a.inputs -> 'facts' ->> 'own')::bigint = a.salesperson_id
          when 'manager' then (b.content -> 'territories' -> (r ->> 'territory') ->> 'manager')::bigint = a.salesperson_id
          when 'queue' then a.salesperson_id is null
          else exists (
            select from jsonb_array_elements(b.content -> 'territories' -> (r ->> 'territory') -> 'members') m where (m ->> 0)::bigint = a.salesperson_id
          ) end)
    """
