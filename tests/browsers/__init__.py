"""The page in browsers other than Chromium."""
