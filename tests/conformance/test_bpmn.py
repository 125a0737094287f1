"""Every element that may be drawn does what BPMN 2.0 says, by rehearsal."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.engine.drawing import completed, events, flows, hours, played, process

S, E = '<startEvent id="s"/>', '<endEvent id="e"/>'


def task(*ids: str, tag: str = "userTask") -> str:
    return "".join(f'<{tag} id="{number}" name="{number}"/>' for number in ids)


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
    assert [entry["element"] for entry in result.open] == ["a"]


def test_a_cycle_of_no_rounds_that_an_expression_made_does_not_remind_for_ever() -> None:
    text = process(
        S + task("a") + task("remind", tag="serviceTask") + '<boundaryEvent id="t" attachedToRef="a" cancelActivity="false">' + timer("timeCycle", "${cycle}") + "</boundaryEvent>" + E,
        "s -> a", "a -> e", "t -> remind",
    )  # fmt: skip
    result = played(text, start={"cycle": "R0/PT1H"}, answers={"a": None})
    assert hours(result, "remind", "completed") == [1]


def scope(name: str, body: str, *pairs: str, attributes: str = "") -> str:
    """A sub-process with its flows."""
    return f'<subProcess id="{name}" {attributes}>{body}{flows(*pairs)}</subProcess>'


def listener(event: str, *, interrupting: bool, name: str = "on", step: str = "handle") -> str:
    """An event sub-process: start ``NAME_s``, task ``step``, end ``NAME_e``."""
    start = f'<startEvent id="{name}_s" isInterrupting="{str(interrupting).lower()}">{event}</startEvent>'
    body = start + task(step) + f'<endEvent id="{name}_e"/>'
    return scope(
        name, body, f"{name}_s -> {step}", f"{step} -> {name}_e", attributes='triggeredByEvent="true"'
    )


OUTSIDE = '<message id="M" name="go"/><signal id="G" name="stop"/><error id="X" errorCode="boom"/><escalation id="U" escalationCode="slow"/>'
MESSAGE, SIGNAL, ERROR, ESCALATION = (
    f'<{kind}EventDefinition {kind}Ref="{reference}"/>'
    for kind, reference in (("message", "M"), ("signal", "G"), ("error", "X"), ("escalation", "U"))
)
SENDER = process(
    S + f'<intermediateCatchEvent id="w">{timer("timeDuration", "PT1H")}</intermediateCatchEvent><intermediateThrowEvent id="t">{{}}</intermediateThrowEvent>'
    + E, "s -> w", "w -> t", "t -> e", name="sender", outside=OUTSIDE,
)  # fmt: skip


@pytest.mark.parametrize("interrupting", [True, False])
@pytest.mark.parametrize("event", [MESSAGE, SIGNAL, timer("timeDuration", "PT1H")])
def test_event_sub_process_of_a_process(event: str, interrupting: bool) -> None:
    wait = '<intermediateCatchEvent id="long">' + timer("timeDuration", "PT9H") + "</intermediateCatchEvent>"
    text = process(
        S + listener(event, interrupting=interrupting) + wait + task("a") + E, "s -> long", "long -> a", "a -> e", outside=OUTSIDE
    )  # fmt: skip
    result = played(text, SENDER.format(event if "timer" not in event else SIGNAL), also=["sender"])
    assert hours(result, "handle", "completed") == [1]
    assert hours(result, "a", "completed") == ([] if interrupting else [9])
    assert events(result, "cancelled") == (["long"] if interrupting else [])
    assert result.ended


def test_what_never_happens_does_not_keep_a_process_open() -> None:
    listeners = "".join(
        listener(event, interrupting=False, name=f"on{i}", step=f"h{i}")
        for i, event in enumerate((MESSAGE, timer("timeCycle", "R/P1D"), ESCALATION))
    )
    result = played(process(S + listeners + task("a") + E, "s -> a", "a -> e", outside=OUTSIDE))
    assert completed(result) == ["a"]
    assert events(result, "cancelled") == []
    assert result.ended
    assert result.trace[-1]["at"] == result.trace[0]["at"]


def test_a_cycle_starts_a_sub_process_that_does_not_interrupt_again_and_again() -> None:
    listening = listener(timer("timeCycle", "R3/PT2H"), interrupting=False)
    wait = '<intermediateCatchEvent id="long">' + timer("timeDuration", "PT9H") + "</intermediateCatchEvent>"
    result = played(process(S + listening + wait + E, "s -> long", "long -> e"))
    assert hours(result, "handle", "completed") == [2, 4, 6]
    assert result.ended


def test_a_process_waits_for_the_handlers_that_run_beside_it() -> None:
    listening = listener(ESCALATION, interrupting=False)
    up = f'<intermediateThrowEvent id="up">{ESCALATION}</intermediateThrowEvent>'
    text = process(S + listening + up + task("a") + E, "s -> up", "up -> a", "a -> e", outside=OUTSIDE)
    assert sorted(completed(played(text))) == ["a", "handle"]
    result = played(text, answers={"handle": None})
    assert completed(result) == ["a"]
    assert not result.ended
    assert [entry["element"] for entry in result.open if entry["element"] != "on"] == ["handle"]


@pytest.mark.parametrize("event", [ERROR, ESCALATION, "<errorEventDefinition/>"])
def test_an_interrupting_handler_ends_its_sub_process_which_goes_on_normally(event: str) -> None:
    thrown = event if "Ref" in event else ERROR
    inner = scope(
        "sub",
        '<startEvent id="is"/><parallelGateway id="ig"/><userTask id="never"/><endEvent id="ie">' + thrown + "</endEvent>"
        + listener(event, interrupting=True) + '<endEvent id="ie2"/>',
        "is -> ig", "ig -> never", "ig -> ie", "never -> ie2",
    )  # fmt: skip
    boundary = f'<boundaryEvent id="b" attachedToRef="sub">{thrown}</boundaryEvent>'
    text = process(
        S + inner + boundary + task("after", "wrong") + E + '<endEvent id="e2"/>',
        "s -> sub", "sub -> after", "after -> e", "b -> wrong", "wrong -> e2", outside=OUTSIDE,
    )  # fmt: skip
    result = played(text, answers={"never": None})
    assert completed(result) == ["handle", "after"]
    assert "never" in events(result, "cancelled")
    assert result.ended


def test_what_a_handler_throws_goes_outwards_and_not_to_itself() -> None:
    again = scope(
        "on", f'<startEvent id="hs">{ERROR}</startEvent><endEvent id="he">{ERROR}</endEvent>', "hs -> he", attributes='triggeredByEvent="true"'
    )  # fmt: skip
    inner = scope(
        "sub",
        '<startEvent id="is"/><serviceTask id="work" camunda:topic="t"/><endEvent id="ie"/>' + again,
        "is -> work",
        "work -> ie",
    )
    text = process(
        S + inner + f'<boundaryEvent id="b" attachedToRef="sub">{ERROR}</boundaryEvent>' + task("after", "mend") + E + '<endEvent id="e2"/>',
        "s -> sub", "sub -> after", "after -> e", "b -> mend", "mend -> e2", outside=OUTSIDE,
    )  # fmt: skip
    result = played(text, answers={"work": {"error": "boom"}})
    assert completed(result) == ["mend"]
    assert result.ended


@pytest.mark.parametrize(("x", "done"), [(5, ["big", "always"]), (2, ["small", "always"]), (0, ["always"])])
def test_conditions_count_on_flows_out_of_an_activity(x: int, done: list[str]) -> None:
    text = process(
        S + task("a", "big", "small", "always") + E,
        "s -> a", "a -> big : x > 3", "a -> small : x > 1 and x < 3", "a -> always", "big -> e", "small -> e", "always -> e",
    )  # fmt: skip
    assert completed(played(text, start={"x": x})) == ["a", *done]


@pytest.mark.parametrize(("x", "done"), [(5, ["big", "even"]), (1, ["other"])])
def test_the_default_flow_of_an_activity_is_taken_when_no_condition_holds(x: int, done: list[str]) -> None:
    text = process(
        S + '<userTask id="a" default="a_other"/>' + task("big", "even", "other") + E,
        "s -> a", "a -> big : x > 3", "a -> even : x > 4", "a -> other", "big -> e", "even -> e", "other -> e",
    )  # fmt: skip
    assert completed(played(text, start={"x": x})) == ["a", *done]


def test_an_activity_whose_conditions_all_fail_is_an_incident_that_names_it() -> None:
    result = played(process(S + task("a") + E, "s -> a", "a -> e : x > 3"), start={"x": 1})
    assert result.incident is not None
    assert result.incident["element"] == "a"


def test_error_leaves_the_sub_process_through_its_boundary() -> None:
    text = process(
        S + '<subProcess id="sub"><startEvent id="is"/><userTask id="inner"/><endEvent id="ie"><errorEventDefinition errorRef="E"/></endEvent>'
        '<sequenceFlow id="f1" sourceRef="is" targetRef="inner"/><sequenceFlow id="f2" sourceRef="inner" targetRef="ie"/></subProcess>'
        '<boundaryEvent id="caught" attachedToRef="sub"><errorEventDefinition errorRef="E"/></boundaryEvent>' + task("fine", "mend") + E + '<endEvent id="e2"/>',
        "s -> sub", "sub -> fine", "fine -> e", "caught -> mend", "mend -> e2", outside='<error id="E" errorCode="boom"/>',
    )  # fmt: skip
    assert completed(played(text)) == ["inner", "mend"]


def test_the_code_of_what_was_caught_becomes_a_variable() -> None:
    text = process(
        S + '<serviceTask id="a" camunda:topic="t"/><boundaryEvent id="b" attachedToRef="a"><errorEventDefinition camunda:errorCodeVariable="why"/></boundaryEvent>' + E,
        "s -> a", "a -> e", "b -> e",
    )  # fmt: skip
    assert played(text, answers={"a": {"error": "boom"}}).variables == {"why": "boom"}


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


def undoable(name: str, marker: str = "") -> str:
    """A task with a compensation boundary event and the task ``undo_NAME`` tied to it."""
    return (
        f'<userTask id="{name}">{marker}</userTask><boundaryEvent id="c_{name}" attachedToRef="{name}"><compensateEventDefinition/></boundaryEvent>'
        f'<userTask id="undo_{name}" isForCompensation="true"/><association id="as_{name}" sourceRef="c_{name}" targetRef="undo_{name}"/>'
    )


@pytest.mark.parametrize(
    ("reference", "undone"),
    [
        ("", ["undo_b", "undo_a", "undo_a"]),
        ('activityRef="a"', ["undo_a", "undo_a"]),
        ('activityRef="b"', ["undo_b"]),
    ],
)
@pytest.mark.parametrize("at_end", [True, False])
def test_compensation_undoes_what_completed_the_last_first(
    reference: str, undone: list[str], at_end: bool
) -> None:
    definition = f"<compensateEventDefinition {reference}/>"
    thrown = (
        f'<endEvent id="t">{definition}</endEvent>'
        if at_end
        else f'<intermediateThrowEvent id="t">{definition}</intermediateThrowEvent>'
    )
    text = process(
        S + '<exclusiveGateway id="back"/><exclusiveGateway id="again" default="again_b"/>' + undoable("a") + undoable("b") + undoable("never")
        + '<exclusiveGateway id="g" default="g_t"/>' + thrown + ("" if at_end else task("after")) + E,
        "s -> back", "back -> a", "a -> again", "again -> back : n < 2", "again -> b", "b -> g", "g -> never : n = 9", "g -> t", "never -> e",
        *(() if at_end else ("t -> after", "after -> e")),
    )  # fmt: skip
    result = played(text, start={"n": 1}, answers={"a": [{"n": 1}, {"n": 2}]})
    assert completed(result) == ["a", "a", "b", *undone, *([] if at_end else ["after"])]
    assert result.ended
    assert result.incident is None


def test_what_did_not_complete_or_was_undone_is_not_undone() -> None:
    marker = "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>"
    late = f'<boundaryEvent id="late" attachedToRef="b">{timer("timeDuration", "P1D")}</boundaryEvent>'
    twice = "".join(
        f'<intermediateThrowEvent id="{entry}"><compensateEventDefinition/></intermediateThrowEvent>'
        for entry in ("t", "u")
    )
    text = process(
        S + undoable("a", marker) + undoable("b") + late + twice + E + '<endEvent id="e2"/>',
        "s -> a", "a -> b", "b -> e", "late -> t", "t -> u", "u -> e2",
    )  # fmt: skip
    result = played(text, answers={"b": None})
    assert completed(result) == ["a", "a", "a", "undo_a"]
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


def multi(more: str = "", *, sequential: bool = False, condition: str = "") -> str:
    """Three instances of the sub-process ``sub`` with a task ``inner`` in it."""
    until = f"<completionCondition>{condition}</completionCondition>" if condition else ""
    marker = f'<multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}"><loopCardinality>3</loopCardinality>{until}</multiInstanceLoopCharacteristics>'
    return scope(
        "sub",
        '<startEvent id="is"/>' + task("inner") + f'<endEvent id="ie"/>{more}{marker}',
        "is -> inner",
        "inner -> ie",
    )


def test_a_completion_condition_ends_the_other_parallel_instances() -> None:
    body = multi(condition="${nrOfCompletedInstances &gt;= 2}")
    result = played(process(S + body + task("after") + E, "s -> sub", "sub -> after", "after -> e"))
    assert completed(result) == ["inner", "inner", "after"]
    assert events(result, "cancelled").count("inner") == 1
    assert result.ended


@pytest.mark.parametrize("sequential", [True, False])
@pytest.mark.parametrize("interrupting", [True, False])
def test_a_boundary_event_on_a_multi_instance_is_one_for_all(sequential: bool, interrupting: bool) -> None:
    boundary = f'<boundaryEvent id="b" attachedToRef="sub" cancelActivity="{str(interrupting).lower()}">{timer("timeDuration", "PT1H")}</boundaryEvent>'
    text = process(
        S + multi(sequential=sequential) + boundary + task("after", "late") + E + '<endEvent id="e2"/>',
        "s -> sub", "sub -> after", "after -> e", "b -> late", "late -> e2",
    )  # fmt: skip
    result = played(text, answers={"inner": None})
    assert completed(result) == ["late"]
    assert result.ended is interrupting
    assert len([entry for entry in result.open if entry["element"] == "inner"]) == (
        0 if interrupting else 1 if sequential else 3
    )


def test_an_error_in_one_instance_ends_them_all_through_the_boundary() -> None:
    body = multi().replace(
        '<userTask id="inner" name="inner"/>', '<serviceTask id="inner" camunda:topic="t"/>'
    )
    text = process(
        S + body + f'<boundaryEvent id="b" attachedToRef="sub">{ERROR}</boundaryEvent>' + task("after", "mend") + E + '<endEvent id="e2"/>',
        "s -> sub", "sub -> after", "after -> e", "b -> mend", "mend -> e2", outside=OUTSIDE,
    )  # fmt: skip
    result = played(text, answers={"inner": [{}, {"error": "boom"}]})
    assert completed(result) == ["inner", "mend"]
    assert result.ended


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


def test_a_signal_starts_every_process_that_begins_with_it() -> None:
    sender = process(S + f'<endEvent id="e">{SIGNAL}</endEvent>', "s -> e", outside=OUTSIDE)
    begun = [
        process(f'<startEvent id="gs">{SIGNAL}</startEvent>' + task(f"b{name}") + E, f"gs -> b{name}", f"b{name} -> e", name=name, outside=OUTSIDE)
        for name in ("w1", "w2")
    ]  # fmt: skip
    result = played(sender, *begun)
    assert completed(result) == ["bw1", "bw2"]
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


def test_instances_of_instances_are_bounded() -> None:
    marker = "<multiInstanceLoopCharacteristics><loopCardinality>1000</loopCardinality></multiInstanceLoopCharacteristics>"
    inner = f'<startEvent id="is"/><userTask id="m">{marker}</userTask><endEvent id="ie"/>' + marker
    result = played(process(S + scope("sub", inner, "is -> m", "m -> ie") + E, "s -> sub", "sub -> e"))
    assert result.incident is not None
    assert result.incident["element"] == "m"
    assert "20000" in result.incident["message_zh"]


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
    assert [entry["at"] for entry in played(text).trace if entry["element"] == "t"] == [
        "2026-03-03T23:59:59.999999+08:00"
    ]
