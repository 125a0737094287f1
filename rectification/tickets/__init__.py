"""What people do to a ticket, one file for each verb."""
