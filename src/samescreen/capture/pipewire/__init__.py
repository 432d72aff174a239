"""Pictures from PipeWire, which carries what a desktop's portal shares."""
