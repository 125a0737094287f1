"""Accounts (账号): added by an administrator, closed only when nobody's work is left, opened again."""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import IntegrityError

from engine.errors import DomainError, WrongValues
from engine.owners import person_owner
from engine.text import LocalizedText, plural
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.handover.naming_deputies import end_deputies_of_closed
from rectification.handover.workload import Workload, get_workload
from rectification.people.model import LOGIN, LONGEST_NAME, MAIL, Person, get_person, person_of_like_login
from rectification.people.posts import keep_an_administrator

LONGEST_PHONE: Final = 40


def add_person(context: ActionContext, login: str, name: str, *, email: str = "", phone: str = "") -> Person:
    """Add somebody who can sign in once they have a password.

    Raises:
        WrongValues: a sentence for each field that cannot be taken.
    """
    session = context.session
    problems = {}
    if not LOGIN.fullmatch(login):
        problems["login"] = LocalizedText(
            "登录名为 2 到 100 个字母、数字、点、横线或 @。",
            "A sign-in name has 2 to 100 letters, digits, dots, hyphens or @.",
        )
    elif (other := person_of_like_login(session, login)) is not None:
        problems["login"] = _taken(other)
    if (wrong := _wrong_name(name.strip())) is not None:
        problems["name"] = wrong
    if len(phone) > LONGEST_PHONE:
        problems["phone"] = LocalizedText(
            f"电话最多 {LONGEST_PHONE} 个字符。",
            f"A telephone number has at most {LONGEST_PHONE} characters.",
        )
    if email and (not MAIL.fullmatch(email) or len(email) > LONGEST_NAME):
        problems["email"] = LocalizedText(f"“{email}”不是邮箱地址。", f"“{email}” is no mail address.")
    if problems:
        raise WrongValues(problems)
    new = Person(name=name.strip(), login=login, email=email or None, phone=phone or None)
    try:
        with session.begin_nested():
            session.add(new)
    except IntegrityError as fault:  # somebody else took the name a moment ago
        taken = LocalizedText(f"已有人使用登录名“{login}”。", f"Somebody already signs in as {login}.")
        raise WrongValues({"login": taken}) from fault
    record_event(context, "person_added", person_owner(new.id), login=login)
    return new


def _wrong_name(name: str) -> LocalizedText | None:
    if not name:
        return LocalizedText("请填写姓名。", "Give the name.")
    if len(name) > LONGEST_NAME:
        return LocalizedText(
            f"姓名有 {len(name)} 个字符，最多 {LONGEST_NAME} 个。",
            f"The name has {len(name)} characters, more than {LONGEST_NAME}.",
        )
    return None


def _taken(other: Person) -> LocalizedText:
    if other.active:
        return LocalizedText(
            f"已有人使用登录名“{other.login}”。", f"Somebody already signs in as {other.login}."
        )
    return LocalizedText(
        f"登录名“{other.login}”属于已停用的账号，可以恢复该账号。",
        f"The account {other.login} is closed; it can be opened again.",
    )


def close_account(context: ActionContext, person_id: int) -> None:
    """Let somebody sign in no more, nor stand in for anybody; whoever stands in for them goes on for those behind them.

    Raises:
        DomainError: work still hangs on them; the sentence says how much.
        LastAdministrator: nobody else administers the installation.
    """
    session = context.session
    hangs = get_workload(session, person_id, context.today)
    if hangs.count or hangs.lonely:
        raise DomainError("work_left", still_open(get_person(session, person_id).name, hangs))
    with keep_an_administrator(session, context.today):
        get_person(session, person_id).active = False
    end_deputies_of_closed(context, person_id)
    record_event(context, "account_closed", person_owner(person_id))


def open_account(context: ActionContext, person_id: int) -> None:
    """Let somebody sign in again whose account was closed; they hold the posts that nobody ended or passed on."""
    person = get_person(context.session, person_id)
    if not person.active:
        person.active = True
        record_event(context, "account_opened", person_owner(person_id))


def still_open(name: str, hangs: Workload) -> LocalizedText:
    """What still hangs on somebody, in a sentence."""
    zh = f"{name}名下还有：工单 {len(hangs.tickets)} 件、农户 {len(hangs.households)} 户、其他事项 {len(hangs.work)} 件"
    zh += f"、无他人担任且有待办的岗位 {len(hangs.lonely)} 个。请先移交工作。"
    en = f"On {name} still hang {plural(len(hangs.tickets), 'ticket', 'tickets')}, {plural(len(hangs.households), 'household', 'households')}, {len(hangs.work)}"
    en += f" other pieces of work, and {len(hangs.lonely)} posts with work that nobody else holds. Hand the work over first."
    return LocalizedText(zh, en)
