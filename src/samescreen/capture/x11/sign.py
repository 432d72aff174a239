"""The sign that a screen is shared."""
SIGN = "samescreen-sign"
