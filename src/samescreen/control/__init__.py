"""What a viewer does to a shared desktop: events, who may act, what is held, how keys are typed."""
