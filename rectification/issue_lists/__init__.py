"""Issue lists (问题清单): submitted, numbered, frozen, supplemented."""
