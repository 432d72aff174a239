"""Sources on Windows: whole screens through dxcam, single windows through windows-capture.

Written against the packages as published, and not yet run on Windows.
"""
