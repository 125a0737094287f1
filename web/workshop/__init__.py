"""Process design (流程设计): drafts, comparison, rehearsal, publication, migration."""
