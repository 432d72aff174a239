"""The stage: real X servers, windows, browsers and hosts for tests, and what watches for leaks."""
