"""`make bench`: every measurement, one line each."""

from __future__ import annotations

from benchmarks import age, check, completion, deadlines, exports, imports, inbox, ledger, mail, migration

if __name__ == "__main__":
    print("completion of a task  ", completion.measure())
    print("after 100 rounds      ", age.rework())
    print("among 100,000 others  ", age.crowd())
    print("first page of a desk  ", inbox.measure())
    print("first page of a ledger", ledger.measure())
    print("import of households  ", imports.measure())
    print("export of the ledger  ", exports.measure())
    print("bad mail servers      ", mail.measure())
    print("check of a diagram    ", check.measure())
    print("migration             ", migration.measure())
    print("a night of deadlines  ", deadlines.measure(20_000), deadlines.timers())
    print("a timer when idle     ", deadlines.idle())
