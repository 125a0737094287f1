"""Papers (文书): templates and printing."""
