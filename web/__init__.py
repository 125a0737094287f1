"""Pages, partials, the JSON API and sign-in. Thin."""
