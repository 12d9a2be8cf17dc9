"""Which calls go wrong."""

import pytest

from spotyt_dagster.sandbox.faults import Fault, FaultPlan, Faults


def test_a_script_comes_first_and_then_the_rates():
    faults = Faults(
        script={"videos": [Fault.ERROR_503, None]}, rates={"videos": {Fault.DROPPED: 1.0}}
    )
    assert [faults.at("videos", call) for call in range(4)] == [
        Fault.ERROR_503,
        None,
        Fault.DROPPED,
        Fault.DROPPED,
    ]
    assert faults.at("channels", 0) is None


def test_a_star_stands_for_every_other_endpoint():
    faults = Faults(rates={"*": {Fault.ERROR_500: 1.0}, "videos": {}})
    assert faults.at("channels", 9) is Fault.ERROR_500
    assert faults.at("videos", 9) is None


def test_chance_depends_on_seed_and_call_alone():
    rates = {"*": {Fault.ERROR_500: 0.2, Fault.DROPPED: 0.3}}

    def calls(seed):
        return [Faults(rates=rates, seed=seed).at("videos", call) for call in range(2_000)]

    assert calls(1) == calls(1) != calls(2)
    assert calls(1).count(Fault.ERROR_500) == pytest.approx(400, abs=60)
    assert calls(1).count(Fault.DROPPED) == pytest.approx(600, abs=70)


@pytest.mark.parametrize("rates", [{Fault.SLOW: 0.7, Fault.DROPPED: 0.4}, {Fault.SLOW: -0.1}])
def test_rates_that_are_no_probabilities_are_refused(rates):
    with pytest.raises(ValueError, match="videos"):
        Faults(rates={"videos": rates})


def test_a_plan_counts_each_endpoint_by_itself_and_knows_their_names():
    plan = FaultPlan(Faults(script={"*": [Fault.SLOW]}), ["videos", "channels"])
    assert [plan.next(name) for name in ("videos", "videos", "channels")] == [
        Fault.SLOW,
        None,
        Fault.SLOW,
    ]
    with pytest.raises(ValueError, match="video"):
        FaultPlan(Faults(script={"video": []}), ["videos"])
