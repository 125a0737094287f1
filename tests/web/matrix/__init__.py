"""Who may use each route about each thing: rows written by hand, one file for each group of routes.

A row says for whom the route is (``roles``), to what it is sent, and for each relation between the asker and the
thing whether they are let in. Let in is everything but 401, 403 and 404: what is wrong in a form is said only to
those who are let in.
"""
