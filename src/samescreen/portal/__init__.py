"""xdg-desktop-portal: asks the person at a desktop to share its screen or to let programs act."""
