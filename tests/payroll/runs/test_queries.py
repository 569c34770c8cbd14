"""What the runs room lends the schemes' advice."""

from __future__ import annotations

from kernel.money import total
from payroll.runs import actions
from payroll.runs.queries import reckoned_under
from payroll.schemes.queries import advice_on, scheme_in_force
from tests.factories.branch import People
from tests.factories.runs import AUGUST, committed, fresh


def test_a_scheme_is_judged_on_the_last_month_it_reckoned(people: People) -> None:
    version = scheme_in_force(people.branch, AUGUST)
    assert reckoned_under(version) == []
    assert any("待核算后检查" in sentence for sentence in advice_on(version))

    with committed():
        run = actions.compute(branch=people.branch, month=AUGUST, by=people["600002"])

    reckonings = reckoned_under(version)
    assert total(reckoning.gross for reckoning in reckonings) == fresh(run).gross_total > 0
    assert not any("待核算后检查" in sentence for sentence in advice_on(version))
