"""Every element that may be drawn does what BPMN 2.0 says, by rehearsal."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.engine.drawing import completed, events, hours, played, process

S, E = '<startEvent id="s"/>', '<endEvent id="e"/>'


def task(*ids: str, tag: str = "userTask") -> str:
    return "".join(f'<{tag} id="{one}" name="{one}"/>' for one in ids)


def timer(kind: str, value: str) -> str:
    return f"<timerEventDefinition><{kind}>{value}</{kind}></timerEventDefinition>"


def test_tasks_run_in_sequence() -> None:
    result = played(
        process(
            S
            + task("a")
            + task("b", tag="serviceTask")
            + task("c", tag="task")
            + task("d", tag="manualTask")
            + E,
            "s -> a",
            "a -> b",
            "b -> c",
            "c -> d",
            "d -> e",
        )
    )
    assert completed(result) == ["a", "b", "c", "d"]
    assert result.ended
    assert result.incident is None


def test_internal_names_of_the_parser_are_free_for_owners() -> None:
    text = process(
        '<startEvent id="Start"/><userTask id="Root"/><endEvent id="End"/>', "Start -> Root", "Root -> End"
    )
    assert completed(played(text)) == ["Root"]


@pytest.mark.parametrize(("amount", "path"), [(10, ["big"]), (5, ["middle"]), (1, ["small"])])
def test_exclusive_gateway_takes_the_first_that_holds_else_the_default(amount: int, path: list[str]) -> None:
    text = process(
        S + '<exclusiveGateway id="g" default="g_small"/>' + task("small", "middle", "big") + E,
        "s -> g", "g -> small", "g -> big : amount > 8", "g -> middle : amount > 3", "small -> e", "middle -> e", "big -> e",
    )  # fmt: skip
    assert completed(played(text, start={"amount": amount})) == path


def test_exclusive_gateway_without_a_way_out_is_an_incident_that_names_it() -> None:
    text = process(
        S + '<exclusiveGateway id="g" name="够不够"/>' + task("a") + E, "s -> g", "g -> a : x = 1", "a -> e"
    )
    result = played(text, start={"x": 2})
    assert result.incident is not None
    assert result.incident["element"] == "g"
    assert "够不够" in result.incident["message_zh"]


def test_parallel_gateway_waits_for_all_branches() -> None:
    text = process(
        S + '<parallelGateway id="split"/><parallelGateway id="join"/>' + task("a", "b", "c", "after") + E,
        "s -> split", "split -> a", "split -> b", "split -> c", "a -> join", "b -> join", "c -> join", "join -> after", "after -> e",
    )  # fmt: skip
    done = completed(played(text))
    assert sorted(done[:3]) == ["a", "b", "c"]
    assert done[3:] == ["after"]


def test_parallel_join_in_a_loop_waits_in_every_round() -> None:
    text = process(
        S + '<exclusiveGateway id="back"/><parallelGateway id="split"/><parallelGateway id="join"/><exclusiveGateway id="again" default="again_e"/>'
        + '<intermediateCatchEvent id="wa">' + timer("timeDuration", "${if round = 1 then \"PT1H\" else \"PT3H\"}") + "</intermediateCatchEvent>"
        + '<intermediateCatchEvent id="wb">' + timer("timeDuration", "PT2H") + "</intermediateCatchEvent>" + task("count") + E,
        "s -> back", "back -> split", "split -> wa", "split -> wb", "wa -> join", "wb -> join", "join -> count", "count -> again",
        "again -> back : round &lt; 3".replace("&lt;", "<"), "again -> e",
    )  # fmt: skip
    result = played(text, start={"round": 1}, answers={"count": [{"round": 2}, {"round": 3}]})
    assert completed(result) == ["count", "count"]
    assert hours(result, "count", "completed") == [2, 5]


def test_tokens_that_meet_at_an_exclusive_gateway_stay_two() -> None:
    text = process(
        S + '<parallelGateway id="split"/><exclusiveGateway id="merge"/>' + task("a", "b", "after") + E,
        "s -> split", "split -> a", "split -> b", "a -> merge", "b -> merge", "merge -> after", "after -> e",
    )  # fmt: skip
    assert completed(played(text)).count("after") == 2


def test_inclusive_gateway_waits_for_the_branches_that_were_taken() -> None:
    text = process(
        S + '<inclusiveGateway id="split" default="split_c"/><inclusiveGateway id="join"/>' + task("a", "b", "c", "after") + E,
        "s -> split", "split -> a : x > 1", "split -> b : x > 2", "split -> c", "a -> join", "b -> join", "c -> join", "join -> after", "after -> e",
    )  # fmt: skip
    assert completed(played(text, start={"x": 3})) == ["a", "b", "after"]
    assert completed(played(text, start={"x": 2})) == ["a", "after"]
    assert completed(played(text, start={"x": 0})) == ["c", "after"]


def test_event_gateway_lets_the_first_of_several_timers_win() -> None:
    text = process(
        S + '<eventBasedGateway id="g"/><intermediateCatchEvent id="long">' + timer("timeDuration", "PT5H")
        + '</intermediateCatchEvent><intermediateCatchEvent id="short">' + timer("timeDuration", "PT2H") + "</intermediateCatchEvent>" + task("a", "b") + E,
        "s -> g", "g -> long", "g -> short", "long -> a", "short -> b", "a -> e", "b -> e",
    )  # fmt: skip
    result = played(text)
    assert completed(result) == ["b"]
    assert hours(result, "short", "caught") == [2]
    assert result.ended


def test_interrupting_timer_takes_over_from_the_activity() -> None:
    text = process(
        S + task("a", "late") + '<boundaryEvent id="t" attachedToRef="a">' + timer("timeDuration", "P2D") + "</boundaryEvent>" + E + '<endEvent id="e2"/>',
        "s -> a", "a -> e", "t -> late", "late -> e2",
    )  # fmt: skip
    result = played(text, answers={"a": None})
    assert completed(result) == ["late"]
    assert events(result, "cancelled") == ["a"]
    assert hours(result, "t", "caught") == [48]
    assert result.ended


def test_non_interrupting_cycle_reminds_three_times_and_the_activity_stays() -> None:
    text = process(
        S + task("a") + task("remind", tag="serviceTask") + '<boundaryEvent id="t" attachedToRef="a" cancelActivity="false">' + timer("timeCycle", "R3/PT24H") + "</boundaryEvent>" + E,
        "s -> a", "a -> e", "t -> remind",
    )  # fmt: skip
    result = played(text, answers={"a": None})
    assert hours(result, "remind", "completed") == [24, 48, 72]
    assert [one["element"] for one in result.open] == ["a"]


def test_a_cycle_of_no_rounds_that_an_expression_made_does_not_remind_for_ever() -> None:
    text = process(
        S + task("a") + task("remind", tag="serviceTask") + '<boundaryEvent id="t" attachedToRef="a" cancelActivity="false">' + timer("timeCycle", "${cycle}") + "</boundaryEvent>" + E,
        "s -> a", "a -> e", "t -> remind",
    )  # fmt: skip
    result = played(text, start={"cycle": "R0/PT1H"}, answers={"a": None})
    assert hours(result, "remind", "completed") == [1]


def test_error_leaves_the_sub_process_through_its_boundary() -> None:
    text = process(
        S + '<subProcess id="sub"><startEvent id="is"/><userTask id="inner"/><endEvent id="ie"><errorEventDefinition errorRef="E"/></endEvent>'
        '<sequenceFlow id="f1" sourceRef="is" targetRef="inner"/><sequenceFlow id="f2" sourceRef="inner" targetRef="ie"/></subProcess>'
        '<boundaryEvent id="caught" attachedToRef="sub"><errorEventDefinition errorRef="E"/></boundaryEvent>' + task("fine", "mend") + E + '<endEvent id="e2"/>',
        "s -> sub", "sub -> fine", "fine -> e", "caught -> mend", "mend -> e2", outside='<error id="E" errorCode="boom"/>',
    )  # fmt: skip
    assert completed(played(text)) == ["inner", "mend"]


def test_escalation_may_leave_the_work_running() -> None:
    text = process(
        S + '<subProcess id="sub"><startEvent id="is"/><intermediateThrowEvent id="up"><escalationEventDefinition escalationRef="X"/></intermediateThrowEvent><userTask id="inner"/><endEvent id="ie"/>'
        '<sequenceFlow id="f1" sourceRef="is" targetRef="up"/><sequenceFlow id="f2" sourceRef="up" targetRef="inner"/><sequenceFlow id="f3" sourceRef="inner" targetRef="ie"/></subProcess>'
        '<boundaryEvent id="caught" attachedToRef="sub" cancelActivity="false"><escalationEventDefinition escalationRef="X"/></boundaryEvent>' + task("tell", "after") + E + '<endEvent id="e2"/>',
        "s -> sub", "sub -> after", "after -> e", "caught -> tell", "tell -> e2", outside='<escalation id="X" escalationCode="slow"/>',
    )  # fmt: skip
    assert sorted(completed(played(text))) == ["after", "inner", "tell"]


def test_terminate_ends_only_its_own_scope() -> None:
    text = process(
        S + '<subProcess id="sub"><startEvent id="is"/><parallelGateway id="ig"/><userTask id="quick"/><userTask id="never"/><endEvent id="ie"><terminateEventDefinition/></endEvent><endEvent id="ie2"/>'
        '<sequenceFlow id="f1" sourceRef="is" targetRef="ig"/><sequenceFlow id="f2" sourceRef="ig" targetRef="quick"/><sequenceFlow id="f3" sourceRef="ig" targetRef="never"/>'
        '<sequenceFlow id="f4" sourceRef="quick" targetRef="ie"/><sequenceFlow id="f5" sourceRef="never" targetRef="ie2"/></subProcess>' + task("after") + E,
        "s -> sub", "sub -> after", "after -> e",
    )  # fmt: skip
    result = played(text, answers={"never": None})
    assert completed(result) == ["quick", "after"]
    assert result.ended


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_multi_instance_over_a_collection(sequential: str) -> None:
    text = process(
        S + f'<userTask id="m"><multiInstanceLoopCharacteristics isSequential="{sequential}" camunda:collection="${{people}}" camunda:elementVariable="one"/></userTask>' + task("after") + E,
        "s -> m", "m -> after", "after -> e",
    )  # fmt: skip
    assert completed(played(text, start={"people": ["甲", "乙", "丙"]})) == ["m", "m", "m", "after"]
    assert completed(played(text, start={"people": []})) == ["after"]


def test_multi_instance_stops_when_its_condition_holds() -> None:
    text = process(
        S + '<userTask id="m"><multiInstanceLoopCharacteristics isSequential="true"><loopCardinality>5</loopCardinality><completionCondition>${nrOfCompletedInstances >= 2}</completionCondition></multiInstanceLoopCharacteristics></userTask>' + E,
        "s -> m", "m -> e",
    )  # fmt: skip
    assert completed(played(text)) == ["m", "m"]


def test_multi_instance_collects_what_its_instances_produce() -> None:
    text = process(
        S + '<userTask id="m"><multiInstanceLoopCharacteristics><loopDataInputRef>ns</loopDataInputRef><inputDataItem id="n"/><loopDataOutputRef>votes</loopDataOutputRef><outputDataItem id="vote"/></multiInstanceLoopCharacteristics></userTask>' + E,
        "s -> m", "m -> e",
    )  # fmt: skip
    assert played(text, start={"ns": [1, 2]}, answers={"m": [{"vote": "yes"}, {"vote": "no"}]}).variables[
        "votes"
    ] == ["yes", "no"]


def test_standard_loop_goes_on_while_its_condition_holds() -> None:
    text = process(
        S
        + '<userTask id="l"><standardLoopCharacteristics><loopCondition>${n &lt; 3}</loopCondition></standardLoopCharacteristics></userTask>'
        + E,
        "s -> l",
        "l -> e",
    )
    assert completed(played(text, start={"n": 1}, answers={"l": [{"n": 2}, {"n": 3}]})) == ["l", "l"]


def test_call_activity_has_variables_of_its_own() -> None:
    outer = process(
        S + '<callActivity id="call" calledElement="q"><extensionElements><camunda:in source="x" target="y"/><camunda:out source="z" target="w"/></extensionElements></callActivity>' + E,
        "s -> call", "call -> e",
    )  # fmt: skip
    inner = process(S + task("a") + E, "s -> a", "a -> e", name="q")
    result = played(outer, inner, start={"x": 1}, answers={"a": {"z": 5, "y": 9}})
    assert result.variables == {"x": 1, "w": 5}


def test_link_events_jump() -> None:
    text = process(
        S + task("a", "skipped", "b") + '<intermediateThrowEvent id="lt"><linkEventDefinition name="L"/></intermediateThrowEvent><intermediateCatchEvent id="lc"><linkEventDefinition name="L"/></intermediateCatchEvent>' + E,
        "s -> a", "a -> lt", "lc -> b", "b -> e",
    )  # fmt: skip
    result = played(text)
    assert completed(result) == ["a", "b"]
    assert result.ended


def test_messages_reach_a_waiting_process_and_start_another() -> None:
    outside = '<message id="M1" name="go"/><message id="M2" name="begin"/>'
    sender = process(
        S
        + '<intermediateThrowEvent id="t1"><messageEventDefinition messageRef="M1"/></intermediateThrowEvent><sendTask id="t2" messageRef="M2"/>'
        + E,
        "s -> t1",
        "t1 -> t2",
        "t2 -> e",
        outside=outside,
    )
    waiting = process(
        S + '<receiveTask id="r" messageRef="M1"/>' + task("a") + E,
        "s -> r",
        "r -> a",
        "a -> e",
        name="w",
        outside=outside,
    )
    begun = process(
        '<startEvent id="ms"><messageEventDefinition messageRef="M2"/></startEvent>' + task("b") + E,
        "ms -> b",
        "b -> e",
        name="z",
        outside=outside,
    )
    result = played(sender, waiting, begun, also=["w"], start={"v": 7})
    assert completed(result) == ["t2", "r", "a", "b"]
    assert result.ended


def test_signal_end_event_is_heard_by_all() -> None:
    outside = '<signal id="S1" name="stop"/>'
    catch = '<intermediateCatchEvent id="c"><signalEventDefinition signalRef="S1"/></intermediateCatchEvent>'
    sender = process(
        S + '<endEvent id="e"><signalEventDefinition signalRef="S1"/></endEvent>', "s -> e", outside=outside
    )
    result = played(
        sender,
        *(process(S + catch + E, "s -> c", "c -> e", name=name, outside=outside) for name in ("w1", "w2")),
        also=["w1", "w2"],
    )
    assert events(result, "caught") == ["c", "c"]
    assert result.ended


def test_a_loop_that_never_waits_is_stopped() -> None:
    text = process(
        S + '<exclusiveGateway id="g" default="g_e"/>' + task("a", tag="task") + E,
        "s -> g",
        "g -> a : true",
        "a -> g",
        "g -> e",
    )
    result = played(text)
    assert result.incident is not None
    assert "循环" in result.incident["message_zh"]


def test_ten_thousand_instances_are_refused_in_words() -> None:
    text = process(
        S
        + '<userTask id="m"><multiInstanceLoopCharacteristics><loopCardinality>10000</loopCardinality></multiInstanceLoopCharacteristics></userTask>'
        + E,
        "s -> m",
        "m -> e",
    )
    result = played(text)
    assert result.incident is not None
    assert result.incident["element"] == "m"


def test_a_rehearsal_writes_down_a_function_that_it_does_not_know() -> None:
    text = process(
        S + '<exclusiveGateway id="g" default="g_e"/><userTask id="a" camunda:candidateGroups="${verifier(ticket)}"/>' + E,
        "s -> g", "g -> a : verifier(5) = \"verifier(5)\"", "g -> e", "a -> e",
    )  # fmt: skip
    result = played(text, start={"ticket": 5})
    assert result.incident is None
    assert completed(result) == ["a"]


def test_two_thousand_tasks_in_a_row_need_no_deep_stack() -> None:
    names = [f"t{i}" for i in range(2_000)]
    text = process(
        S + task(*names) + E,
        "s -> t0",
        *(f"{a} -> {b}" for a, b in pairwise(names)),
        "t1999 -> e",
    )
    assert len(completed(played(text))) == 2_000


def test_timer_dates_are_local_and_a_bare_day_ends_at_its_end() -> None:
    text = process(
        S
        + '<intermediateCatchEvent id="t">'
        + timer("timeDate", "2026-03-03")
        + "</intermediateCatchEvent>"
        + E,
        "s -> t",
        "t -> e",
    )
    assert [one["at"] for one in played(text).trace if one["element"] == "t"] == ["2026-03-03T23:59:59+08:00"]
