"""What jobs do, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rectification.core.jobs import Work
from rectification.escalation.reminders import retime_reminders
from rectification.exports import export
from rectification.handover.handover import hand_over_all
from rectification.imports.work import import_upload, try_import
from rectification.papers.batches import print_batch
from rectification.process.instance_migrations import migrate_chosen
from rectification.process.publish_preview import preview_publication
from rectification.rescheduling.apply import look, move_all
from rectification.setup.start_campaign import begin_everywhere, open_cases_everywhere

WORKS: Final[Mapping[str, Work]] = {
    "open_cases": open_cases_everywhere,
    "begin_campaign": begin_everywhere,
    "papers": print_batch,
    "try_import": try_import,
    "import": import_upload,
    "export": export,
    "hand_over": hand_over_all,
    "migrate": migrate_chosen,
    "what_if": preview_publication,
    "retime_reminders": retime_reminders,
    "look_at_dates": look,
    "move_dates": move_all,
}
