"""Sources of sound: 48 kHz, stereo, in blocks of 10 ms."""
