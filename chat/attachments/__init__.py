"""Files that members give to a conversation: what they are, where they are kept, when they go."""
