"""Screens on macOS, through ScreenCaptureKit.

Written against the packages as published, and not yet run on macOS.
"""
