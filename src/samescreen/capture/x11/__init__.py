"""Screens of an X server: MIT-SHM pixels, XDamage hints, XFixes cursor, RandR monitors."""
