"""What jobs do, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from register.exports import export
from register.handing_over import hand_over_all
from register.imports.work import import_upload, try_import
from register.jobs import Work
from register.migrations import migrate_chosen
from register.moving_dates import look, move_all
from register.opening import begin_everywhere, open_cases_everywhere
from register.papers.batches import print_batch
from register.reminders import retime_reminders
from register.what_if import what_if

WORKS: Final[Mapping[str, Work]] = {
    "open_cases": open_cases_everywhere,
    "begin_campaign": begin_everywhere,
    "papers": print_batch,
    "try_import": try_import,
    "import": import_upload,
    "export": export,
    "hand_over": hand_over_all,
    "migrate": migrate_chosen,
    "what_if": what_if,
    "retime_reminders": retime_reminders,
    "look_at_dates": look,
    "move_dates": move_all,
}
