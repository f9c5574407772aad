"""The pages where a person sees and governs what is theirs; the words are in templates/account/."""
