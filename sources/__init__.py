"""Where articles come from: files, folders, JSON Lines, pipes and the web."""
